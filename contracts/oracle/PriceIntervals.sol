// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {IPause} from "../interfaces/IPause.sol";
import {IPriceIntervals} from "../interfaces/IPriceIntervals.sol";
import {IRiskParameters, LaneLimits} from "../interfaces/IRiskParameters.sol";
import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {PriceCombination} from "../libraries/PriceCombination.sol";
import {PriceWidth} from "../libraries/PriceWidth.sol";
import {SettingsAnnex} from "../libraries/SettingsAnnex.sol";
import {Mode, PriceInterval} from "../types/Margin.sol";
import {SignedPrice} from "../types/Prices.sol";
import {PriceSources} from "./PriceSources.sol";

/// @title Price intervals and the mode
/// @notice See `IPriceIntervals`. A module: the margin engine is given its address.
contract PriceIntervals is PriceSources {
    /// @dev The signed lane is one failure domain whatever its threshold; so many sources stand in for it.
    uint256 private constant STAND_IN_SOURCES = 2;
    /// @dev How long a source may go on is its own secret; so many seconds are taken for granted.
    uint256 private constant SOURCE_VOUCHES = 1 minutes;

    ISignedLanes public immutable lanes;
    IPause public immutable pause;

    constructor(address authority, ISignedLanes lanes_, IRiskParameters parameters_, IPause pause_)
        AccessManaged(authority)
        SettingsAnnex(parameters_)
    {
        (lanes, pause) = (lanes_, pause_);
    }

    /// @inheritdoc IPriceIntervals
    function priceInterval(uint16 underlying) external view returns (PriceInterval memory interval) {
        interval = _known(underlying);
        if (interval.observedAt == 0) revert NoUsablePrice(underlying);
    }

    /// @inheritdoc IPriceIntervals
    function intervalOf(uint16 underlying) external view returns (PriceInterval memory) {
        return _known(underlying);
    }

    /// @inheritdoc IPriceIntervals
    /// @dev While the signed prices are fresh no source is asked.
    function mode() external view returns (Mode worst) {
        if (pause.isPaused()) worst = Mode.REDUCE_ONLY;
        LaneLimits memory limits = parameters.laneLimits();
        uint16 count = parameters.underlyingCount();
        for (uint16 underlying = 1; underlying <= count; ++underlying) {
            SignedPrice memory signed = lanes.signedPrice(underlying);
            if (_isUsable(signed, limits.reduceOnlyAge)) continue;
            (PriceInterval memory interval, uint256 agreeing) = _combine(underlying, signed, limits.haltAge);
            if (interval.observedAt == 0) return Mode.HALTED;
            if (agreeing < STAND_IN_SOURCES) worst = Mode.REDUCE_ONLY;
        }
    }

    /// @inheritdoc IPriceIntervals
    function liveUntil() external view returns (uint64 until) {
        uint256 haltAge = parameters.haltAge();
        uint16 count = parameters.underlyingCount();
        until = uint64(block.timestamp + haltAge);
        for (uint16 underlying = 1; underlying <= count; ++underlying) {
            SignedPrice memory signed = lanes.signedPrice(underlying);
            uint256 vouched = signed.observedAt + haltAge;
            if (!_isUsable(signed, haltAge)) {
                (PriceInterval memory interval,) = _combine(underlying, signed, haltAge);
                if (interval.observedAt == 0) return 0;
                vouched = block.timestamp + SOURCE_VOUCHES;
            }
            if (vouched < until) until = uint64(vouched);
        }
    }

    /// @dev The interval in force, or no answer.
    function _known(uint16 underlying) internal view override returns (PriceInterval memory interval) {
        (interval,) = _combine(underlying, lanes.signedPrice(underlying), parameters.haltAge());
    }

    function _combine(uint16 underlying, SignedPrice memory signed, uint256 haltAge)
        private
        view
        returns (PriceInterval memory, uint256 agreeing)
    {
        uint256 volatility = parameters.underlyingConfig(underlying).ageVolatility;
        PriceInterval memory current;
        PriceInterval memory before;
        if (_isUsable(signed, haltAge)) {
            current = PriceWidth.widen(signed.price, signed.confidence, signed.observedAt, volatility);
            if (signed.beforeObservedAt != 0) {
                before = PriceWidth.widen(
                    signed.beforePrice, signed.beforeConfidence, signed.beforeObservedAt, volatility
                );
            }
        }
        return PriceCombination.combine(current, before, _readings(underlying, volatility));
    }

    function _isUsable(SignedPrice memory signed, uint256 longestAge) private view returns (bool) {
        return
            signed.observedAt != 0 && !signed.isRestarting
                && block.timestamp - signed.observedAt <= longestAge;
    }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {PackedPrice} from "../libraries/PackedPrice.sol";
import {PriceStanding} from "../libraries/PriceStanding.sol";
import {PriceWidth} from "../libraries/PriceWidth.sol";
import {PriceInterval} from "../types/Margin.sol";

/// @title What the price lane rarely needs, as code of its own
/// @notice Holds nothing and asks only the parameters. `SignedLanes` creates it, because both together are larger than a
/// contract may be.
contract PriceBox {
    IRiskParameters private immutable _parameters;

    constructor(IRiskParameters parameters_) {
        _parameters = parameters_;
    }

    /// @notice The interval of a packed price.
    function widen(uint16 underlying, uint256 last) external view returns (PriceInterval memory) {
        return PriceWidth.widen(
            PackedPrice.priceOf(last),
            PackedPrice.confidenceOf(last),
            PackedPrice.observedAtOf(last),
            _parameters.underlyingConfig(underlying).ageVolatility
        );
    }

    /// @notice The standing of `next`, packed as is `last`, and what is to be kept beside it: the price that a jump left, or the
    /// time of a restart's first round as `observedAt`. `left` itself where nothing new is.
    function follow(uint16 underlying, uint256 last, uint256 next, uint256 left)
        external
        view
        returns (uint256 standing, uint256 keep)
    {
        standing = PackedPrice.standingOf(last);
        uint256 silence = PackedPrice.observedAtOf(next) - PackedPrice.observedAtOf(last);
        if (silence > PriceStanding.LEAST_OUTAGE && silence > _parameters.haltAge()) {
            return (PriceStanding.ONE_RESTART, PackedPrice.pack(1, 0, uint64(block.timestamp), 0, 0));
        }
        if (PriceStanding.restartRounds(standing) != 0) {
            return (PriceStanding.restarted(standing, silence != 0), left);
        }
        uint256 volatility = _parameters.underlyingConfig(underlying).ageVolatility;
        if (PriceStanding.jumpRounds(standing) == 0) {
            return _explains(last, next, volatility)
                ? (PriceStanding.SETTLED, left)
                : (PriceStanding.ONE_JUMP, last);
        }
        if (_explains(left, next, volatility)) return (PriceStanding.SETTLED, left);
        bool isSameSide = _isAbove(next, left) == _isAbove(last, left);
        return (PriceStanding.jumped(standing, isSameSide, silence != 0), left);
    }

    function _explains(uint256 from, uint256 to, uint256 volatility) private pure returns (bool) {
        uint256 confidences = PackedPrice.confidenceOf(from) + PackedPrice.confidenceOf(to);
        uint256 elapsed = PackedPrice.observedAtOf(to) - PackedPrice.observedAtOf(from);
        return PriceStanding.explains(
            PackedPrice.priceOf(from), PackedPrice.priceOf(to), confidences, elapsed, volatility
        );
    }

    function _isAbove(uint256 word, uint256 level) private pure returns (bool) {
        return PackedPrice.priceOf(word) > PackedPrice.priceOf(level);
    }
}

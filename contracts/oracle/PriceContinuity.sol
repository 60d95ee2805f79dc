// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {PackedPrice} from "../libraries/PackedPrice.sol";
import {PriceStanding} from "../libraries/PriceStanding.sol";
import {SignedPrice} from "../types/Prices.sol";
import {PriceBox} from "./PriceBox.sol";
import {RoundGate} from "./RoundGate.sol";

/// @title Which signed prices wait for confirmation
/// @notice See `PriceStanding`. The standing lies beside the price; what a jump left is kept here and touched only by
/// a jump or a restart, so that a price that follows its last one costs no further slot.
abstract contract PriceContinuity is RoundGate {
    PriceBox internal immutable priceBox;

    /// @dev The price, packed, that a jump left; while a restart counts its rounds, the time of the first as `observedAt`.
    mapping(uint16 underlying => uint256) private _left;

    constructor(IRiskParameters parameters_) {
        priceBox = new PriceBox(parameters_);
    }

    /// @dev The standing of `next`, packed as is `last`, which is not zero.
    function _follow(uint16 underlying, uint256 last, uint256 next) internal returns (uint256 standing) {
        if (_isQuiet(last, next)) return PriceStanding.SETTLED;
        uint256 left = _left[underlying];
        uint256 keep;
        (standing, keep) = priceBox.follow(underlying, last, next, left);
        if (keep != left) _left[underlying] = keep;
    }

    /// @dev Fills in what the standing of the packed price `last` means now.
    function _addStanding(SignedPrice memory signed, uint16 underlying, uint256 last) internal view {
        uint256 standing = PackedPrice.standingOf(last);
        if (standing == PriceStanding.SETTLED) return;
        uint256 left = _left[underlying];
        uint64 observedAt = PackedPrice.observedAtOf(left);
        if (PriceStanding.restartRounds(standing) != 0) {
            signed.isRestarting = block.timestamp < observedAt + PriceStanding.RESTART_CAP;
            return;
        }
        signed.beforePrice = PackedPrice.priceOf(left);
        signed.beforeConfidence = uint96(PackedPrice.confidenceOf(left));
        signed.beforeObservedAt = observedAt;
    }

    /// @dev Whether nothing waits, no outage can have been and both confidences cover the distance: most prices, and none of
    /// the parameters is asked.
    function _isQuiet(uint256 last, uint256 next) private pure returns (bool) {
        if (PackedPrice.standingOf(last) != PriceStanding.SETTLED) return false;
        unchecked {
            // the lane has refused times that go back
            uint256 silence = PackedPrice.observedAtOf(next) - PackedPrice.observedAtOf(last);
            if (silence > PriceStanding.LEAST_OUTAGE) return false;
            if (PackedPrice.surelyCover(last, next)) return true;
            uint256 confidences = PackedPrice.confidenceOf(last) + PackedPrice.confidenceOf(next);
            return PriceStanding.covers(PackedPrice.priceOf(last), PackedPrice.priceOf(next), confidences);
        }
    }
}

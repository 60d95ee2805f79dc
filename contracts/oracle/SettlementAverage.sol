// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {PriceStanding} from "../libraries/PriceStanding.sol";
import {RoundGate} from "./RoundGate.sol";

/// @title Settlement prices: the time-weighted price of the 30 minutes before an expiry
/// @notice The price of a round holds from its observation until the next one, for `MOST_GAP` at most. Only a window without
/// a gap is averaged: the first round observed at or after the expiry fixes it, or anyone `MOST_GAP` after the expiry. Where there
/// was a gap the lane fixes nothing, and `SettlementFallback` says what the price is. Every day at 08:00 UTC has a window, listed
/// or not, so an expiry listed late loses nothing.
abstract contract SettlementAverage is RoundGate {
    struct Average {
        uint32 expiry;
        uint32 coveredSeconds;
        uint192 weightedPrice; // sum of price x seconds
    }

    uint256 internal constant SETTLEMENT_WINDOW = 30 minutes;
    /// @dev At least three samples make an average.
    uint256 internal constant MOST_GAP = 15 minutes;

    mapping(uint16 underlying => Average) private _averages;
    mapping(uint16 underlying => mapping(uint32 expiry => uint96)) private _settlementPrices;

    /// @inheritdoc ISignedLanes
    function settlementPrice(uint16 underlying, uint32 expiry) external view returns (uint96) {
        return _settlementPrices[underlying][expiry];
    }

    /// @inheritdoc ISignedLanes
    function settlementAccrued(uint16 underlying, uint32 expiry)
        public
        view
        returns (uint256 coveredSeconds, uint256 weightedPrice)
    {
        uint256 open = expiry - SETTLEMENT_WINDOW;
        uint256 until = FixedPointMathLib.min(block.timestamp, expiry);
        if (until <= open) return (0, 0);
        (uint96 held, uint256 heldSince) = _lastPrice(underlying);
        Average memory average = _extended(underlying, expiry, held, heldSince, until);
        if (average.coveredSeconds != until - open) return (0, 0);
        return (average.coveredSeconds, average.weightedPrice);
    }

    /// @inheritdoc ISignedLanes
    function fixSettlementPrice(uint16 underlying, uint32 expiry) external {
        // A round observed before the expiry may come after it.
        uint256 earliest = expiry + MOST_GAP;
        if (block.timestamp < earliest) revert SettlementNotDue(expiry, earliest);
        (uint256 covered, uint256 weighted) = settlementAccrued(underlying, expiry);
        if (covered != SETTLEMENT_WINDOW) revert SettlementWindowHasGap(underlying, expiry);
        _fix(underlying, expiry, uint96(weighted / SETTLEMENT_WINDOW));
    }

    /// @inheritdoc ISignedLanes
    function setSettlementPrice(uint16 underlying, uint32 expiry, uint96 price) external restricted {
        if (block.timestamp < expiry) revert SettlementNotDue(expiry, expiry);
        if (price == 0) revert PriceOutOfBounds(underlying, price, 0);
        _fix(underlying, expiry, price);
    }

    /// @dev To be called with each price after the first. `held` was observed at `heldSince` <= `observedAt`.
    function _observe(uint16 underlying, uint96 held, uint256 heldSince, uint256 observedAt) internal {
        uint256 expiry = _nextExpiry(heldSince);
        unchecked {
            if (observedAt + SETTLEMENT_WINDOW <= expiry) return; // 64 bits
        }
        Average memory average = _extended(underlying, expiry, held, heldSince, observedAt);
        _averages[underlying] = average;
        // The days after the first of a longer silence had no observation at all.
        if (observedAt < expiry || average.coveredSeconds != SETTLEMENT_WINDOW) return;
        if (!parameters.isExpiryListed(uint32(expiry))) return;
        if (_settlementPrices[underlying][uint32(expiry)] != 0) return;
        _fix(underlying, uint32(expiry), uint96(average.weightedPrice / SETTLEMENT_WINDOW));
    }

    /// @dev Whether no settlement window is open at `observedAt`, nor was for any price observed up to a minute before it: then
    /// `_observe` has nothing to do for one.
    function _isFarFromExpiry(uint64 observedAt) internal pure returns (bool) {
        uint256 since = FixedPointMathLib.zeroFloorSub(observedAt, PriceStanding.LEAST_OUTAGE);
        return observedAt + SETTLEMENT_WINDOW <= _nextExpiry(since);
    }

    function _lastPrice(uint16 underlying) internal view virtual returns (uint96 price, uint256 observedAt);

    /// @dev The average of the window before `expiry`, `held` added from `heldSince` to `until`.
    function _extended(uint16 underlying, uint256 expiry, uint96 held, uint256 heldSince, uint256 until)
        private
        view
        returns (Average memory average)
    {
        average = _averages[underlying];
        if (average.expiry != expiry) average = Average(uint32(expiry), 0, 0);
        uint256 from = FixedPointMathLib.max(heldSince, expiry - SETTLEMENT_WINDOW);
        uint256 to = FixedPointMathLib.min(FixedPointMathLib.min(until, heldSince + MOST_GAP), expiry);
        if (to <= from) return average;
        average.coveredSeconds += uint32(to - from);
        average.weightedPrice += uint192(held * (to - from));
    }

    function _fix(uint16 underlying, uint32 expiry, uint96 price) private {
        uint96 known = _settlementPrices[underlying][expiry];
        if (known != 0) revert SettlementAlreadyFixed(underlying, expiry, known);
        _settlementPrices[underlying][expiry] = price;
        (uint64 seq, bytes24 runningHash) =
            _advance(keccak256(abi.encode(SettlementPriceFixed.selector, underlying, expiry, price)));
        emit SettlementPriceFixed(underlying, expiry, price, seq, runningHash);
    }

    /// @dev The first 08:00 UTC after `time`.
    function _nextExpiry(uint256 time) private pure returns (uint256) {
        unchecked {
            // slither-disable-next-line divide-before-multiply whole days are meant
            return ((time + 16 hours) / 1 days) * 1 days + 8 hours; // 40 bits
        }
    }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {RoundGate} from "./RoundGate.sol";

/// @title Settlement prices: the time-weighted price of the 30 minutes before an expiry
/// @notice The price of a round holds from its observation until the next one, for 30 minutes at most. The first round
/// observed at or after the expiry fixes the average over the part of the window that is covered; if no observation
/// fell into the window, its own price is the settlement price. Every day at 08:00 UTC has a window, listed
/// or not, so an expiry listed late loses nothing.
abstract contract SettlementAverage is RoundGate {
    struct Average {
        uint32 expiry;
        uint32 coveredSeconds;
        uint192 weightedPrice; // sum of price x seconds
    }

    uint256 private constant SETTLEMENT_WINDOW = 30 minutes;

    mapping(uint16 underlying => Average) private _averages;
    mapping(uint16 underlying => mapping(uint32 expiry => uint96)) private _settlementPrices;

    /// @inheritdoc ISignedLanes
    function settlementPrice(uint16 underlying, uint32 expiry) external view returns (uint96) {
        return _settlementPrices[underlying][expiry];
    }

    /// @dev To be called with each price after the first. `held` was observed at `heldSince` <= `observedAt`.
    function _observe(uint16 underlying, uint96 held, uint256 heldSince, uint96 price, uint256 observedAt)
        internal
    {
        uint256 expiry = _nextExpiry(heldSince);
        // One step for each day of silence: it is the calendar that bounds this loop.
        for (; expiry <= observedAt; expiry += 1 days) {
            if (parameters.isExpiryListed(uint32(expiry))) {
                _fix(underlying, uint32(expiry), _averageUntil(underlying, expiry, held, heldSince, price));
            }
        }
        if (observedAt + SETTLEMENT_WINDOW >= expiry) {
            _averages[underlying] = _extended(underlying, expiry, held, heldSince, observedAt);
        }
    }

    function _averageUntil(uint16 underlying, uint256 expiry, uint96 held, uint256 heldSince, uint96 price)
        private
        view
        returns (uint96)
    {
        // If the last observation before the expiry is older than the window, none fell into it.
        if (heldSince + SETTLEMENT_WINDOW < expiry) return price;
        Average memory average = _extended(underlying, expiry, held, heldSince, expiry);
        // The held price was observed before the expiry and holds up to it: at least one second is covered.
        return uint96(average.weightedPrice / average.coveredSeconds);
    }

    /// @dev The average of the window before `expiry`, `held` added from `heldSince` to `until`.
    function _extended(uint16 underlying, uint256 expiry, uint96 held, uint256 heldSince, uint256 until)
        private
        view
        returns (Average memory average)
    {
        average = _averages[underlying];
        if (average.expiry != expiry) average = Average(uint32(expiry), 0, 0);
        uint256 from = FixedPointMathLib.max(heldSince, expiry - SETTLEMENT_WINDOW);
        uint256 to = FixedPointMathLib.min(until, heldSince + SETTLEMENT_WINDOW);
        if (to <= from) return average;
        average.coveredSeconds += uint32(to - from);
        average.weightedPrice += uint192(held * (to - from));
    }

    function _fix(uint16 underlying, uint32 expiry, uint96 price) private {
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

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {CreditMark} from "../types/CreditMark.sol";

/// @title The slow price at which gains are credited
/// @notice With price p, half-life h, time constant c = h / ln 2 and t the time since the last mark, at most h / 8:
///   low'  = p where p <= low,   else low + (p - low) t / (t + c), rounded down;
///   high' = p where p >= high,  else high - (high - p) t / (t + c), rounded up.
/// t / (t + c) <= 1 - 2^(-t / h), so that however often it is marked the distance closes by no more than one half in each
/// half-life. Time in which nobody marked counts for an eighth of the half-life at most: a price that is there for one
/// moment closes less than 8% of the distance, and a mark at any other moment in between takes that back at once.
library CreditPrice {
    /// @dev 1 / ln 2 = 1.442695..., rounded up, so that the distance closes more slowly.
    uint256 private constant INVERSE_LN_2 = 1_442_696;
    uint256 private constant MILLION = 1e6;
    uint256 private constant MOST_COUNTED = 8;

    /// @dev Prices are below 2^96, a half-life below 2^24.
    /// @notice Both prices as a mark now would leave them; the price itself before the first mark, and with a half-life of 0.
    function marked(CreditMark memory mark, uint256 price, uint256 halfLifeSeconds, uint256 timestamp)
        internal
        pure
        returns (uint256 low, uint256 high)
    {
        if (halfLifeSeconds == 0 || mark.markedAt == 0) return (price, price);
        uint256 counted = FixedPointMathLib.min(timestamp - mark.markedAt, halfLifeSeconds / MOST_COUNTED);
        uint256 whole = counted * MILLION + halfLifeSeconds * INVERSE_LN_2;
        (low, high) = (price, price);
        if (price > mark.low) {
            low = mark.low + (price - mark.low) * counted * MILLION / whole;
        }
        if (price < mark.high) {
            high = mark.high - (mark.high - price) * counted * MILLION / whole;
        }
    }
}

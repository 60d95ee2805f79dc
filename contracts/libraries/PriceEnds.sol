// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {UnderlyingBook} from "../types/Book.sol";
import {PriceInterval} from "../types/Margin.sol";
import {Black76} from "./Black76.sol";
import {CallList} from "./CallList.sol";
import {Exposures} from "./Exposures.sol";
import {ScenarioGrid} from "./ScenarioGrid.sol";

/// @title What all legs are worth at the ends of the price intervals, exactly or between bounds
library PriceEnds {
    int256 private constant WAD = 1e18;
    uint256 private constant ONE_96 = 2 ** 96;
    /// @dev 65,536 times the price: a slope below 2^235 times it still fits.
    uint256 private constant MOST_MOVE = 2 ** 112;
    /// @dev pdf(0) / 4 in 2^-96, rounded up.
    uint256 private constant QUARTER_PEAK = 7901865956363980202155129937;

    /// @notice Value with each index at the worse, and at the better, end of its interval, WAD; and at the worst of the
    /// worse end and the credit prices outside of the interval.
    function valueAt(UnderlyingBook[] memory books)
        internal
        pure
        returns (int256 low, int256 high, int256 credited)
    {
        for (uint256 i; i < books.length; ++i) {
            int256[3] memory worth = _worth(books[i]);
            low += netValue(books[i], worth[0]);
            high += netValue(books[i], worth[1]);
            credited += netValue(books[i], worth[2]);
        }
    }

    /// @dev Worse and better end, and the worst of all four prices, 1e-36. A credit price inside the interval is not valued.
    function _worth(UnderlyingBook memory book) private pure returns (int256[3] memory worth) {
        PriceInterval memory interval = book.interval;
        uint256[4] memory prices = [interval.low, interval.high, book.creditLow, book.creditHigh];
        worth = [type(int256).max, type(int256).min, type(int256).max];
        for (uint256 i; i < 4; ++i) {
            if (i >= 2 && prices[i] >= interval.low && prices[i] <= interval.high) continue;
            int256 value = ScenarioGrid.valueAt(book, ScenarioGrid.toPrice(interval.price, prices[i]));
            worth[2] = FixedPointMathLib.min(worth[2], value);
            if (i >= 2) continue;
            worth[0] = worth[2];
            worth[1] = FixedPointMathLib.max(worth[1], value);
        }
    }

    /// @notice At most the one, and at least the other, of `valueAt` (the ends of int128 where an interval is wider than
    /// MOST_MOVE), without repricing: with x the larger relative distance
    /// of the two ends, at either end a call differs from its tangent by no less than 0 and no more than F x, nor more than
    ///   (F x)^2 max(d2V/dF2) / 2 <= F x^2 pdf(0) / (2 s (1 - x)).
    /// @param sums `Exposures.ofBook` of each book
    function boundsOf(UnderlyingBook[] memory books, Exposures.Sums[] memory sums)
        internal
        pure
        returns (int256 low, int256 high)
    {
        for (uint256 i; i < books.length; ++i) {
            UnderlyingBook memory book = books[i];
            uint256 move = _largestMove96(book);
            if (move > MOST_MOVE) return (type(int128).min, type(int128).max);
            (int256 bought, int256 sold) = _curvature(book.calls, move);
            uint256 slope =
                FixedPointMathLib.fullMulDivUp(FixedPointMathLib.abs(sums[i].exactDelta), move, ONE_96);
            low += netValue(book, sums[i].start.value - int256(slope) - sold);
            high += netValue(book, sums[i].start.value + int256(slope) + bought) + 1;
        }
    }

    /// @notice A value in 1e-36 less the entry value, in WAD, rounded down.
    function netValue(UnderlyingBook memory book, int256 total) internal pure returns (int256) {
        int256 whole = total / WAD;
        if (total % WAD < 0) --whole;
        return whole - book.entryValue;
    }

    function _largestMove96(UnderlyingBook memory book) private pure returns (uint256) {
        uint256 price = book.interval.price;
        uint256 distance = FixedPointMathLib.max(
            FixedPointMathLib.zeroFloorSub(price, book.interval.low),
            FixedPointMathLib.zeroFloorSub(book.interval.high, price)
        );
        return FixedPointMathLib.fullMulDivUp(distance, ONE_96, price);
    }

    /// @dev What calls bought, and calls sold, may differ from their tangents by, 1e-36, rounded up.
    function _curvature(uint256[] memory calls, uint256 move)
        private
        pure
        returns (int256 bought, int256 sold)
    {
        // Up to a half; the quotient is then below 2^93.
        bool isSmall = move <= ONE_96 / 2;
        uint256 square =
            isSmall ? FixedPointMathLib.fullMulDivUp(move * move, QUARTER_PEAK, ONE_96 * (ONE_96 - move)) : 0;
        (uint256 place, uint256 end) = CallList.range(calls);
        unchecked {
            for (; place != end; place += CallList.SIZE) {
                // slither-disable-next-line unused-return only the deviation bends the price
                (uint256 half,) = CallList.shapeAt(place);
                uint256 share = move;
                if (isSmall && half >= Black76.LEAST_HALF) {
                    uint256 bent = (square << 96) / half + 1;
                    if (bent < share) share = bent;
                }
                uint256 money = (CallList.forwardAt(place) * share >> 96) + 1; // 2^99 x MOST_MOVE
                int256 quantity = CallList.quantityAt(place);
                if (quantity > 0) bought += quantity * int256(money);
                else sold -= quantity * int256(money);
            }
        }
    }
}

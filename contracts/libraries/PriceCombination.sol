// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

import {PriceInterval} from "../types/Margin.sol";

/// @title One interval out of several, as `IPriceIntervals` defines it
/// @notice An interval whose `observedAt` is 0 is no answer.
library PriceCombination {
    /// @dev What a set of intervals has in common and what it spans.
    struct Span {
        uint256 lowestLow;
        uint256 highestLow;
        uint256 lowestHigh;
        uint256 highestHigh;
        uint256 lowestPrice;
        uint256 highestPrice;
        uint256 newest;
        uint256 count;
    }

    uint256 private constant NONE = type(uint256).max;

    /// @notice The combined interval, and how many sources agree in it (0 where there is disagreement). No answer at all
    /// gives `observedAt` 0.
    /// @param signed the signed lane's interval
    /// @param before the level that a signed price left by a jump not confirmed yet; no answer otherwise
    function combine(PriceInterval memory signed, PriceInterval memory before, PriceInterval[] memory sources)
        internal
        pure
        returns (PriceInterval memory combined, uint256 agreeing)
    {
        if (sources.length == 0 && before.observedAt == 0) return (signed, 0);
        bool apart = before.observedAt != 0 && !_overlapsAny(signed, sources);
        if (apart) signed = _joined(before, signed);
        (Span memory span, uint256 outvoted) = _counted(signed, sources);
        if (span.count == 0) return (combined, 0);
        apart = apart || span.highestLow > span.lowestHigh;
        (combined.low, combined.high) = apart
            ? (span.lowestLow, span.highestHigh)
            : (
                FixedPointMathLib.min(span.highestLow, span.lowestPrice),
                FixedPointMathLib.max(span.lowestHigh, span.highestPrice)
            );
        combined.observedAt = uint64(span.newest);
        uint256 counted = signed.observedAt == 0 ? span.count : span.count - 1;
        combined.price = signed.observedAt == 0
            ? FixedPointMathLib.avg(combined.low, combined.high)
            : counted == 0 ? signed.price : _boxed(signed.price, sources, outvoted);
        agreeing = apart ? 0 : counted;
    }

    /// @notice Whether two intervals have a point in common.
    function overlap(PriceInterval memory a, PriceInterval memory b) internal pure returns (bool) {
        return a.low <= b.high && b.low <= a.high;
    }

    /// @dev The span of all that count, and the place of the source that does not (NONE if all do).
    function _counted(PriceInterval memory signed, PriceInterval[] memory sources)
        private
        pure
        returns (Span memory span, uint256 outvoted)
    {
        (span, outvoted) = (_spanOf(signed, sources, NONE), NONE);
        if (span.count < 3 || span.highestLow <= span.lowestHigh) return (span, outvoted);
        outvoted = _outvoted(signed, sources);
        if (outvoted != NONE) span = _spanOf(signed, sources, outvoted);
    }

    /// @dev The only source that none of the others overlaps while these, two or more, all overlap; NONE if there is none.
    function _outvoted(PriceInterval memory signed, PriceInterval[] memory sources)
        private
        pure
        returns (uint256)
    {
        for (uint256 i; i < sources.length; ++i) {
            if (sources[i].observedAt == 0) continue;
            Span memory others = _spanOf(signed, sources, i);
            bool agree = others.highestLow <= others.lowestHigh;
            // Intervals that all overlap leave no gap: outside their span is outside each.
            bool alone = sources[i].low > others.highestHigh || sources[i].high < others.lowestLow;
            if (agree && alone) return i;
        }
        return NONE;
    }

    /// @dev The signed price moved into what the sources that count span.
    function _boxed(uint256 price, PriceInterval[] memory sources, uint256 outvoted)
        private
        pure
        returns (uint256)
    {
        PriceInterval memory silent;
        Span memory span = _spanOf(silent, sources, outvoted);
        return FixedPointMathLib.clamp(price, span.lowestLow, span.highestHigh);
    }

    function _spanOf(PriceInterval memory signed, PriceInterval[] memory sources, uint256 without)
        private
        pure
        returns (Span memory span)
    {
        span.lowestLow = span.lowestHigh = span.lowestPrice = type(uint256).max;
        _extend(span, signed);
        for (uint256 i; i < sources.length; ++i) {
            if (i != without) _extend(span, sources[i]);
        }
    }

    function _extend(Span memory span, PriceInterval memory by) private pure {
        if (by.observedAt == 0) return;
        ++span.count;
        span.lowestLow = FixedPointMathLib.min(span.lowestLow, by.low);
        span.highestLow = FixedPointMathLib.max(span.highestLow, by.low);
        span.lowestHigh = FixedPointMathLib.min(span.lowestHigh, by.high);
        span.highestHigh = FixedPointMathLib.max(span.highestHigh, by.high);
        span.lowestPrice = FixedPointMathLib.min(span.lowestPrice, by.price);
        span.highestPrice = FixedPointMathLib.max(span.highestPrice, by.price);
        span.newest = FixedPointMathLib.max(span.newest, by.observedAt);
    }

    function _overlapsAny(PriceInterval memory signed, PriceInterval[] memory sources)
        private
        pure
        returns (bool)
    {
        for (uint256 i; i < sources.length; ++i) {
            if (sources[i].observedAt != 0 && overlap(signed, sources[i])) return true;
        }
        return false;
    }

    /// @dev Spans both, at the price of the first.
    function _joined(PriceInterval memory first, PriceInterval memory second)
        private
        pure
        returns (PriceInterval memory)
    {
        return PriceInterval({
            low: FixedPointMathLib.min(first.low, second.low),
            price: first.price,
            high: FixedPointMathLib.max(first.high, second.high),
            observedAt: second.observedAt
        });
    }
}

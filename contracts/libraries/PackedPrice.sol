// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

import {PriceStanding} from "./PriceStanding.sol";

/// @title A published price in one slot
/// @notice price 96 | confidence 20 | standing 4 | observedAt 40 | fundingIndex 96, from the upper bits down. Confidence is kept in
/// millionths of the price, rounded up: an interval is never narrower than what was signed, and wider by a millionth at
/// most. The funding index saturates at 3.9e10 quote per unit of perpetual.
library PackedPrice {
    uint256 internal constant CONFIDENCE_SCALE = 1e6;
    uint256 private constant CONFIDENCE_MASK = (1 << 20) - 1;
    /// @dev A price known no better than to a half is no price: confidence is at most price / 2.
    uint256 private constant LEAST_PRICE_PER_CONFIDENCE = 2;
    int256 internal constant MOST_FUNDING_INDEX = type(int96).max;

    /// @param confidence at most half of the price: 500,000 millionths are below 2^20
    /// @param standing see `PriceStanding`
    function pack(uint96 price, uint96 confidence, uint64 observedAt, int256 fundingIndex, uint256 standing)
        internal
        pure
        returns (uint256)
    {
        return completed(pack(price, confidence, observedAt), fundingIndex, standing);
    }

    /// @notice The same with funding and standing left 0.
    function pack(uint96 price, uint96 confidence, uint64 observedAt) internal pure returns (uint256) {
        unchecked {
            uint256 millionths = (uint256(confidence) * CONFIDENCE_SCALE + price - 1) / price;
            return (uint256(price) << 160) | (millionths << 140) | (uint256(uint40(observedAt)) << 96);
        }
    }

    /// @notice What `pack` left 0 filled in.
    function completed(uint256 word, int256 fundingIndex, uint256 standing) internal pure returns (uint256) {
        int256 index = FixedPointMathLib.clamp(fundingIndex, -MOST_FUNDING_INDEX, MOST_FUNDING_INDEX);
        return word | (standing << 136) | uint96(int96(index));
    }

    function priceOf(uint256 word) internal pure returns (uint96) {
        return uint96(word >> 160);
    }

    /// @notice Half-width of the interval when it was observed, WAD, rounded up.
    function confidenceOf(uint256 word) internal pure returns (uint256) {
        unchecked {
            // 96 bits x 20
            uint256 millionths = (word >> 140) & CONFIDENCE_MASK;
            return (uint256(priceOf(word)) * millionths + CONFIDENCE_SCALE - 1) / CONFIDENCE_SCALE;
        }
    }

    /// @notice Whether both confidences, before they are rounded up, cover the distance of both prices: then rounded up too.
    function surelyCover(uint256 a, uint256 b) internal pure returns (bool) {
        unchecked {
            // 96 bits x 20
            (uint256 priceA, uint256 priceB) = (a >> 160, b >> 160);
            uint256 scaled = priceA * ((a >> 140) & CONFIDENCE_MASK) + priceB * ((b >> 140) & CONFIDENCE_MASK);
            return FixedPointMathLib.dist(priceA, priceB) * CONFIDENCE_SCALE <= scaled;
        }
    }

    /// @notice Whether this is no price: zero, or known too badly.
    /// @dev Of whole words: assembly would see what lies above the bits of a shorter type.
    function isOutOfBounds(uint256 price, uint256 confidence) internal pure returns (bool isOut) {
        uint256 least = LEAST_PRICE_PER_CONFIDENCE;
        assembly ("memory-safe") {
            isOut := or(iszero(price), gt(mul(confidence, least), price))
        }
    }

    /// @notice Whether `next` follows `last` with nothing to ask: `last` is settled, `next` was not observed before it nor more than
    /// `PriceStanding.LEAST_OUTAGE` after it, and `surelyCover` holds. Most prices; of any other false.
    function followsQuietly(uint256 last, uint256 next) internal pure returns (bool isQuiet) {
        bool isCovered = surelyCover(last, next);
        uint256 outage = PriceStanding.LEAST_OUTAGE;
        assembly ("memory-safe") {
            // of a time that goes back the difference is huge
            let silence := sub(and(shr(96, next), 0xffffffffff), and(shr(96, last), 0xffffffffff))
            isQuiet := and(isCovered, iszero(or(and(shr(136, last), 15), gt(silence, outage))))
        }
    }

    /// @notice `next`, settled, with the funding index of `last`, which has not changed.
    function withFundingOf(uint256 last, uint256 next) internal pure returns (uint256) {
        return next | uint96(last);
    }

    function standingOf(uint256 word) internal pure returns (uint256) {
        return (word >> 136) & 15;
    }

    function observedAtOf(uint256 word) internal pure returns (uint64) {
        return uint40(word >> 96);
    }

    function fundingIndexOf(uint256 word) internal pure returns (int256) {
        return int96(uint96(word));
    }
}

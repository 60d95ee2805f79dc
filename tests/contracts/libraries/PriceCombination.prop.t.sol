// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";

import {PriceCombination} from "contracts/libraries/PriceCombination.sol";
import {PriceInterval} from "contracts/types/Margin.sol";

contract PriceCombinationTest is Test {
    PriceInterval private silent;

    // ---- worked examples, in whole quote units ----

    function test_theSignedLaneAlone() public view {
        _expect(_at(100, 1), silent, new PriceInterval[](0), 99, 100, 101, 0);
    }

    function test_aWideSourceThatAgreesLeavesTheSignedInterval() public view {
        _expect(_at(100, 1), silent, _one(_at(100, 5)), 99, 100, 101, 1);
    }

    function test_agreementReachesToEachPrice() public view {
        _expect(_at(100, 1), silent, _one(_at(97, 5)), 97, 100, 101, 1);
    }

    function test_disagreementSpansBothAndBoxesThePrice() public view {
        _expect(_at(120, 1), silent, _one(_at(100, 5)), 95, 105, 121, 0);
        _expect(_at(80, 1), silent, _one(_at(100, 5)), 79, 95, 105, 0);
    }

    function test_oneSourceAgainstAllIsOutvoted() public view {
        _expect(_at(100, 1), silent, _two(_at(100, 5), _at(500, 5)), 99, 100, 101, 1);
        _expect(_at(100, 1), silent, _two(_at(2, 1), _at(99, 5)), 99, 100, 101, 1);
    }

    function test_theSignedLaneIsNeverOutvoted() public view {
        _expect(_at(500, 1), silent, _two(_at(100, 5), _at(102, 5)), 95, 107, 501, 0);
    }

    function test_twoAgainstTwoIsDisagreement() public view {
        PriceInterval[] memory sources = new PriceInterval[](3);
        (sources[0], sources[1], sources[2]) = (_at(101, 2), _at(200, 2), _at(201, 2));
        _expect(_at(100, 2), silent, sources, 98, 100, 203, 0);
    }

    function test_withoutTheSignedLaneTheMiddleIsThePrice() public view {
        _expect(silent, silent, _one(_at(100, 5)), 95, 100, 105, 1);
        _expect(silent, silent, _two(_at(100, 5), _at(104, 2)), 100, 102, 105, 2);
        _expect(silent, silent, _two(_at(100, 5), _at(200, 5)), 95, 150, 205, 0);
    }

    function test_aJumpSpansBothLevelsAndKeepsTheOldPrice() public view {
        _expect(_at(50, 1), _at(100, 2), new PriceInterval[](0), 49, 100, 102, 0);
        _expect(_at(50, 1), _at(100, 2), _one(_at(101, 5)), 49, 100, 106, 0);
    }

    function test_aJumpCountsAloneOnceASourceOverlapsIt() public view {
        _expect(_at(50, 1), _at(100, 2), _one(_at(52, 2)), 50, 50, 52, 1);
        _expect(_at(50, 1), _at(100, 2), _two(_at(52, 2), _at(100, 5)), 50, 50, 52, 1);
    }

    function test_noAnswerAtAll() public view {
        (PriceInterval memory got,) = PriceCombination.combine(silent, silent, new PriceInterval[](0));
        assertEq(got.observedAt, 0);
        (got,) = PriceCombination.combine(silent, silent, new PriceInterval[](4));
        assertEq(got.observedAt, 0);
    }

    // ---- properties ----

    /// @dev What the box rests on, for any answers at all: every price that counts lies within the interval.
    function testFuzz_everyPriceThatCountsLiesWithin(
        uint96[5] memory prices,
        uint96[5] memory widths,
        uint8 n
    ) public view {
        (PriceInterval memory signed, PriceInterval[] memory sources) = _any(prices, widths, n);
        (PriceInterval memory got,) = PriceCombination.combine(signed, silent, sources);
        uint256 outside;
        if (signed.observedAt != 0 && !_within(signed.price, got)) outside = 2;
        for (uint256 i; i < sources.length; ++i) {
            if (sources[i].observedAt != 0 && !_within(sources[i].price, got)) ++outside;
        }
        assertLe(outside, 1, "INV-30: at most the one that was outvoted lies outside");
        assertLe(got.low, got.price, "low");
        assertLe(got.price, got.high, "high");
    }

    /// @dev With one honest source and a hostile signed lane the interval always contains the honest answer.
    function testFuzz_oneSourceIsAlwaysWithin(
        uint96 signedPrice,
        uint96 signedWidth,
        uint96 price,
        uint96 width
    ) public view {
        PriceInterval memory source = _at(price, width);
        (PriceInterval memory got,) =
            PriceCombination.combine(_at(signedPrice, signedWidth), silent, _one(source));
        assertTrue(_within(source.price, got), "INV-30: a source against the signed lane");
        assertGe(got.price, source.low, "the mark stays in the source's interval");
        assertLe(got.price, source.high, "the mark stays in the source's interval");
    }

    /// @dev Whatever order the sources are listed in, the result is the same.
    function testFuzz_orderDoesNotMatter(
        uint96[5] memory prices,
        uint96[5] memory widths,
        uint8 n,
        uint8 turn
    ) public view {
        (PriceInterval memory signed, PriceInterval[] memory sources) = _any(prices, widths, n);
        PriceInterval[] memory turned = new PriceInterval[](sources.length);
        for (uint256 i; i < sources.length; ++i) {
            turned[(i + turn) % sources.length] = sources[i];
        }
        (PriceInterval memory one, uint256 agreeing) = PriceCombination.combine(signed, silent, sources);
        (PriceInterval memory other, uint256 also) = PriceCombination.combine(signed, silent, turned);
        assertEq(abi.encode(one), abi.encode(other));
        assertEq(agreeing, also);
    }

    /// @dev A source in agreement never widens beyond its own price; one in disagreement never narrows.
    function testFuzz_disagreementWidens(uint96 signedPrice, uint96 signedWidth, uint96 price, uint96 width)
        public
        view
    {
        PriceInterval memory signed = _at(signedPrice, signedWidth);
        PriceInterval memory source = _at(price, width);
        (PriceInterval memory got,) = PriceCombination.combine(signed, silent, _one(source));
        if (PriceCombination.overlap(signed, source)) {
            assertLe(got.high, signed.high > source.price ? signed.high : source.price);
            assertGe(got.low, signed.low < source.price ? signed.low : source.price);
        } else {
            assertTrue(got.low <= signed.low && got.low <= source.low, "low");
            assertTrue(got.high >= signed.high && got.high >= source.high, "high");
        }
    }

    // ---- helpers ----

    function _any(uint96[5] memory prices, uint96[5] memory widths, uint8 n)
        private
        pure
        returns (PriceInterval memory signed, PriceInterval[] memory sources)
    {
        // Narrow to a few thousand, so that overlaps, gaps and touching ends all come up.
        sources = new PriceInterval[](1 + n % 4);
        for (uint256 i; i < sources.length; ++i) {
            sources[i] = _at(prices[i] % 2_000, widths[i] % 500);
            if (widths[i] % 7 == 0) sources[i].observedAt = 0;
        }
        signed = _at(prices[4] % 2_000, widths[4] % 500);
        if (n % 3 == 0) signed.observedAt = 0;
    }

    function _expect(
        PriceInterval memory signed,
        PriceInterval memory before,
        PriceInterval[] memory sources,
        uint256 low,
        uint256 price,
        uint256 high,
        uint256 agreeing
    ) private pure {
        (PriceInterval memory got, uint256 gotAgreeing) = PriceCombination.combine(signed, before, sources);
        assertEq(got.low, low, "low");
        assertEq(got.price, price, "price");
        assertEq(got.high, high, "high");
        assertEq(gotAgreeing, agreeing, "agreeing");
        assertEq(got.observedAt, 1, "observedAt");
    }

    function _at(uint256 price, uint256 width) private pure returns (PriceInterval memory) {
        return PriceInterval(price > width ? price - width : 0, price, price + width, 1);
    }

    function _one(PriceInterval memory a) private pure returns (PriceInterval[] memory list) {
        list = new PriceInterval[](1);
        list[0] = a;
    }

    function _two(PriceInterval memory a, PriceInterval memory b)
        private
        pure
        returns (PriceInterval[] memory list)
    {
        list = new PriceInterval[](2);
        (list[0], list[1]) = (a, b);
    }

    function _within(uint256 price, PriceInterval memory interval) private pure returns (bool) {
        return price >= interval.low && price <= interval.high;
    }
}

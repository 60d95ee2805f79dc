// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {CreditPrice} from "../../../contracts/libraries/CreditPrice.sol";
import {CreditMark} from "../../../contracts/types/CreditMark.sol";

contract CreditPricePropTest is Test {
    uint40 private constant THEN = 1_700_000_000;

    function testFuzz_marked_LiesBetweenTheMarkAndThePrice(
        uint96 low,
        uint96 high,
        uint96 price,
        uint24 halfLife,
        uint32 elapsed
    ) public pure {
        halfLife = uint24(bound(halfLife, 60, 7 days));
        (uint256 newLow, uint256 newHigh) =
            CreditPrice.marked(CreditMark(low, high, THEN), price, halfLife, uint256(THEN) + elapsed);
        assertLe(newLow, price, "never above the price");
        assertGe(newHigh, price, "never below the price");
        assertGe(newLow, FixedPointMathLib.min(low, price));
        assertLe(newHigh, FixedPointMathLib.max(high, price));
        if (elapsed == 0) assertEq(newLow, FixedPointMathLib.min(low, price), "no time, no rise");
    }

    function testFuzz_marked_IsThePriceWithoutMarkOrHalfLife(uint96 price, uint24 halfLife, uint32 elapsed)
        public
        pure
    {
        (uint256 low, uint256 high) = CreditPrice.marked(CreditMark(0, 0, 0), price, halfLife, elapsed);
        assertEq(low, price);
        assertEq(high, price);
        (low, high) =
            CreditPrice.marked(CreditMark(1, type(uint96).max, THEN), price, 0, uint256(THEN) + elapsed);
        assertEq(low, price);
        assertEq(high, price);
    }

    /// @dev However often and whenever it is marked, in one half-life no more than half of the distance is closed.
    function testFuzz_marked_ClosesHalfInAHalfLifeAtMost(uint256 seed, uint24 halfLife) public pure {
        halfLife = uint24(bound(halfLife, 60, 7 days));
        CreditMark memory mark = CreditMark(20_000e18, 40_000e18, THEN);
        uint256 end = uint256(THEN) + halfLife;
        for (uint256 time = THEN; time < end;) {
            seed = uint256(keccak256(abi.encode(seed)));
            time = FixedPointMathLib.min(end, time + 1 + seed % (halfLife / 4));
            (uint256 low, uint256 high) = CreditPrice.marked(mark, 30_000e18, halfLife, time);
            mark = CreditMark(uint96(low), uint96(high), uint40(time));
        }
        assertLe(mark.low, 25_000e18, "INV-44: more than half in a half-life");
        assertGe(mark.high, 35_000e18, "INV-44: more than half in a half-life");
    }

    /// @dev A price that is there for one moment, after any silence.
    function testFuzz_marked_OneMomentClosesEightPercentAtMost(uint24 halfLife, uint32 silence) public pure {
        halfLife = uint24(bound(halfLife, 60, 7 days));
        (uint256 low, uint256 high) = CreditPrice.marked(
            CreditMark(20_000e18, 20_000e18, THEN), 30_000e18, halfLife, uint256(THEN) + silence
        );
        assertLe(low, 20_800e18);
        assertEq(high, 30_000e18);
    }

    /// @dev The vector that `tests/risk/test_credit_price.py` holds Python to.
    function test_marked_IsTheVector() public pure {
        (uint256 low, uint256 high) =
            CreditPrice.marked(CreditMark(20_000e18, 41_234e18, THEN), 31_415e18, 1800, uint256(THEN) + 100);
        assertEq(low, 20423271155177620372902);
        assertEq(high, 40869908938003586995924);
    }
}

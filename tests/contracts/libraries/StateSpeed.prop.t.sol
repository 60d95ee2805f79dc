// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {Test} from "forge-std/Test.sol";

import {StateSpeed} from "contracts/libraries/StateSpeed.sol";

contract StateSpeedTest is Test {
    uint256 private constant WAD = 1e18;

    function test_anExampleByHand() public pure {
        (uint256 least, uint256 most) = StateSpeed.relative(0.06e18, 0.1e18, 0, 1e18);
        assertEq(most, 0.066e18);
        assertEq(least, 54_545_454_545_454_546, "6% / 1.1, rounded up");
        assertEq(StateSpeed.share(0.1e18, 30 minutes), 0.05e18);
        assertEq(StateSpeed.average(0, 100, 30, 60), 50);
        assertEq(StateSpeed.loosening(110, 100), 0.1e18);
    }

    /// @dev Steps of any number and size inside a time stay within exp(speed x time), up and down.
    function testFuzz_manyStepsGoNoFurtherThanTheExponential(uint64 speedSeed, uint16[8] calldata waits)
        public
        pure
    {
        uint256 speed = bound(speedSeed, 0.001e18, 1e18);
        uint256 up = 0.05e18;
        uint256 down = 0.05e18;
        uint256 time;
        for (uint256 index; index < 8; ++index) {
            uint256 moved = StateSpeed.share(speed, waits[index]);
            time += waits[index];
            (, up) = StateSpeed.relative(up, moved, 0, type(uint64).max);
            (down,) = StateSpeed.relative(down, moved, 0, type(uint64).max);
        }
        uint256 factor = uint256(FixedPointMathLib.expWad(int256(speed * time / 1 hours) + 1));
        assertLe(up, 0.05e18 * factor / WAD + 8, "up");
        assertGe(down * factor / WAD + 8, 0.05e18, "down");
    }

    function testFuzz_stayingIsAlwaysAllowed(uint64 value, uint64 moved, uint64 floor, uint64 ceiling)
        public
        pure
    {
        (uint256 least, uint256 most) = StateSpeed.relative(value, moved, floor, ceiling);
        assertLe(least, value);
        assertGe(most, value);
        (least, most) = StateSpeed.absolute(value, moved, ceiling);
        assertLe(least, value);
        assertGe(most, value);
    }

    function testFuzz_theBandHoldsForWhatIsInsideIt(uint64 value, uint64 moved, uint64 floor, uint64 ceiling)
        public
        pure
    {
        vm.assume(floor <= value && value <= ceiling);
        (uint256 least, uint256 most) = StateSpeed.relative(value, moved, floor, ceiling);
        assertGe(least, floor);
        assertLe(most, ceiling);
    }

    /// @dev More rounds do not make the average faster: each averaging step is a contraction toward the sample.
    function testFuzz_theAverageStaysBetweenOldAndSample(
        int64 old,
        int64 sample,
        uint32 elapsed,
        uint32 window
    ) public pure {
        vm.assume(window != 0);
        int256 value = StateSpeed.average(old, sample, elapsed, window);
        assertGe(value, FixedPointMathLib.min(old, sample));
        assertLe(value, FixedPointMathLib.max(old, sample));
    }

    /// @dev old / new = product of (1 + loosening) <= exp(sum): what the budget's sum means.
    function testFuzz_loosenessAddsUpToAtLeastTheLogarithm(uint64 a, uint64 b, uint64 c) public pure {
        uint256 first = bound(a, 0.001e18, 3e18);
        uint256 second = bound(b, 0.001e18, first);
        uint256 third = bound(c, 0.001e18, second);
        uint256 sum = StateSpeed.loosening(first, second) + StateSpeed.loosening(second, third);
        if (sum > 40e18) return; // beyond what the exponential below can hold against
        assertGe(third * uint256(FixedPointMathLib.expWad(int256(sum))) / WAD + 40, first);
    }
}

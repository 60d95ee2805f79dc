// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {NormalDistribution} from "../../../contracts/libraries/NormalDistribution.sol";

contract NormalDistributionPropTest is Test {
    uint256 private constant WAD = 1e18;

    function testFuzz_cdf_IsSymmetric(int256 x) public pure {
        vm.assume(x != 0 && x != type(int256).min);
        assertEq(NormalDistribution.cdf(x) + NormalDistribution.cdf(-x), WAD);
        assertEq(NormalDistribution.pdf(x), NormalDistribution.pdf(-x));
    }

    /// @dev Up to the rounding of two evaluations.
    function testFuzz_cdf_RisesWithX(int256 x, uint256 step) public pure {
        x = bound(x, -12e18, 12e18);
        step = bound(step, 0, 3e18);
        assertLe(NormalDistribution.cdf(x), NormalDistribution.cdf(x + int256(step)) + 200);
    }

    function test_cdf_AtZeroAndBeyondTheRange() public pure {
        assertEq(NormalDistribution.cdf(0), WAD / 2);
        assertEq(NormalDistribution.pdf(0), 398942280401432678);
        assertEq(NormalDistribution.cdf(9.2e18), WAD);
        assertEq(NormalDistribution.cdf(type(int256).max), WAD);
        assertEq(NormalDistribution.cdf(type(int256).min), 0);
        assertEq(NormalDistribution.pdf(type(int256).min), 0);
    }

    function testFuzz_tail_NeverExceedsHalfForItsOwnDensity(uint256 x) public pure {
        x = bound(x, 0, 50e18);
        assertLe(NormalDistribution.tail(x, NormalDistribution.pdf(int256(x))), WAD / 2);
    }
}

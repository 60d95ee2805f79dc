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

    /// @dev Gordon's bounds (1941): x / (1 + x^2) < M(x) < 1 / x, here with 4e-9 of room beyond the fitted range.
    function testFuzz_millsRatio_LiesWithinGordonsBounds(uint256 z) public pure {
        z = bound(z, uint256(2 ** 96) / 100, 50 * 2 ** 96);
        uint256 ratio = NormalDistribution.millsRatio(z);
        uint256 above = 2 ** 192 / z;
        uint256 square = z * z >> 96;
        assertLe(ratio, above + above / 2.5e8);
        assertGe(ratio, (z << 96) / (2 ** 96 + square) * (2.5e8 - 1) / 2.5e8);
    }

    /// @dev Beside the one place where a denominator of the continued fraction passes through zero (17.88).
    function testFuzz_millsRatio_IsSmoothAtItsPole(uint256 offset) public pure {
        uint256 pole = (uint256(17_879_515_161_511_191_616) << 96) / 1e18;
        uint256 z = pole - 2 ** 40 + bound(offset, 0, 2 ** 41);
        assertApproxEqRel(
            NormalDistribution.millsRatio(z), NormalDistribution.millsRatio(pole - 2 ** 60), 1e9
        );
    }
}

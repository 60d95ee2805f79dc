// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {Svi} from "../../../contracts/libraries/Svi.sol";
import {SurfaceRow} from "../../../contracts/types/Wire.sol";

contract SviPropTest is Test {
    function test_impliedVolatility_OfAFlatSurface() public pure {
        // 0.36 of variance over one year is 60%
        SurfaceRow memory flat = SurfaceRow(1, 0, 0, 0.36e12, 0, 0, 0, 0);
        assertEq(Svi.impliedVolatility(flat, 1e18, 365 days), 0.6e18);
        assertEq(Svi.impliedVolatility(flat, -3e18, 0), 0);
        assertEq(Svi.deviation(flat, 0), 0.6e18);
    }

    /// @dev The minimum of w is a + b sigma sqrt(1 - rho^2); with rho = 0 it lies at k = m.
    function testFuzz_totalVariance_IsLeastAtItsCentreWithoutSkew(int64 k) public pure {
        SurfaceRow memory row = SurfaceRow(1, 0, 0, 0.01e12, 0.1e12, 0, 0.05e12, 0.2e12);
        uint256 least = Svi.totalVariance(row, 0.05e18);
        assertEq(least, 0.03e18);
        assertGe(Svi.totalVariance(row, k), least);
    }

    /// @dev Whatever a row may say, nothing reverts and variance is not negative by type.
    function testFuzz_totalVariance_NeverReverts(SurfaceRow memory row, int72 k) public pure {
        uint256 variance = Svi.totalVariance(row, k);
        assertLt(variance, 2 ** 156);
        assertApproxEqAbs(Svi.deviation(row, k) ** 2, variance * 1e18, 2e18 * 2 ** 80);
    }

    function testFuzz_totalVariance_FloorsNegativeAtZero(int64 a) public pure {
        a = int64(bound(a, type(int64).min, -1));
        SurfaceRow memory row = SurfaceRow(1, 0, 0, a, 0, 0, 0, 0);
        assertEq(Svi.totalVariance(row, 0), 0);
    }
}

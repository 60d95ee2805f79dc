// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

import {YEAR} from "../types/Units.sol";
import {SURFACE_SCALE, SurfaceRow} from "../types/Wire.sol";

/// @title What a surface says in volatility
/// @notice At the money and in both wings, two standard deviations of the at-the-money total variance from the forward: the
/// same points for every expiry and level. Basis points of yearly volatility, rounded down; T runs from `observedAt` to
/// the expiry in years of 365 days.
library SurfaceVolatility {
    uint256 internal constant POINTS = 3;
    uint256 internal constant AT_THE_MONEY = 0;
    int256 private constant WING_DEVIATIONS = 2;

    /// @notice At the money, left wing, right wing. Of a row inside the shape's bounds; expiry after `observedAt`.
    function ofRow(SurfaceRow memory row, uint64 observedAt)
        internal
        pure
        returns (uint256[POINTS] memory bps)
    {
        uint256 remaining = row.expiry - observedAt;
        uint256 variance = varianceAt(row, 0);
        int256 wing = WING_DEVIATIONS * int256(FixedPointMathLib.sqrt(variance * uint256(SURFACE_SCALE)));
        bps[AT_THE_MONEY] = _bps(variance, remaining);
        bps[1] = _bps(varianceAt(row, -wing), remaining);
        bps[2] = _bps(varianceAt(row, wing), remaining);
    }

    /// @notice w(k) in 1e-12, at least 0; k in 1e-12.
    function varianceAt(SurfaceRow memory row, int256 k) internal pure returns (uint256) {
        int256 distance = k - row.m;
        int256 sigma = row.sigma;
        int256 root = int256(FixedPointMathLib.sqrt(uint256(distance * distance + sigma * sigma)));
        int256 variance = row.a + (row.b * (root + (row.rho * distance) / SURFACE_SCALE)) / SURFACE_SCALE;
        return variance > 0 ? uint256(variance) : 0;
    }

    /// @dev (1e4)^2 w / (1e12 T) = w year / (1e4 seconds)
    function _bps(uint256 variance, uint256 remaining) private pure returns (uint256) {
        return FixedPointMathLib.sqrt((variance * YEAR) / (1e4 * remaining));
    }
}

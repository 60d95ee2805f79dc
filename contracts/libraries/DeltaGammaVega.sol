// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

/// @title Tail loss of a delta-gamma-vega approximation under correlated normal moves
/// @notice With S the covariance of (relative spot move, relative 30-day volatility move) of each underlying,
/// d = (D_1, N_1, D_2, N_2, ...) and Gm = diag(G_1, 0, G_2, 0, ...):
///   mean = tr(Gm S) / 2, variance = d' S d + tr((Gm S)^2) / 2,
///   tail loss = max(0, multiplier sqrt(variance) - mean), rounded up.
/// Every money figure saturates at 2^120 units (1.3e18 quote), far above any account and below overflow, so that no
/// portfolio can make this revert. Underlyings that the covariance does not cover contribute nothing.
library DeltaGammaVega {
    int256 private constant WAD = 1e18;
    int256 private constant MOST = 2 ** 120;

    /// @notice Money sensitivities of a portfolio, WAD. Underlying u has number u - 1.
    /// @param direction delta at 2(u-1) and vega at 2(u-1)+1, money per relative move
    /// @param curvature gamma, money per squared relative move
    struct Exposure {
        int256[] direction;
        int256[] curvature;
    }

    /// @param covariance S by rows, size x size with size = direction.length
    /// @param multiplier WAD
    function tailLoss(Exposure memory exposure, int256[] memory covariance, uint256 multiplier)
        internal
        pure
        returns (uint256)
    {
        (int256 mean, int256 quadratic) = _curved(exposure.curvature, covariance);
        int256 variance = _linear(exposure.direction, covariance) + quadratic / 2;
        if (variance <= 0) variance = 0;
        uint256 deviation = FixedPointMathLib.sqrt(uint256(variance));
        if (deviation * deviation < uint256(variance)) ++deviation;
        int256 tail = int256(FixedPointMathLib.mulDivUp(deviation, multiplier, uint256(WAD)));
        return tail > mean ? uint256(tail - mean) : 0;
    }

    /// @notice A sensitivity limited to the range in which nothing here overflows.
    function saturate(int256 value) internal pure returns (int256) {
        return FixedPointMathLib.clamp(value, -MOST, MOST);
    }

    /// @dev d' S d. |d| <= 2^120 and |S| < 2^64: a row sum of at most 62 stays below 2^190; it is saturated again, and so
    /// is what the total adds up, below 2^246.
    function _linear(int256[] memory direction, int256[] memory covariance)
        private
        pure
        returns (int256 total)
    {
        uint256 size = direction.length;
        unchecked {
            for (uint256 i; i < size; ++i) {
                if (direction[i] == 0) continue;
                int256 row;
                for (uint256 j; j < size; ++j) {
                    row += direction[j] * covariance[i * size + j];
                }
                total += direction[i] * saturate(row / WAD);
            }
        }
    }

    /// @dev |G| <= 2^120, and each factor is saturated: 31^2 products below 2^240.
    /// @return mean tr(Gm S) / 2, rounded down @return quadratic tr((Gm S)^2)
    function _curved(int256[] memory curvature, int256[] memory covariance)
        private
        pure
        returns (int256 mean, int256 quadratic)
    {
        uint256 count = curvature.length;
        unchecked {
            for (uint256 u; u < count; ++u) {
                if (curvature[u] == 0) continue;
                for (uint256 v; v < count; ++v) {
                    if (curvature[v] == 0) continue;
                    int256 entry = covariance[4 * u * count + 2 * v];
                    quadratic += saturate(curvature[u] * entry / WAD) * saturate(curvature[v] * entry / WAD);
                }
                mean += saturate(curvature[u] * covariance[4 * u * count + 2 * u] / WAD);
            }
        }
        mean = mean >> 1; // an arithmetic shift rounds down
    }
}

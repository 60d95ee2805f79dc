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
                int256 sensitivity = _at(direction, i);
                if (sensitivity == 0) continue;
                int256 row;
                for (uint256 j; j < size; ++j) {
                    row += _at(direction, j) * _at(covariance, i * size + j);
                }
                total += sensitivity * saturate(row / WAD);
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
                int256 gamma = _at(curvature, u);
                if (gamma == 0) continue;
                uint256 row = 4 * u * count;
                for (uint256 v; v < count; ++v) {
                    int256 other = _at(curvature, v);
                    if (other == 0) continue;
                    int256 entry = _at(covariance, row + 2 * v);
                    quadratic += saturate(gamma * entry / WAD) * saturate(other * entry / WAD);
                }
                mean += saturate(gamma * _at(covariance, row + 2 * u) / WAD);
            }
        }
        mean = mean >> 1; // an arithmetic shift rounds down
    }

    /// @dev Unchecked: every caller counts within the lengths, and the covariance has size x size entries.
    function _at(int256[] memory list, uint256 i) private pure returns (int256 value) {
        assembly ("memory-safe") {
            value := mload(add(add(list, 32), shl(5, i)))
        }
    }
}

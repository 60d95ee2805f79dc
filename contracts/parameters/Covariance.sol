// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ParameterBounds} from "./ParameterBounds.sol";

/// @title Covariance from factor loadings
/// @notice S = L L' with L lower triangular by rows, WAD. Off-diagonal entries are rounded toward zero, an error below
/// one unit each; the diagonal is raised by one unit per factor, which outweighs a row of such errors, so the
/// rounded matrix is positive semidefinite too.
library Covariance {
    int256 private constant WAD = 1e18;
    int256 private constant UNSET_LOADING = 1e18;

    /// @notice Entries of the lower triangle for n underlyings of two factors each: n (2n + 1).
    function loadingCount(uint256 underlyings) internal pure returns (uint256) {
        return underlyings * (2 * underlyings + 1);
    }

    /// @notice L with two more rows, independent of all others, of 100% standard deviation.
    function withIndependentFactors(int256[] memory loadings) internal pure returns (int256[] memory longer) {
        uint256 count = loadings.length;
        uint256 factors;
        while (factors * (factors + 1) / 2 < count) ++factors;
        longer = new int256[](count + 2 * factors + 3);
        for (uint256 index; index < count; ++index) {
            longer[index] = loadings[index];
        }
        longer[count + factors] = UNSET_LOADING;
        longer[longer.length - 1] = UNSET_LOADING;
    }

    /// @notice The full matrix by rows; reverts when a loading or a variance is out of bounds.
    function fromLoadings(int256[] memory loadings, uint256 factors)
        internal
        pure
        returns (int64[] memory matrix)
    {
        for (uint256 index; index < loadings.length; ++index) {
            int256 most = ParameterBounds.MAX_LOADING;
            ParameterBounds.within("loading", loadings[index], -most, most);
        }
        matrix = new int64[](factors * factors);
        for (uint256 row; row < factors; ++row) {
            for (uint256 column; column < row; ++column) {
                int64 entry = int64(_product(loadings, row, column));
                matrix[row * factors + column] = entry;
                matrix[column * factors + row] = entry;
            }
            int256 variance = _product(loadings, row, row);
            ParameterBounds.within(
                "variance", variance, ParameterBounds.MIN_VARIANCE, ParameterBounds.MAX_VARIANCE
            );
            matrix[row * factors + row] = int64(variance + int256(factors));
        }
    }

    /// @dev sum over k <= column of L[row][k] L[column][k], for column <= row.
    function _product(int256[] memory loadings, uint256 row, uint256 column) private pure returns (int256) {
        int256 sum;
        uint256 rowStart = row * (row + 1) / 2;
        uint256 columnStart = column * (column + 1) / 2;
        for (uint256 k; k <= column; ++k) {
            sum += loadings[rowStart + k] * loadings[columnStart + k];
        }
        return sum / WAD;
    }
}

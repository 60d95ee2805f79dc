// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

/// @title Standard deviations and correlations of a covariance matrix, WAD
library FactorMoments {
    int256 private constant WAD = 1e18;

    /// @notice sqrt of the diagonal, rounded down; the matrix by rows.
    function deviations(int256[] memory matrix) internal pure returns (uint256[] memory list) {
        uint256 size = FixedPointMathLib.sqrt(matrix.length);
        list = new uint256[](size);
        for (uint256 factor; factor < size; ++factor) {
            list[factor] = FixedPointMathLib.sqrt(uint256(matrix[factor * (size + 1)]) * uint256(WAD));
        }
    }

    /// @notice S_ij / (s_i s_j), toward zero. Each s is at least 0.1%, so rounding moves it by less than 1e-12.
    function correlation(int256[] memory matrix, uint256[] memory deviation, uint256 row, uint256 column)
        internal
        pure
        returns (int256)
    {
        int256 entry = matrix[row * deviation.length + column];
        return entry * WAD * WAD / int256(deviation[row] * deviation[column]);
    }
}

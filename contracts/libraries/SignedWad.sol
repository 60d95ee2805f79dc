// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

/// @title Products of signed WAD numbers, rounded by name
/// @notice Floor is toward minus infinity, ceil toward plus infinity: what an account receives is floored
/// and what it pays is ceiled, whatever the signs.
library SignedWad {
    int256 internal constant WAD = 1e18;

    function mulFloor(int256 x, int256 y) internal pure returns (int256 z) {
        int256 product = x * y;
        z = product / WAD;
        if (product % WAD < 0) --z;
    }

    function mulCeil(int256 x, int256 y) internal pure returns (int256 z) {
        int256 product = x * y;
        z = product / WAD;
        if (product % WAD > 0) ++z;
    }

    /// @notice value x |part| / |whole|, toward zero.
    function share(int256 value, int256 part, int256 whole) internal pure returns (int256) {
        uint256 magnitude = FixedPointMathLib.fullMulDiv(
            FixedPointMathLib.abs(value), FixedPointMathLib.abs(part), FixedPointMathLib.abs(whole)
        );
        return value < 0 ? -int256(magnitude) : int256(magnitude);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ScenarioPoint} from "../interfaces/IRiskParameters.sol";

/// @title Scenario points, four to a word
/// @notice Point i has bits 64 (i mod 4) of word i / 4: spot shock int24 | volatility shock int24 | weight uint16, from the
/// lowest, all in basis points. A weight is never 0, so a place without one is empty.
library PackedGrid {
    uint256 private constant POINT_BITS = 64;
    uint256 internal constant PER_WORD = 4;

    /// @dev The bounds of `ParameterBounds` fit the fields.
    function pack(ScenarioPoint[] memory points) internal pure returns (uint256[] memory words) {
        words = new uint256[]((points.length + PER_WORD - 1) / PER_WORD);
        for (uint256 i; i < points.length; ++i) {
            uint256 packed = uint24(uint32(points[i].spotShockBps))
                | uint256(uint24(uint32(points[i].volatilityShockBps))) << 24
                | uint256(uint16(points[i].weightBps)) << 48;
            words[i / PER_WORD] |= packed << POINT_BITS * (i % PER_WORD);
        }
    }

    /// @notice Number of points.
    function count(uint256[] memory words) internal pure returns (uint256 points) {
        points = PER_WORD * words.length;
        while (points != 0 && within(words[(points - 1) / PER_WORD], points - 1) == 0) --points;
    }

    /// @notice Point `i`, still packed, of the word that has it; 0 where there is none.
    function within(uint256 word, uint256 i) internal pure returns (uint64) {
        unchecked {
            return uint64(word >> POINT_BITS * (i % PER_WORD));
        }
    }
}

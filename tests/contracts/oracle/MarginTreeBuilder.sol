// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {RoundRows} from "contracts/libraries/RoundRows.sol";
import {MarginRow} from "contracts/types/Wire.sol";

/// @notice Builds the tree that `MarginTree` verifies, level by level.
library MarginTreeBuilder {
    function leavesOf(uint64 seq, MarginRow[] memory rows) internal pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](rows.length);
        for (uint256 index; index < rows.length; ++index) {
            leaves[index] = keccak256(abi.encodePacked(seq, RoundRows.pack(rows[index])));
        }
    }

    function root(bytes32[] memory leaves) internal pure returns (bytes32) {
        while (leaves.length > 1) {
            leaves = _above(leaves);
        }
        return leaves[0];
    }

    /// @notice Siblings from the leaf up.
    function path(bytes32[] memory leaves, uint256 index) internal pure returns (bytes32[] memory found) {
        found = new bytes32[](64);
        uint256 length;
        for (; leaves.length > 1; (leaves, index) = (_above(leaves), index / 2)) {
            uint256 sibling = index ^ 1;
            if (sibling < leaves.length) found[length++] = leaves[sibling];
        }
        assembly ("memory-safe") {
            mstore(found, length) // only ever shortens
        }
    }

    function _above(bytes32[] memory level) private pure returns (bytes32[] memory next) {
        next = new bytes32[]((level.length + 1) / 2);
        for (uint256 index; index < next.length; ++index) {
            bytes32 left = level[2 * index];
            bool hasSibling = 2 * index + 1 < level.length;
            next[index] = hasSibling ? _node(left, level[2 * index + 1]) : left;
        }
    }

    function _node(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return keccak256(a < b ? abi.encodePacked(a, b) : abi.encodePacked(b, a));
    }
}

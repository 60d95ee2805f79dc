// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {MarginRow} from "../types/Wire.sol";

/// @title The Merkle tree of a round of verdicts
/// @notice A leaf is the keccak-256 of 52 bytes: the round's sequence number, 8, and the packed row, 44. A node is that of
/// 64: its two children, the smaller first. The lengths differ, so no leaf is a node of the tree and no node a
/// leaf. A node without a sibling moves up unchanged.
library MarginTree {
    /// @dev More leaves than there are accounts; a longer path proves nothing and only costs.
    uint256 internal constant LONGEST_PATH = 64;

    /// @notice The root that this row has with this path, nearest sibling first.
    function rootOf(uint64 seq, MarginRow calldata row, bytes32[] calldata path)
        internal
        pure
        returns (bytes32 node)
    {
        if (path.length > LONGEST_PATH) revert ISignedLanes.PathTooLong(path.length, LONGEST_PATH);
        node = leafOf(seq, row);
        for (uint256 index; index < path.length; ++index) {
            bytes32 sibling = path[index];
            (bytes32 first, bytes32 second) = node < sibling ? (node, sibling) : (sibling, node);
            assembly ("memory-safe") {
                mstore(0x00, first)
                mstore(0x20, second)
                node := keccak256(0x00, 0x40)
            }
        }
    }

    function leafOf(uint64 seq, MarginRow calldata row) internal pure returns (bytes32) {
        return keccak256(
            abi.encodePacked(
                seq,
                row.account,
                row.portfolioNonce,
                row.initialRatioBps,
                row.maintenanceRatioBps,
                row.valueAtRisk,
                row.expectedShortfall
            )
        );
    }
}

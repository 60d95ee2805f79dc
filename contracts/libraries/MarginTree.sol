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
        // node = keccak256(smaller ++ larger) for each sibling; the decoder has checked that the path lies in calldata
        assembly ("memory-safe") {
            let end := add(path.offset, shl(5, path.length))
            for { let at_ := path.offset } lt(at_, end) { at_ := add(at_, 0x20) } {
                let sibling := calldataload(at_)
                let place := shl(5, gt(node, sibling))
                mstore(place, node)
                mstore(xor(place, 0x20), sibling)
                node := keccak256(0x00, 0x40)
            }
        }
    }

    /// @dev The fields from the upper bits down: 8 + 8 + 8 + 2 + 2 + 4 of 12 bytes, then 8 of 12 + 12.
    function leafOf(uint64 seq, MarginRow calldata row) internal pure returns (bytes32 leaf) {
        uint256 valueAtRisk = row.valueAtRisk;
        uint256 first = uint256(seq) << 192 | uint256(row.account) << 128 | uint256(row.portfolioNonce) << 64
            | uint256(row.initialRatioBps) << 48 | uint256(row.maintenanceRatioBps) << 32 | valueAtRisk >> 64;
        uint256 second = valueAtRisk << 192 | uint256(row.expectedShortfall) << 96;
        assembly ("memory-safe") {
            mstore(0x00, first)
            mstore(0x20, second)
            leaf := keccak256(0x00, 52)
        }
    }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {MarginRow, PriceRow, SurfaceRow} from "../types/Wire.sol";

/// @title Rows of a round as they are signed and sent: fields in their order, big-endian, without padding
/// @notice Calldata costs by the byte, so a row is as long as its fields: every bit of it belongs to one field, and
/// two different byte strings never mean the same rows. `rowsHash` of a round is the keccak-256 of these bytes.
library RoundRows {
    uint256 internal constant PRICE_LENGTH = 2 + 12 + 12;
    uint256 internal constant SURFACE_LENGTH = 2 + 4 + 6 * 8;
    uint256 internal constant MARGIN_LENGTH = 8 + 8 + 2 + 2 + 12 + 12;

    /// @notice How many rows of `length` bytes these are; reverts when none, or when the last one is incomplete.
    function count(bytes calldata rows, uint256 length) internal pure returns (uint256) {
        if (rows.length == 0) revert ISignedLanes.EmptyRound();
        if (rows.length % length != 0) revert ISignedLanes.MalformedRows(rows.length, length);
        unchecked {
            return rows.length / length;
        }
    }

    /// @dev Of `index` < count; each word read may reach beyond the row, never a field.
    function price(bytes calldata rows, uint256 index)
        internal
        pure
        returns (uint16 underlying, uint96 value, uint96 confidence)
    {
        unchecked {
            uint256 word = _wordAt(rows, index * PRICE_LENGTH);
            return (uint16(word >> 240), uint96(word >> 144), uint96(word >> 48));
        }
    }

    function surface(bytes calldata rows, uint256 index) internal pure returns (SurfaceRow memory row) {
        unchecked {
            uint256 start = index * SURFACE_LENGTH;
            uint256 first = _wordAt(rows, start);
            row.underlying = uint16(first >> 240);
            row.expiry = uint32(first >> 208);
            row.basis = int64(uint64(first >> 144));
            row.a = int64(uint64(first >> 80));
            row.b = int64(uint64(first >> 16));
            uint256 second = _wordAt(rows, start + 30);
            row.rho = int64(uint64(second >> 192));
            row.m = int64(uint64(second >> 128));
            row.sigma = int64(uint64(second >> 64));
        }
    }

    /// @dev Without the amounts, which are for the record.
    function margin(bytes calldata rows, uint256 index)
        internal
        pure
        returns (uint64 account, uint64 portfolioNonce, uint16 initialRatioBps, uint16 maintenanceRatioBps)
    {
        unchecked {
            uint256 word = _wordAt(rows, index * MARGIN_LENGTH);
            return (uint64(word >> 192), uint64(word >> 128), uint16(word >> 112), uint16(word >> 96));
        }
    }

    function pack(PriceRow[] memory rows) internal pure returns (bytes memory packed) {
        for (uint256 i; i < rows.length; ++i) {
            packed = abi.encodePacked(packed, rows[i].underlying, rows[i].price, rows[i].confidence);
        }
    }

    function pack(SurfaceRow[] memory rows) internal pure returns (bytes memory packed) {
        for (uint256 i; i < rows.length; ++i) {
            SurfaceRow memory row = rows[i];
            packed = abi.encodePacked(packed, row.underlying, row.expiry, row.basis, row.a, row.b);
            packed = abi.encodePacked(packed, row.rho, row.m, row.sigma);
        }
    }

    function pack(MarginRow[] memory rows) internal pure returns (bytes memory packed) {
        for (uint256 i; i < rows.length; ++i) {
            packed = abi.encodePacked(packed, pack(rows[i]));
        }
    }

    function pack(MarginRow memory row) internal pure returns (bytes memory) {
        return abi.encodePacked(
            row.account,
            row.portfolioNonce,
            row.initialRatioBps,
            row.maintenanceRatioBps,
            row.valueAtRisk,
            row.expectedShortfall
        );
    }

    function _wordAt(bytes calldata rows, uint256 offset) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(add(rows.offset, offset))
        }
    }
}

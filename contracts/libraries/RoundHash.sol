// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Header, MarginRow, PriceRow, SurfaceRow} from "../types/Wire.sol";

/// @title What a signer of a round signs
/// @notice `rows` hashes are keccak256(abi.encode(rows)). Rows are static structs, so their calldata already is
/// that encoding: it is copied, not encoded again. Calldata with bits outside a field hashes differently from the
/// rows it decodes to, and decoding such a field reverts.
library RoundHash {
    bytes32 internal constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 internal constant NAME_HASH = keccak256("Tailguard");
    bytes32 internal constant VERSION_HASH = keccak256("1");
    bytes32 internal constant HEADER_TYPEHASH = keccak256(
        "Header(bytes32 configDigest,uint8 lane,uint64 seq,uint64 observedAt,uint64 validUntil,bytes32 snapshot,bytes32 model)"
    );
    bytes32 internal constant ROUND_TYPEHASH = keccak256(
        "Round(Header header,bytes32 rowsHash)Header(bytes32 configDigest,uint8 lane,uint64 seq,uint64 observedAt,uint64 validUntil,bytes32 snapshot,bytes32 model)"
    );

    uint256 private constant PRICE_ROW_LENGTH = 3 * 32;
    uint256 private constant SURFACE_ROW_LENGTH = 8 * 32;
    uint256 private constant MARGIN_ROW_LENGTH = 6 * 32;

    /// @notice keccak256(0x1901 ++ domain separator ++ hashStruct(Round(header, rowsHash))), EIP-712.
    function typedDigest(bytes32 domainSeparator, Header calldata header, bytes32 rowsHash)
        internal
        pure
        returns (bytes32)
    {
        bytes32 headerHash = keccak256(abi.encode(HEADER_TYPEHASH, header));
        bytes32 roundHash = keccak256(abi.encode(ROUND_TYPEHASH, headerHash, rowsHash));
        return keccak256(abi.encodePacked(hex"1901", domainSeparator, roundHash));
    }

    function ofPrices(PriceRow[] calldata rows) internal pure returns (bytes32) {
        uint256 offset;
        assembly ("memory-safe") {
            offset := rows.offset
        }
        return _hash(offset, rows.length, PRICE_ROW_LENGTH);
    }

    function ofSurfaces(SurfaceRow[] calldata rows) internal pure returns (bytes32) {
        uint256 offset;
        assembly ("memory-safe") {
            offset := rows.offset
        }
        return _hash(offset, rows.length, SURFACE_ROW_LENGTH);
    }

    function ofMargins(MarginRow[] calldata rows) internal pure returns (bytes32) {
        uint256 offset;
        assembly ("memory-safe") {
            offset := rows.offset
        }
        return _hash(offset, rows.length, MARGIN_ROW_LENGTH);
    }

    function _hash(uint256 offset, uint256 count, uint256 rowLength) private pure returns (bytes32 hash) {
        // The ABI decoder has checked that count * rowLength bytes lie within calldata.
        assembly ("memory-safe") {
            let pointer := mload(0x40)
            let size := mul(count, rowLength)
            mstore(pointer, 0x20)
            mstore(add(pointer, 0x20), count)
            calldatacopy(add(pointer, 0x40), offset, size)
            hash := keccak256(pointer, add(size, 0x40))
        }
    }
}

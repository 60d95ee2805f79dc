// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Header} from "../types/Wire.sol";

/// @title What a signer of a round signs
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
}

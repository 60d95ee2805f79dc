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
    /// @dev A header is seven words in calldata, as its struct hash has them: what was signed are these very words.
    function typedDigest(bytes32 domainSeparator, Header calldata header, bytes32 rowsHash)
        internal
        pure
        returns (bytes32 digest)
    {
        (bytes32 headerType, bytes32 roundType) = (HEADER_TYPEHASH, ROUND_TYPEHASH);
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, headerType)
            calldatacopy(add(free, 0x20), header, 0xe0)
            let headerHash := keccak256(free, 0x100)
            mstore(free, roundType)
            mstore(add(free, 0x20), headerHash)
            mstore(add(free, 0x40), rowsHash)
            let roundHash := keccak256(free, 0x60)
            mstore(free, shl(240, 0x1901))
            mstore(add(free, 0x02), domainSeparator)
            mstore(add(free, 0x22), roundHash)
            digest := keccak256(free, 0x42)
        }
    }
}

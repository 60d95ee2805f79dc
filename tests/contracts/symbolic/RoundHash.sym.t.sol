// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {RoundHash} from "../../../contracts/libraries/RoundHash.sol";
import {Header} from "../../../contracts/types/Wire.sol";

/// @notice Proved by halmos, keccak-256 being any function without collisions: what signers sign is the EIP-712 digest of
/// every field of the header and of the rows' hash.
contract RoundHashSymbolic {
    function digestOf(bytes32 separator, Header calldata header, bytes32 rowsHash)
        external
        pure
        returns (bytes32)
    {
        return RoundHash.typedDigest(separator, header, rowsHash);
    }

    function check_typedDigest_IsThatOfEip712(bytes32 separator, Header memory header, bytes32 rowsHash)
        external
        view
    {
        bytes32 headerHash = keccak256(abi.encode(RoundHash.HEADER_TYPEHASH, header));
        bytes32 roundHash = keccak256(abi.encode(RoundHash.ROUND_TYPEHASH, headerHash, rowsHash));
        bytes32 expected = keccak256(abi.encodePacked("\x19\x01", separator, roundHash));
        assert(this.digestOf(separator, header, rowsHash) == expected);
    }
}

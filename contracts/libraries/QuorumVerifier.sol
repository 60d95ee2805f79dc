// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {LibBit} from "solady/utils/LibBit.sol";

import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {QuorumSignature} from "../types/Wire.sol";

/// @title k-of-n verification of compact signatures
/// @notice Bit i of the bitmap says that signer i signed; a signer therefore counts once at most. Signatures follow
/// in ascending signer order, 64 bytes (r, yParityAndS) each per ERC-2098: the parity bit takes the place of
/// the top bit of s, so the high twin of a signature cannot be written down.
library QuorumVerifier {
    uint256 internal constant SIGNATURE_LENGTH = 64;

    /// @notice Reverts unless at least `threshold` (and at least one) of `signers` signed `digest`.
    function verify(
        bytes32 digest,
        QuorumSignature calldata quorum,
        address[] memory signers,
        uint8 threshold
    ) internal view {
        uint256 bitmap = quorum.signerBitmap;
        uint256 given = LibBit.popCount(bitmap);
        if (given == 0 || given < threshold) revert ISignedLanes.TooFewSigners(given, threshold);
        if (bitmap >> signers.length != 0) revert ISignedLanes.UnknownSigner(LibBit.fls(bitmap));
        bytes calldata signatures = quorum.signatures;
        uint256 expected = given * SIGNATURE_LENGTH;
        if (signatures.length != expected) {
            revert ISignedLanes.MalformedSignatures(signatures.length, expected);
        }
        uint256 offset;
        unchecked {
            for (uint256 index; bitmap != 0; ++index) {
                bool hasSigned = bitmap & 1 != 0;
                bitmap >>= 1;
                if (!hasSigned) continue;
                address recovered = _recoverAt(digest, signatures, offset);
                // A failed recovery gives the zero address, which is never listed.
                if (recovered != signers[index]) {
                    revert ISignedLanes.WrongSignature(index, recovered, signers[index]);
                }
                offset += SIGNATURE_LENGTH;
            }
        }
    }

    /// @dev The same without a slice: `offset` + 64 <= length.
    function _recoverAt(bytes32 digest, bytes calldata signatures, uint256 offset)
        private
        view
        returns (address)
    {
        bytes32 r;
        uint256 parityAndS;
        assembly ("memory-safe") {
            r := calldataload(add(signatures.offset, offset))
            parityAndS := calldataload(add(signatures.offset, add(offset, 0x20)))
        }
        return _recover(digest, r, parityAndS);
    }

    /// @dev ecrecover(digest, 27 + parity, r, s), the precompile at address 1. It answers nothing, and so leaves the zero in
    /// place, where there is no signer.
    function _recover(bytes32 digest, bytes32 r, uint256 parityAndS) private view returns (address signer) {
        assembly ("memory-safe") {
            let input := mload(0x40)
            mstore(input, digest)
            mstore(add(input, 0x20), add(27, shr(255, parityAndS)))
            mstore(add(input, 0x40), r)
            mstore(add(input, 0x60), shr(1, shl(1, parityAndS)))
            mstore(0x00, 0)
            pop(staticcall(gas(), 1, input, 0x80, 0x00, 0x20))
            signer := mload(0x00)
        }
    }
}

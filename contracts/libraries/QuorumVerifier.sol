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
    uint256 private constant NONE = type(uint256).max;

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
        (uint256 index, address recovered) = _firstWrong(digest, bitmap, signatures, signers);
        if (index != NONE) revert ISignedLanes.WrongSignature(index, recovered, signers[index]);
    }

    /// @dev The first signer named whose signature is another's, and whose it is; `NONE` where all have signed. No bit of `bitmap`
    /// lies beyond `signers`, and `signatures` holds 64 bytes for each. A signature is (r, yParityAndS); recovered is
    /// ecrecover(digest, 27 + parity, r, s), the precompile at address 1, which answers nothing, and so leaves the zero in
    /// place, where there is no signer: the zero address is never listed.
    function _firstWrong(bytes32 digest, uint256 bitmap, bytes calldata signatures, address[] memory signers)
        private
        view
        returns (uint256 index, address recovered)
    {
        index = NONE;
        assembly ("memory-safe") {
            let input := mload(0x40)
            mstore(input, digest)
            let from := signatures.offset
            let listed := add(signers, 0x20)
            for { let left := bitmap } left { left := shr(1, left) } {
                if and(left, 1) {
                    let parityAndS := calldataload(add(from, 0x20))
                    mstore(add(input, 0x20), add(27, shr(255, parityAndS)))
                    mstore(add(input, 0x40), calldataload(from))
                    mstore(add(input, 0x60), shr(1, shl(1, parityAndS)))
                    mstore(0x00, 0)
                    pop(staticcall(gas(), 1, input, 0x80, 0x00, 0x20))
                    recovered := mload(0x00)
                    if xor(recovered, mload(listed)) {
                        index := sub(shr(5, sub(listed, signers)), 1)
                        break
                    }
                    from := add(from, 0x40)
                }
                listed := add(listed, 0x20)
            }
        }
    }
}

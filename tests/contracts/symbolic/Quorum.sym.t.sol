// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {QuorumVerifier} from "../../../contracts/libraries/QuorumVerifier.sol";
import {QuorumSignature} from "../../../contracts/types/Wire.sol";

/// @notice Proved by halmos, ecrecover being any function: a round that passes carries distinct listed signatures, at
/// least the threshold of them.
contract QuorumSymbolic {
    function verify(
        bytes32 digest,
        QuorumSignature calldata quorum,
        address[] memory signers,
        uint8 threshold
    ) external view {
        QuorumVerifier.verify(digest, quorum, signers, threshold);
    }

    /// @dev Two signatures given for three signers: the bitmap names exactly two, and each signed.
    function check_two_PassOnlyIfBothNamedSigned(
        bytes32 digest,
        uint256 bitmap,
        bytes32[4] memory parts,
        address[3] memory listed,
        uint8 threshold
    ) external view {
        bytes memory signatures = abi.encodePacked(parts[0], parts[1], parts[2], parts[3]);
        try this.verify(digest, QuorumSignature(bitmap, signatures), _list(listed), threshold) {
            assert(threshold <= 2);
            assert(bitmap == 3 || bitmap == 5 || bitmap == 6);
            uint256 first = bitmap == 6 ? 1 : 0;
            uint256 second = bitmap == 3 ? 1 : 2;
            assert(_signer(digest, parts[0], parts[1]) == listed[first]);
            assert(_signer(digest, parts[2], parts[3]) == listed[second]);
        } catch {}
    }

    /// @dev One signature is never enough where two are asked for, and none is never enough.
    function check_one_NeverPassesForTwo(
        bytes32 digest,
        uint256 bitmap,
        bytes32 r,
        bytes32 vs,
        address[3] memory listed
    ) external view {
        bytes memory signature = abi.encodePacked(r, vs);
        try this.verify(digest, QuorumSignature(bitmap, signature), _list(listed), 2) {
            assert(false);
        } catch {}
        try this.verify(digest, QuorumSignature(bitmap, ""), _list(listed), 0) {
            assert(false);
        } catch {}
    }

    /// @dev By ERC-2098: the upper bit of the second word is the parity, the rest is s.
    function _signer(bytes32 digest, bytes32 r, bytes32 parityAndS) private pure returns (address) {
        uint256 word = uint256(parityAndS);
        return ecrecover(digest, uint8(27 + (word >> 255)), r, bytes32(word << 1 >> 1));
    }

    function _list(address[3] memory listed) private pure returns (address[] memory list) {
        list = new address[](3);
        (list[0], list[1], list[2]) = (listed[0], listed[1], listed[2]);
    }
}

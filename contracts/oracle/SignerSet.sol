// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {SSTORE2} from "solady/utils/SSTORE2.sol";

import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {AuditTrail} from "../libraries/AuditTrail.sol";

/// @title The listed signers and their threshold
/// @notice Trust: holders of the signer role can replace the quorum. Until signers are set no round is accepted.
abstract contract SignerSet is ISignedLanes, AccessManaged, AuditTrail {
    /// @notice The zero address is what a failed signature recovers to; it can never be a signer.
    error ZeroSigner(uint256 index);

    /// @dev Requiring distinct ones compares each with each.
    uint256 internal constant MAX_SIGNERS = 31;

    /// @dev Every publication reads all signers: they are the code of a contract that cannot be called, one cold read for
    /// the whole list. One slot names it.
    struct Listing {
        address list;
        uint32 epoch;
        uint8 threshold;
        uint8 count;
    }

    Listing private _listing;

    /// @inheritdoc ISignedLanes
    /// @dev The threshold is a majority, so two quorums always share a signer.
    function setSigners(address[] calldata signers_, uint8 threshold_) external restricted {
        uint256 count = signers_.length;
        if (count == 0 || count > MAX_SIGNERS || threshold_ > count || 2 * uint256(threshold_) <= count) {
            revert InvalidSignerSet(count, threshold_);
        }
        _requireDistinct(signers_);
        _list(signers_, threshold_);
    }

    /// @inheritdoc ISignedLanes
    /// @dev A majority of more signers is one of fewer; the threshold itself does not change.
    function revokeSigner(address signer) external restricted {
        (address[] memory left,, uint8 threshold_) = _signerSet();
        uint256 count = left.length;
        uint256 index;
        while (index < count && left[index] != signer) {
            ++index;
        }
        if (index == count) revert NotASigner(signer);
        if (count - 1 < threshold_) revert InvalidSignerSet(count - 1, threshold_);
        for (; index + 1 < count; ++index) {
            left[index] = left[index + 1];
        }
        assembly ("memory-safe") {
            mstore(left, sub(count, 1)) // drops the last entry, which has moved down
        }
        _list(left, threshold_);
    }

    /// @inheritdoc ISignedLanes
    function signers() external view returns (address[] memory list) {
        (list,,) = _signerSet();
    }

    /// @inheritdoc ISignedLanes
    function epoch() external view returns (uint32) {
        return _listing.epoch;
    }

    /// @inheritdoc ISignedLanes
    function threshold() external view returns (uint8) {
        return _listing.threshold;
    }

    /// @dev Lists signers that were checked, under a new epoch.
    function _list(address[] memory signers_, uint8 threshold_) internal virtual {
        uint32 newEpoch = _listing.epoch + 1;
        uint8 count = uint8(signers_.length);
        _listing = Listing(SSTORE2.write(abi.encodePacked(signers_)), newEpoch, threshold_, count);
        for (uint8 index; index < count; ++index) {
            _recordSigner(newEpoch, index, signers_[index], count, threshold_);
        }
    }

    function _signerSet() internal view returns (address[] memory list, uint32 epoch_, uint8 threshold_) {
        // `Listing` from its lowest bits: list 160, epoch 32, threshold 8, count 8. The list is one word each, behind the byte
        // that keeps the code from being called.
        assembly ("memory-safe") {
            let listing := sload(_listing.slot)
            epoch_ := and(shr(160, listing), 0xffffffff)
            threshold_ := and(shr(192, listing), 0xff)
            let count := and(shr(200, listing), 0xff)
            list := mload(0x40)
            mstore(list, count)
            let words := add(list, 0x20)
            let size := shl(5, count)
            extcodecopy(and(listing, 0xffffffffffffffffffffffffffffffffffffffff), words, 1, size)
            mstore(0x40, add(words, size))
        }
    }

    function _requireDistinct(address[] calldata signers_) private pure {
        for (uint256 index; index < signers_.length; ++index) {
            if (signers_[index] == address(0)) revert ZeroSigner(index);
            for (uint256 earlier; earlier < index; ++earlier) {
                if (signers_[earlier] == signers_[index]) revert DuplicateSigner(signers_[index]);
            }
        }
    }

    function _recordSigner(uint32 epoch_, uint8 index, address signer, uint8 count, uint8 threshold_)
        private
    {
        (uint64 seq, bytes24 runningHash) = _advance(
            keccak256(abi.encode(SignerListed.selector, epoch_, index, signer, count, threshold_))
        );
        emit SignerListed(epoch_, index, signer, count, threshold_, seq, runningHash);
    }
}

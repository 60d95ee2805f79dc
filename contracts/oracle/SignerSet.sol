// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {AuditTrail} from "../libraries/AuditTrail.sol";

/// @title The listed signers and their threshold
/// @notice Trust: holders of the signer role can replace the quorum. Until signers are set no round is accepted.
abstract contract SignerSet is ISignedLanes, AccessManaged, AuditTrail {
    /// @notice The zero address is what a failed signature recovers to; it can never be a signer.
    error ZeroSigner(uint256 index);

    /// @dev Every publication reads all signers: one slot each.
    uint256 internal constant MAX_SIGNERS = 31;

    address[] private _signers;
    /// @inheritdoc ISignedLanes
    uint32 public epoch;
    /// @inheritdoc ISignedLanes
    uint8 public threshold;

    /// @inheritdoc ISignedLanes
    /// @dev The threshold is a majority, so two quorums always share a signer.
    function setSigners(address[] calldata signers_, uint8 threshold_) external restricted {
        uint256 count = signers_.length;
        if (count == 0 || count > MAX_SIGNERS || threshold_ > count || 2 * uint256(threshold_) <= count) {
            revert InvalidSignerSet(count, threshold_);
        }
        _requireDistinct(signers_);
        _replace(signers_, threshold_);
    }

    /// @inheritdoc ISignedLanes
    /// @dev A majority of more signers is one of fewer; the threshold itself does not change.
    function revokeSigner(address signer) external restricted {
        address[] memory left = _signers;
        uint256 count = left.length;
        uint256 index;
        while (index < count && left[index] != signer) {
            ++index;
        }
        if (index == count) revert NotASigner(signer);
        if (count - 1 < threshold) revert InvalidSignerSet(count - 1, threshold);
        for (; index + 1 < count; ++index) {
            left[index] = left[index + 1];
        }
        assembly ("memory-safe") {
            mstore(left, sub(count, 1)) // drops the last entry, which has moved down
        }
        _replace(left, threshold);
    }

    /// @inheritdoc ISignedLanes
    function signers() public view returns (address[] memory) {
        return _signers;
    }

    function _requireDistinct(address[] calldata signers_) private pure {
        for (uint256 index; index < signers_.length; ++index) {
            if (signers_[index] == address(0)) revert ZeroSigner(index);
            for (uint256 earlier; earlier < index; ++earlier) {
                if (signers_[earlier] == signers_[index]) revert DuplicateSigner(signers_[index]);
            }
        }
    }

    function _replace(address[] memory list, uint8 threshold_) private {
        _signers = list;
        threshold = threshold_;
        uint32 newEpoch = ++epoch;
        for (uint256 index; index < list.length; ++index) {
            _recordSigner(newEpoch, uint8(index), list[index], uint8(list.length), threshold_);
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

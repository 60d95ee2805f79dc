// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title A running hash over a contract's audit events
/// @notice Every audit event ends in (uint64 seq, bytes24 runningHash). All its parameters are static and the indexed
/// ones come first, so that for any such log
///   payload = topics ++ data without its last 64 bytes,
///   runningHash(n) = first 24 bytes of keccak256(runningHash(n-1) ++ uint64 n ++ keccak256(payload)).
/// A missing, altered or reordered log is therefore provable from the logs and one storage slot.
abstract contract AuditTrail {
    /// @dev running hash (upper 192 bits) and sequence number (lower 64), one slot.
    uint256 private _trail;

    /// @notice Sequence number and running hash after the last audit event.
    function auditTrail() public view returns (uint64 seq, bytes24 runningHash) {
        uint256 trail = _trail;
        return (uint64(trail), bytes24(bytes32(trail)));
    }

    /// @dev Advances the trail by an event with this payload hash: keccak256(abi.encode(Event.selector, args...)).
    function _advance(bytes32 payloadHash) internal returns (uint64 seq, bytes24 runningHash) {
        uint256 trail = _trail;
        unchecked {
            seq = uint64(trail) + 1; // 2^64 events cannot happen
        }
        runningHash = bytes24(keccak256(abi.encodePacked(bytes24(bytes32(trail)), seq, payloadHash)));
        _trail = uint256(bytes32(runningHash)) | seq;
    }
}

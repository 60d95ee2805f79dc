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
        return _unpackTrail(_trail);
    }

    /// @dev Advances the trail by an event with this payload hash: keccak256(abi.encode(Event.selector, args...)).
    function _advance(bytes32 payloadHash) internal returns (uint64 seq, bytes24 runningHash) {
        uint256 trail = _nextTrail(_trail, payloadHash);
        _trail = trail;
        return _unpackTrail(trail);
    }

    /// @dev The trail, in its packed form, one event on.
    function _nextTrail(uint256 trail, bytes32 payloadHash) internal pure returns (uint256) {
        unchecked {
            uint64 seq = uint64(trail) + 1; // 2^64 events cannot happen
            bytes32 hash = keccak256(abi.encodePacked(bytes24(bytes32(trail)), seq, payloadHash));
            return uint256(bytes32(bytes24(hash))) | seq;
        }
    }

    function _unpackTrail(uint256 trail) internal pure returns (uint64 seq, bytes24 runningHash) {
        return (uint64(trail), bytes24(bytes32(trail)));
    }
}

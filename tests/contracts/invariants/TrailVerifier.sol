// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Vm} from "forge-std/Vm.sol";

/// @notice Rebuilds the running hashes of the audited contracts from their logs alone.
contract TrailVerifier {
    uint256 private constant TRAIL_BYTES = 64;

    struct Trail {
        bool audited;
        uint64 seq;
        bytes24 runningHash;
    }

    mapping(address emitter => Trail) private _trails;
    mapping(bytes32 topic => bool) private _ignored;

    /// @notice Logs whose seq or hash was not the expected one.
    uint256 public mismatches;
    uint256 public verified;

    constructor() {
        // Events of the inherited standards are outside the trail.
        _ignored[keccak256("Transfer(address,address,uint256)")] = true;
        _ignored[keccak256("Approval(address,address,uint256)")] = true;
        _ignored[keccak256("AuthorityUpdated(address)")] = true;
    }

    function audit(address emitter) external {
        _trails[emitter].audited = true;
    }

    function follow(Vm.Log[] calldata logs) external {
        for (uint256 i = 0; i < logs.length; ++i) {
            if (_trails[logs[i].emitter].audited && !_ignored[logs[i].topics[0]]) _follow(logs[i]);
        }
    }

    function trailOf(address emitter) external view returns (uint64 seq, bytes24 runningHash) {
        return (_trails[emitter].seq, _trails[emitter].runningHash);
    }

    function _follow(Vm.Log calldata log) private {
        Trail storage trail = _trails[log.emitter];
        uint256 split = log.data.length - TRAIL_BYTES;
        (uint64 seq, bytes32 hash) = abi.decode(log.data[split:], (uint64, bytes32));
        bytes32 payload = keccak256(abi.encodePacked(log.topics, log.data[:split]));
        bytes24 want = bytes24(keccak256(abi.encodePacked(trail.runningHash, trail.seq + 1, payload)));
        if (seq != trail.seq + 1 || hash != bytes32(want)) ++mismatches;
        (trail.seq, trail.runningHash) = (seq, bytes24(hash));
        ++verified;
    }
}

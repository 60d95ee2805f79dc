// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Vm} from "forge-std/Vm.sol";

import {ISignedLanes} from "../../../contracts/interfaces/ISignedLanes.sol";

/// @notice Rebuilds the running hashes of the audited contracts from their logs alone.
contract TrailVerifier {
    uint256 private constant TRAIL_BYTES = 64;

    /// @dev Trail of a contract's events that belong to no lane.
    bytes32 private constant NO_LANE = bytes32(type(uint256).max);

    struct Trail {
        uint64 seq;
        bytes24 runningHash;
    }

    mapping(address emitter => bool) private _audited;
    mapping(address emitter => mapping(bytes32 lane => Trail)) private _trails;
    mapping(bytes32 topic => bool) private _ignored;

    /// @notice Logs whose seq or hash was not the expected one.
    uint256 public mismatches;
    uint256 public verified;

    constructor() {
        // Events of the inherited standards are outside the trail.
        _ignored[keccak256("Transfer(address,address,uint256)")] = true;
        _ignored[keccak256("Approval(address,address,uint256)")] = true;
        _ignored[keccak256("AuthorityUpdated(address)")] = true;
        // Rows are committed to by their round.
        _ignored[ISignedLanes.RowsLogged.selector] = true;
        _ignored[keccak256("Deposit(address,address,uint256,uint256)")] = true;
        _ignored[keccak256("Withdraw(address,address,address,uint256,uint256)")] = true;
    }

    function audit(address emitter) external {
        _audited[emitter] = true;
    }

    function follow(Vm.Log[] calldata logs) external {
        for (uint256 i = 0; i < logs.length; ++i) {
            if (_audited[logs[i].emitter] && !_ignored[logs[i].topics[0]]) _follow(logs[i]);
        }
    }

    function trailOf(address emitter) external view returns (uint64 seq, bytes24 runningHash) {
        Trail memory trail = _trails[emitter][NO_LANE];
        return (trail.seq, trail.runningHash);
    }

    function laneTrailOf(address emitter, uint8 lane)
        external
        view
        returns (uint64 seq, bytes24 runningHash)
    {
        Trail memory trail = _trails[emitter][bytes32(uint256(lane))];
        return (trail.seq, trail.runningHash);
    }

    function _follow(Vm.Log calldata log) private {
        bool isRound = log.topics[0] == ISignedLanes.RoundAccepted.selector;
        Trail storage trail = _trails[log.emitter][isRound ? log.topics[1] : NO_LANE];
        uint256 split = log.data.length - TRAIL_BYTES;
        (uint64 seq, bytes32 hash) = abi.decode(log.data[split:], (uint64, bytes32));
        bytes32 payload = keccak256(abi.encodePacked(log.topics, log.data[:split]));
        bytes24 want = bytes24(keccak256(abi.encodePacked(trail.runningHash, trail.seq + 1, payload)));
        if (seq != trail.seq + 1 || hash != bytes32(want)) ++mismatches;
        (trail.seq, trail.runningHash) = (seq, bytes24(hash));
        ++verified;
    }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Policy, PolicyLimits, PolicyUpdate} from "../interfaces/IPolicyLane.sol";
import {PendingUpdate} from "../libraries/PendingUpdate.sol";
import {PolicyRecord} from "./PolicyRecord.sol";
import {QuorumLane} from "./QuorumLane.sol";

/// @title Accepted policies that are not in force in full
/// @notice A stack: each update was made for the one below it, and only the newest is executed, because it contains what
/// those below it wanted. An update is alive while its window is open and the policy in force is the one that its
/// own last step left.
abstract contract PolicyQueue is QuorumLane, PolicyRecord {
    uint8 internal constant DROPPED_BY_VETO = 1;
    uint8 internal constant DROPPED_BY_TIME = 2;
    uint8 internal constant DROPPED_BY_CHANGE = 3;
    /// @dev Each acceptance reads those that lapsed.
    uint256 internal constant MOST_PENDING = 4;

    PolicyLimits internal _limits;
    PolicyUpdate[] private _updates;
    uint256 private _lastUpdateBlock;

    /// @dev At most one change of what is in force or accepted in a block, whoever makes it.
    modifier oncePerBlock() {
        if (_lastUpdateBlock == block.number) revert SecondUpdateInBlock(block.number);
        _lastUpdateBlock = block.number;
        _;
    }

    function policy() external view returns (Policy memory) {
        return _inForce();
    }

    function pendingUpdates() external view returns (PolicyUpdate[] memory) {
        return _updates;
    }

    function newestPolicy() external view returns (bytes32) {
        bytes32 inForce = _digest(_inForce());
        for (uint256 count = _updates.length; count != 0; --count) {
            PolicyUpdate memory update = _updates[count - 1];
            if (_reasonToDrop(update, inForce) == 0) return update.toDigest;
        }
        return inForce;
    }

    function _inForce() internal view returns (Policy memory) {
        return Policy(parameters.marginModel(), parameters.scenarioGrid());
    }

    function _digest(Policy memory given) internal pure returns (bytes32) {
        return keccak256(abi.encode(given));
    }

    /// @dev Drops what lapsed; returns the newest accepted policy's digest.
    function _settleQueue(bytes32 inForce) internal returns (bytes32 newest) {
        while (_updates.length != 0) {
            PolicyUpdate memory update = _updates[_updates.length - 1];
            uint8 reason = _reasonToDrop(update, inForce);
            if (reason == 0) return update.toDigest;
            _pop(reason);
        }
        return inForce;
    }

    function _isQueueEmpty() internal view returns (bool) {
        return _updates.length == 0;
    }

    /// @dev The newest update; the caller has settled the queue.
    function _newest() internal view returns (PolicyUpdate memory) {
        if (_updates.length == 0) revert NothingPending();
        return _updates[_updates.length - 1];
    }

    function _push(PolicyUpdate memory update) internal {
        if (_updates.length == MOST_PENDING) revert TooManyPending(MOST_PENDING);
        _updates.push(update);
    }

    function _pop(uint8 reason) internal {
        PolicyUpdate memory update = _updates[_updates.length - 1];
        _updates.pop();
        _recordDropped(update.toDigest, update.fromDigest, reason);
    }

    /// @dev The newest update after a step; with the last one nothing is pending any more.
    function _advanceNewest(PolicyUpdate memory update) internal {
        if (update.done == update.steps) delete _updates;
        else _updates[_updates.length - 1] = update;
    }

    function _clear(uint8 reason) internal {
        while (_updates.length != 0) {
            _pop(reason);
        }
    }

    function _reasonToDrop(PolicyUpdate memory update, bytes32 inForce) private view returns (uint8) {
        if (update.currentDigest != inForce) return DROPPED_BY_CHANGE;
        PendingUpdate.Schedule memory schedule =
            PendingUpdate.Schedule(update.nextAt, update.stepSeconds, update.steps, update.done);
        return PendingUpdate.isExpired(schedule, _limits.windowSeconds) ? DROPPED_BY_TIME : 0;
    }
}

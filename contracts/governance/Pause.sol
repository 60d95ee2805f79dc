// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {IPause} from "../interfaces/IPause.sol";
import {AuditTrail} from "../libraries/AuditTrail.sol";

/// @title Pause
/// @notice Knows nothing of what is paused: the mode table asks it.
contract Pause is IPause, AccessManaged, AuditTrail {
    /// @notice Longest time from a pause's start to its end: a human can be found within a weekend.
    uint64 public constant MAX_PAUSE = 72 hours;
    /// @notice Least time between the end of a pause and the start of the next: longer than it takes governance to
    /// remove a guardian.
    uint64 public constant COOL_DOWN = 7 days;

    /// @inheritdoc IPause
    uint64 public pausedSince;
    /// @inheritdoc IPause
    uint64 public pausedUntil;

    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc IPause
    function pause(uint64 until, bytes32 reason) external restricted {
        uint64 since = isPaused() ? pausedSince : _begin();
        if (until <= block.timestamp || until <= pausedUntil) revert PauseNotExtended(until, pausedUntil);
        if (until > since + MAX_PAUSE) revert PauseTooLong(until, since + MAX_PAUSE);
        (pausedSince, pausedUntil) = (since, until);
        (uint64 seq, bytes24 hash) = _advance(keccak256(abi.encode(Paused.selector, until, since, reason)));
        emit Paused(until, since, reason, seq, hash);
    }

    /// @inheritdoc IPause
    function end() external restricted {
        if (!isPaused()) revert NotPaused();
        uint64 endedAt = uint64(block.timestamp);
        pausedUntil = endedAt;
        (uint64 seq, bytes24 hash) = _advance(keccak256(abi.encode(PauseEnded.selector, endedAt)));
        emit PauseEnded(endedAt, seq, hash);
    }

    /// @inheritdoc IPause
    function isPaused() public view returns (bool) {
        return block.timestamp < pausedUntil;
    }

    function _begin() private view returns (uint64) {
        uint256 earliest = pausedUntil == 0 ? 0 : uint256(pausedUntil) + COOL_DOWN;
        if (block.timestamp < earliest) revert CoolingDown(earliest);
        return uint64(block.timestamp);
    }
}

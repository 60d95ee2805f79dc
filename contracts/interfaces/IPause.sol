// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title The guardian's pause
/// @notice While it lasts the mode is REDUCE_ONLY at best: trades that add risk and withdrawals wait. Deposits, trades that
/// reduce risk, rounds, liquidation and settlement never ask for it. A pause ends by itself within `MAX_PAUSE` of its
/// start, and the next one can begin only `COOL_DOWN` after its end, so at most MAX_PAUSE of any
/// MAX_PAUSE + COOL_DOWN are paused, whoever holds the role.
interface IPause {
    error PauseTooLong(uint64 until, uint256 latest);
    error PauseNotExtended(uint64 until, uint64 pausedUntil);
    error CoolingDown(uint256 earliest);
    error NotPaused();

    /// @param startedAt first second of this pause; an extension keeps it
    event Paused(uint64 indexed until, uint64 startedAt, bytes32 reason, uint64 seq, bytes24 runningHash);
    event PauseEnded(uint64 indexed endedAt, uint64 seq, bytes24 runningHash);

    /// @notice Begins a pause, or extends the running one, up to and without the second `until`.
    function pause(uint64 until, bytes32 reason) external;
    /// @notice Ends the running pause now; the cool-down begins.
    function end() external;

    /// @notice First second that is not paused any more; in the past (or 0) when nothing is paused.
    function pausedUntil() external view returns (uint64);
    /// @notice First second of the last pause, 0 before the first.
    function pausedSince() external view returns (uint64);
    function isPaused() external view returns (bool);
}

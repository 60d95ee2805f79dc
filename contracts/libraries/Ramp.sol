// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

/// @title A value that falls at once and rises slowly, after a grace
/// @notice A rise to `target` decided while the value stands still begins after the grace and then takes `riseSeconds` for
/// each `unit`. While a rise is under way, a higher target is reached on the same line, without a grace of its own and
/// no faster; a target at or below the value in force applies at once. Hence for any sequence of targets the value in
/// force rises by at most unit x t / riseSeconds in any t seconds, and not at all in the grace after it stood still.
/// Two lines suffice to state it, so anything that is lowered in the owner's favour may use it for its rises.
library Ramp {
    /// @param from value in force when the rise was decided
    /// @param target value it ends at; at or below `from`, it is in force already
    /// @param startsAt unix seconds at which the rise begins
    struct Path {
        uint256 from;
        uint256 target;
        uint256 startsAt;
    }

    /// @notice The value in force, rounded down: a rise never comes early.
    function valueAt(Path memory path, uint256 time, uint256 unit, uint256 riseSeconds)
        internal
        pure
        returns (uint256)
    {
        if (path.target <= path.from) return path.target;
        if (time <= path.startsAt) return path.from;
        if (riseSeconds == 0) return path.target;
        uint256 risen = FixedPointMathLib.fullMulDiv(unit, time - path.startsAt, riseSeconds);
        return risen >= path.target - path.from ? path.target : path.from + risen;
    }

    /// @notice The path after a new target is decided at `time`.
    /// @param current the value in force then, which may lie below the path's where something else lowered it
    /// @param onPath the path's value then
    function toward(
        Path memory path,
        uint256 current,
        uint256 onPath,
        uint256 target,
        uint256 time,
        uint256 graceSeconds
    ) internal pure returns (Path memory) {
        if (target <= current) return Path(target, target, 0);
        bool isRising = onPath < path.target;
        if (!isRising) return Path(current, target, time + graceSeconds);
        // The same line, unless something lowered the value since: then a parallel one, with what is left of the grace.
        if (current == onPath) return Path(path.from, target, path.startsAt);
        return Path(current, target, FixedPointMathLib.max(path.startsAt, time));
    }
}

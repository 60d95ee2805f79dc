// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

import {MarginModel, ScenarioPoint} from "../interfaces/IRiskParameters.sol";
import {Tightening} from "./Tightening.sol";

/// @title A change that takes effect in equal steps after a grace
/// @notice One step at a time, never two within `stepSeconds`, however long nobody executed. A step that nobody executed
/// within the window after it was due is lost with all that follow.
library PendingUpdate {
    /// @param nextAt unix seconds from which the next step may be executed
    struct Schedule {
        uint64 nextAt;
        uint32 stepSeconds;
        uint8 steps;
        uint8 done;
    }

    error StepNotDue(uint256 blockTime, uint256 nextAt);
    error UpdateExpired(uint256 blockTime, uint256 expiredAt);

    function start(uint256 grace, uint32 stepSeconds, uint8 steps) internal view returns (Schedule memory) {
        return Schedule(uint64(block.timestamp + grace), stepSeconds, steps, 0);
    }

    function isExpired(Schedule memory schedule, uint256 window) internal view returns (bool) {
        return block.timestamp > schedule.nextAt + window;
    }

    /// @notice The schedule after one more step; reverts where none is due.
    function step(Schedule memory schedule, uint256 window) internal view returns (Schedule memory) {
        if (block.timestamp < schedule.nextAt) revert StepNotDue(block.timestamp, schedule.nextAt);
        if (isExpired(schedule, window)) revert UpdateExpired(block.timestamp, schedule.nextAt + window);
        schedule.nextAt = uint64(block.timestamp) + schedule.stepSeconds;
        ++schedule.done;
        return schedule;
    }

    /// @notice from + (to - from) x done / steps, rounded toward `from`.
    function mix(uint256 from, uint256 to, uint256 done, uint256 steps) internal pure returns (uint256) {
        if (to >= from) return from + FixedPointMathLib.mulDiv(to - from, done, steps);
        return from - FixedPointMathLib.mulDiv(from - to, done, steps);
    }

    /// @notice Every field mixed. All fields are unsigned and every condition between them is a linear inequality with
    /// the same rounding on both sides, so the mixture of two valid models is valid.
    function mixModel(MarginModel memory from, MarginModel memory to, uint256 done, uint256 steps)
        internal
        pure
        returns (MarginModel memory)
    {
        bytes memory mixed = abi.encode(from);
        bytes memory target = abi.encode(to);
        for (uint256 index; index < mixed.length / 32; ++index) {
            uint256 value = mix(Tightening.word(mixed, index), Tightening.word(target, index), done, steps);
            assembly ("memory-safe") {
                mstore(add(add(mixed, 0x20), mul(index, 0x20)), value)
            }
        }
        return abi.decode(mixed, (MarginModel));
    }

    /// @notice Every weight mixed; a grid of another shape takes effect whole, with the last step.
    function mixGrid(
        ScenarioPoint[] memory from,
        ScenarioPoint[] memory to,
        bool reshaped,
        uint256 done,
        uint256 steps
    ) internal pure returns (ScenarioPoint[] memory mixed) {
        if (done == steps) return to;
        mixed = new ScenarioPoint[](from.length);
        for (uint256 i; i < from.length; ++i) {
            uint256 weight =
                reshaped ? from[i].weightBps : mix(from[i].weightBps, to[i].weightBps, done, steps);
            mixed[i] = ScenarioPoint(from[i].spotShockBps, from[i].volatilityShockBps, uint32(weight));
        }
    }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {Ramp} from "../../../contracts/libraries/Ramp.sol";

contract RampPropTest is Test {
    uint256 private constant UNIT = 1e18;

    function test_aWorkedExample() public pure {
        Ramp.Path memory still = Ramp.Path(2e18, 2e18, 0);
        Ramp.Path memory path = Ramp.toward(still, 2e18, 2e18, 5e18, 1_000, 100);
        assertEq(Ramp.valueAt(path, 1_100, UNIT, 50), 2e18, "grace");
        assertEq(Ramp.valueAt(path, 1_175, UNIT, 50), 3.5e18, "one and a half units in 75 s");
        assertEq(Ramp.valueAt(path, 1_250, UNIT, 50), 5e18, "there");
        path = Ramp.toward(path, 3.5e18, 3.5e18, 3e18, 1_175, 100);
        assertEq(Ramp.valueAt(path, 1_175, UNIT, 50), 3e18, "a fall acts at once");
    }

    function testFuzz_theValueLiesBetweenItsEndsAndRises(
        uint128 from,
        uint128 target,
        uint64 startsAt,
        uint64 time,
        uint64 later,
        uint32 riseSeconds
    ) public pure {
        Ramp.Path memory path = Ramp.Path(from, target, startsAt);
        uint256 early = Ramp.valueAt(path, time, UNIT, riseSeconds);
        uint256 late = Ramp.valueAt(path, uint256(time) + later, UNIT, riseSeconds);
        assertLe(early, late, "never falls by itself");
        assertLe(late, target, "never beyond the target");
        if (target > from) assertGe(early, from, "never below where it began");
        else assertEq(early, target, "a fall is in force");
    }

    function testFuzz_aRiseIsNoFasterThanItsSlope(
        uint96 from,
        uint96 target,
        uint64 startsAt,
        uint64 time,
        uint32 elapsed,
        uint32 riseSeconds
    ) public pure {
        riseSeconds = uint32(bound(riseSeconds, 1, type(uint32).max));
        Ramp.Path memory path = Ramp.Path(from, target, startsAt);
        uint256 early = Ramp.valueAt(path, time, UNIT, riseSeconds);
        uint256 late = Ramp.valueAt(path, uint256(time) + elapsed, UNIT, riseSeconds);
        assertLe(late - early, UNIT * uint256(elapsed) / riseSeconds + 1);
    }

    /// @dev Each new target, at any time, leaves the value in force where it was or lowers it to the target.
    function testFuzz_aNewTargetNeverRaisesAtOnce(uint256 seed, uint32 grace, uint32 riseSeconds)
        public
        pure
    {
        riseSeconds = uint32(bound(riseSeconds, 1, 7 days));
        Ramp.Path memory path = Ramp.Path(1e18, 1e18, 0);
        uint256 time = 1_700_000_000;
        for (uint256 i; i < 32; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            time += seed % 1 days;
            uint256 current = Ramp.valueAt(path, time, UNIT, riseSeconds);
            uint256 target = (seed >> 64) % 10e18;
            bool stoodStill = current == path.target;
            path = Ramp.toward(path, current, current, target, time, grace);
            uint256 next = Ramp.valueAt(path, time, UNIT, riseSeconds);
            assertEq(next, target < current ? target : current, "continuous, or a fall");
            if (stoodStill && target > current) {
                assertEq(Ramp.valueAt(path, time + grace, UNIT, riseSeconds), current, "grace");
            }
        }
    }

    function testFuzz_raisingTheTargetOnTheWayKeepsTheLine(uint64 time, uint96 first, uint96 second)
        public
        pure
    {
        uint256 start = 1_000;
        first = uint96(bound(first, 2e18, 100e18));
        second = uint96(bound(second, first, 200e18));
        Ramp.Path memory path = Ramp.toward(Ramp.Path(1e18, 1e18, 0), 1e18, 1e18, first, start, 50);
        uint256 middle = bound(time, start, start + 50 + 99);
        uint256 current = Ramp.valueAt(path, middle, UNIT, 100);
        Ramp.Path memory raised = Ramp.toward(path, current, current, second, middle, 50);
        for (uint256 then = middle; then < start + 150; then += 10) {
            uint256 before = Ramp.valueAt(path, then, UNIT, 100);
            if (before < first) assertEq(Ramp.valueAt(raised, then, UNIT, 100), before);
        }
    }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {Timelock} from "../../../contracts/governance/Timelock.sol";

contract TimelockTest is Test {
    uint256 private constant DELAY = 48 hours;

    address private council = makeAddr("council");
    Timelock private timelock;

    function setUp() public {
        timelock = new Timelock(DELAY, council);
    }

    function _propose(uint256 delay, bytes memory data) private {
        vm.prank(council);
        timelock.schedule(address(timelock), 0, data, 0, 0, delay);
    }

    /// @dev Its own administrator may set any delay; what counts is never below the one it began with.
    function testFuzz_updateDelay_NeverGoesBelowTheFirst(uint256 delay) public {
        delay = bound(delay, 0, 365 days);
        bytes memory data = abi.encodeCall(timelock.updateDelay, (delay));
        _propose(DELAY, data);
        vm.warp(block.timestamp + DELAY);
        timelock.execute(address(timelock), 0, data, 0, 0);
        assertEq(timelock.getMinDelay(), delay < DELAY ? DELAY : delay);
    }

    function test_schedule_FailsIf_ShorterThanTheDelay() public {
        vm.prank(council);
        vm.expectRevert();
        timelock.schedule(address(timelock), 0, "", 0, 0, DELAY - 1);
    }

    function test_execute_FailsIf_OneSecondEarly() public {
        bytes memory data = abi.encodeCall(timelock.updateDelay, (3 days));
        _propose(DELAY, data);
        vm.warp(block.timestamp + DELAY - 1);
        vm.expectRevert();
        timelock.execute(address(timelock), 0, data, 0, 0);
    }

    function test_constructor_LeavesNobodyElseInCharge() public view {
        assertTrue(timelock.hasRole(timelock.DEFAULT_ADMIN_ROLE(), address(timelock)));
        assertFalse(timelock.hasRole(timelock.DEFAULT_ADMIN_ROLE(), address(this)));
        assertFalse(timelock.hasRole(timelock.DEFAULT_ADMIN_ROLE(), council));
        assertFalse(timelock.hasRole(timelock.PROPOSER_ROLE(), address(this)));
    }
}

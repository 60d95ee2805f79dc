// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Test} from "forge-std/Test.sol";
import {Pause} from "../../../contracts/governance/Pause.sol";
import {IPause} from "../../../contracts/interfaces/IPause.sol";

contract PauseTest is Test {
    uint64 private constant START = 1_700_000_000;

    Pause private pausing;

    function setUp() public {
        vm.warp(START);
        pausing = new Pause(address(new AccessManager(address(this))));
    }

    function test_pause_FailsIf_NotAsked() public {
        vm.prank(address(0xBAD));
        vm.expectRevert(
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, address(0xBAD))
        );
        pausing.pause(START + 1, "no");
        assertFalse(pausing.isPaused());
    }

    function test_pause_EndsByItself() public {
        pausing.pause(START + 1 hours, "venue outage");
        assertTrue(pausing.isPaused());
        vm.warp(START + 1 hours);
        assertFalse(pausing.isPaused(), "the second named is not paused");
    }

    function testFuzz_pause_LastsAtMostSeventyTwoHours(uint64 until) public {
        bool valid = until > START && until <= START + 72 hours;
        if (!valid) vm.expectRevert();
        pausing.pause(until, "");
        assertEq(pausing.pausedUntil(), valid ? until : 0);
    }

    /// @dev Extended every hour it still ends 72 hours after its start.
    function test_pause_ExtensionsDoNotAddUp() public {
        for (uint64 hour = 1; hour <= 72; ++hour) {
            pausing.pause(START + hour * 1 hours, "");
            vm.warp(START + hour * 1 hours - 1);
        }
        vm.expectRevert(
            abi.encodeWithSelector(IPause.PauseTooLong.selector, START + 72 hours + 1, START + 72 hours)
        );
        pausing.pause(START + 72 hours + 1, "");
    }

    function test_pause_FailsIf_ItWouldShorten() public {
        pausing.pause(START + 2 hours, "");
        vm.expectRevert(
            abi.encodeWithSelector(IPause.PauseNotExtended.selector, START + 1 hours, START + 2 hours)
        );
        pausing.pause(START + 1 hours, "");
    }

    function testFuzz_pause_CoolsDownAfterEachEnd(uint64 length, uint64 wait, bool early) public {
        length = uint64(bound(length, 2, 72 hours));
        wait = uint64(bound(wait, 0, 8 days));
        pausing.pause(START + length, "");
        uint64 ended = START + length;
        if (early) {
            ended = START + length / 2;
            vm.warp(ended);
            pausing.end();
        }
        vm.warp(ended + wait);
        if (wait < 7 days) {
            vm.expectRevert(abi.encodeWithSelector(IPause.CoolingDown.selector, ended + 7 days));
        }
        pausing.pause(ended + wait + 1, "");
    }

    function test_end_FailsIf_NotPaused() public {
        vm.expectRevert(IPause.NotPaused.selector);
        pausing.end();
    }

    /// @dev A year of a guardian who does nothing else: 72 hours of every ten days.
    function test_pause_CoversAtMostItsShareOfAYear() public {
        uint256 paused;
        for (uint256 hour; hour < 365 * 24; ++hour) {
            vm.warp(START + hour * 1 hours);
            try pausing.pause(uint64(block.timestamp + 72 hours), "") {} catch {}
            if (pausing.isPaused()) ++paused;
        }
        assertLe(paused, 365 * 24 * 72 / uint256(240) + 72, "72 of every 240 hours, and one whole pause");
        assertGt(paused, 2500);
    }
}

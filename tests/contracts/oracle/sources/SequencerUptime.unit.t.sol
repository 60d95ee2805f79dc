// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";

import {SequencerUptime} from "contracts/oracle/sources/SequencerUptime.sol";

import {HandFeed, HostileContract} from "../../mocks/FeedMocks.sol";

contract SequencerUptimeTest is Test {
    uint256 private constant NOW = 1_700_000_000;
    uint32 private constant GRACE = 3600;

    HandFeed private feed;
    SequencerUptime private uptime;

    function setUp() public {
        vm.warp(NOW);
        feed = new HandFeed(0, 0, 1);
        uptime = new SequencerUptime(address(feed), GRACE);
    }

    function test_isUp_OnceTheGraceHasPassed() public {
        feed.set(0, NOW);
        vm.warp(NOW + GRACE);
        assertFalse(uptime.isUp(), "within the grace");
        vm.warp(NOW + GRACE + 1);
        assertTrue(uptime.isUp());
    }

    function test_isUp_NotWhileDown() public {
        feed.set(1, NOW - 30 days);
        assertFalse(uptime.isUp());
        feed.set(-1, NOW - 30 days);
        assertFalse(uptime.isUp());
    }

    function test_isUp_NotBeforeTheFeedHasSaidAnything() public {
        assertFalse(uptime.isUp());
        feed.set(0, NOW + 1);
        assertFalse(uptime.isUp(), "since the future");
    }

    function test_isUp_NotIfTheFeedIsHostile() public {
        HostileContract hostile = new HostileContract();
        vm.etch(address(feed), address(hostile).code);
        for (uint8 way; way <= uint8(type(HostileContract.Way).max); ++way) {
            HostileContract(address(feed)).choose(HostileContract.Way(way));
            assertFalse(uptime.isUp(), vm.toString(way));
        }
        vm.etch(address(feed), "");
        assertFalse(uptime.isUp(), "no code");
    }

    function test_constructor_FailsIf_NobodyReportsTheStatus() public {
        vm.expectRevert(abi.encodeWithSelector(SequencerUptime.NoContract.selector, address(0)));
        new SequencerUptime(address(0), GRACE);
    }

    function test_constructor_FailsIf_GraceIsOutOfRange() public {
        vm.expectPartialRevert(SequencerUptime.OutOfRange.selector);
        new SequencerUptime(address(feed), 0);
        vm.expectPartialRevert(SequencerUptime.OutOfRange.selector);
        new SequencerUptime(address(feed), 1 days + 1);
    }
}

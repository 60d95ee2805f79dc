// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPolicyLane, Policy} from "contracts/interfaces/IPolicyLane.sol";
import {ISignedLanes} from "contracts/interfaces/ISignedLanes.sol";
import {PendingUpdate} from "contracts/libraries/PendingUpdate.sol";
import "contracts/types/Wire.sol";

import {PolicyFixture} from "./PolicyFixture.sol";

/// @notice A pending policy is taken back, expires, and shares its block with no other.
contract PolicyVetoTest is PolicyFixture {
    // ---- veto ----

    function test_aVetoBeforeTheFirstStepLeavesThePredecessor() public {
        Policy memory from = lane.policy();
        Policy memory to = _raised(from, 0.1e18);
        _propose(from, to);
        lane.veto(from);
        assertEq(lane.newestPolicy(), lane.digestOf(from));
        assertEq(lane.pendingUpdates().length, 0);
        _nextBlock(12);
        vm.expectRevert(IPolicyLane.NothingPending.selector);
        lane.execute(from, to);
    }

    function test_aVetoHalfWayPutsThePredecessorBackInForce() public {
        Policy memory from = lane.policy();
        Policy memory to = _raised(from, 0.1e18);
        _propose(from, to);
        _nextBlock(1 days);
        _execute(from, to);
        assertNotEq(parameters.marginModel().expectedShortfallMultiplier, 3e18);
        vm.expectPartialRevert(IPolicyLane.WrongPolicy.selector);
        lane.veto(to);
        lane.veto(from);
        assertEq(abi.encode(lane.policy()), abi.encode(from), "whole");
    }

    function test_aVetoOfTheSecondLeavesTheFirstPending() public {
        Policy memory from = lane.policy();
        Policy memory first = _raised(from, 0.1e18);
        _propose(from, first);
        _propose(first, _raised(first, 0.1e18));
        lane.veto(from); // both lead from what is in force
        assertEq(lane.newestPolicy(), lane.digestOf(first), "the first is the newest again");
        _nextBlock(1 days);
        _execute(from, first);
    }

    function test_afterAVetoTheQuorumMayProposeAgain() public {
        Policy memory from = lane.policy();
        Policy memory to = _raised(from, 0.1e18);
        Header memory old = _policyHeader();
        QuorumSignature memory quorum = _signPolicy(old, from, to);
        lane.publishPolicy(old, from, to, quorum);
        _nextBlock(12);
        lane.veto(from);
        _nextBlock(12);
        vm.expectPartialRevert(ISignedLanes.WrongSequence.selector);
        lane.publishPolicy(old, from, to, quorum); // the vetoed round itself is spent
        _propose(from, to);
        assertEq(lane.newestPolicy(), lane.digestOf(to));
    }

    // ---- expiry ----

    function test_anUpdateThatNobodyExecutesExpires() public {
        Policy memory from = lane.policy();
        Policy memory to = _raised(from, 0.1e18);
        _propose(from, to);
        uint256 lapses = vm.getBlockTimestamp() - 12 + 1 days + 2 days;
        vm.warp(lapses + 1);
        assertEq(lane.newestPolicy(), lane.digestOf(from), "as if it had never been");
        vm.expectRevert(abi.encodeWithSelector(PendingUpdate.UpdateExpired.selector, lapses + 1, lapses));
        lane.execute(from, to);
        _propose(from, to);
        assertEq(lane.pendingUpdates().length, 1, "the lapsed one is gone");
    }

    function test_whatIsHalfExecutedStaysWhereItExpired() public {
        Policy memory from = lane.policy();
        Policy memory to = _raised(from, 0.1e18);
        _propose(from, to);
        _nextBlock(1 days);
        _execute(from, to);
        Policy memory partly = lane.policy();
        _nextBlock(3 hours + 2 days);
        assertEq(lane.newestPolicy(), lane.digestOf(partly));
        _propose(partly, to);
        assertEq(lane.pendingUpdates().length, 1);
    }

    // ---- one a block ----

    function test_oneUpdateABlock() public {
        Policy memory from = lane.policy();
        Policy memory to = lane.policy();
        to.model.staleInitialRatioBps += 100;
        Header memory header = _policyHeader();
        lane.publishPolicy(header, from, to, _signPolicy(header, from, to));
        vm.expectRevert(abi.encodeWithSelector(IPolicyLane.SecondUpdateInBlock.selector, block.number));
        lane.setPolicy(0, from);
        vm.expectRevert(abi.encodeWithSelector(IPolicyLane.SecondUpdateInBlock.selector, block.number));
        lane.execute(from, to);
        vm.expectRevert(abi.encodeWithSelector(IPolicyLane.SecondUpdateInBlock.selector, block.number));
        lane.veto(from);
    }
}

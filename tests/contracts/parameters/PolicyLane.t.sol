// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import {IPolicyLane, Policy, PolicyLimits} from "contracts/interfaces/IPolicyLane.sol";
import {IRiskParameters, ScenarioPoint} from "contracts/interfaces/IRiskParameters.sol";
import {ISignedLanes} from "contracts/interfaces/ISignedLanes.sol";
import {PendingUpdate} from "contracts/libraries/PendingUpdate.sol";
import "contracts/types/Wire.sol";

import {PolicyFixture} from "./PolicyFixture.sol";

contract PolicyLaneTest is PolicyFixture {
    uint64 private constant RAISED = 3.3e18; // 3 x 1.1

    // ---- who ----

    function test_nobodyElseSetsThePolicy() public {
        address stranger = makeAddr("stranger");
        Policy memory now_ = lane.policy();
        bytes memory unauthorised =
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger);
        vm.startPrank(stranger);
        vm.expectRevert(unauthorised);
        lane.setPolicy(0, now_);
        vm.expectRevert(unauthorised);
        lane.veto(now_);
        vm.expectRevert(unauthorised);
        lane.setPolicyLimits(_policyLimits());
        vm.stopPrank();
        vm.expectPartialRevert(IAccessManaged.AccessManagedUnauthorized.selector);
        parameters.setMarginModel(now_.model); // governance goes through the lane too
    }

    // ---- the quorum tightens ----

    function test_aRiseOfMaintenanceWaitsAndThenComesInSteps() public {
        Policy memory from = lane.policy();
        Policy memory to = _raised(from, 0.1e18);
        _propose(from, to);
        assertEq(parameters.marginModel().expectedShortfallMultiplier, 3e18, "nothing yet");
        assertEq(lane.newestPolicy(), lane.digestOf(to), "but it is the newest accepted");
        uint256 due = vm.getBlockTimestamp() - 12 + 1 days;
        vm.warp(due - 1);
        vm.expectRevert(abi.encodeWithSelector(PendingUpdate.StepNotDue.selector, due - 1, due));
        lane.execute(from, to);
        vm.warp(due);
        for (uint256 step = 1; step <= 8; ++step) {
            _execute(from, to);
            assertEq(
                parameters.marginModel().expectedShortfallMultiplier, 3e18 + 0.3e18 * step / 8, "an eighth"
            );
            vm.warp(vm.getBlockTimestamp() + 3 hours);
        }
        assertEq(parameters.marginModel().expectedShortfallMultiplier, RAISED);
        assertEq(lane.pendingUpdates().length, 0, "done");
        vm.expectRevert(IPolicyLane.NothingPending.selector);
        lane.execute(from, to);
    }

    function test_stepsAreNeverTakenTogetherHoweverLate() public {
        Policy memory from = lane.policy();
        Policy memory to = _raised(from, 0.1e18);
        _propose(from, to);
        _nextBlock(2 days);
        _execute(from, to);
        vm.expectPartialRevert(PendingUpdate.StepNotDue.selector);
        lane.execute(from, to);
        assertEq(parameters.marginModel().expectedShortfallMultiplier, 3.0375e18, "one step");
    }

    function test_moreInitialMarginAloneIsInForceAtOnce() public {
        Policy memory from = lane.policy();
        Policy memory to = lane.policy();
        to.model.staleInitialRatioBps = 13_000;
        _propose(from, to);
        assertEq(parameters.marginModel().staleInitialRatioBps, 13_000);
        assertEq(lane.pendingUpdates().length, 0);
    }

    function test_theQuorumLoosensNothing() public {
        Policy memory from = lane.policy();
        Policy memory to = lane.policy();
        to.model.expectedShortfallMultiplier -= 1;
        _proposeExpecting(from, to, abi.encodeWithSelector(IPolicyLane.NotTightening.selector, 1, 1));
        to = _raised(from, 0.1e18);
        to.model.shortOptionChargeBps = 49; // one field looser among tighter ones
        _proposeExpecting(from, to, abi.encodeWithSelector(IPolicyLane.NotTightening.selector, 7, 0.02e18));
        to = lane.policy();
        to.grid[2].weightBps = 3_499;
        _proposeExpecting(
            from, to, abi.encodeWithSelector(IPolicyLane.NotTightening.selector, 102, 285714285714286)
        );
    }

    function test_theQuorumMovesNoFieldWithoutADirection() public {
        Policy memory from = lane.policy();
        Policy memory to = lane.policy();
        to.model.ratioCapBps += 1_000;
        _proposeExpecting(from, to, abi.encodeWithSelector(IPolicyLane.NotTightening.selector, 3, 0.05e18));
        to = lane.policy();
        to.model.cureBufferBps *= 2;
        _proposeExpecting(from, to, abi.encodeWithSelector(IPolicyLane.NotTightening.selector, 6, 1e18));
        to = lane.policy();
        to.grid[0].spotShockBps = -9_000;
        _proposeExpecting(
            from, to, abi.encodeWithSelector(IPolicyLane.NotTightening.selector, 100, type(uint128).max)
        );
    }

    function test_oneUpdateRisesByNoMoreThanItsMost() public {
        Policy memory from = lane.policy();
        _proposeExpecting(
            from,
            _raised(from, 0.200001e18),
            abi.encodeWithSelector(IPolicyLane.RiseTooLarge.selector, 0.200001e18, 0.2e18)
        );
        Policy memory to = lane.policy();
        to.grid = new ScenarioPoint[](4);
        for (uint256 i; i < 3; ++i) {
            to.grid[i] = from.grid[i];
        }
        to.grid[3] = ScenarioPoint(-5_000, 0, 1); // asks for more by a share nobody can bound
        _proposeExpecting(
            from,
            to,
            abi.encodeWithSelector(IPolicyLane.RiseTooLarge.selector, uint256(type(uint128).max), 0.2e18)
        );
    }

    function test_aChangeOfNothingIsRefused() public {
        Policy memory same = lane.policy();
        bytes32 digest = lane.digestOf(same);
        _proposeExpecting(same, same, abi.encodeWithSelector(IPolicyLane.NothingChanges.selector, digest));
    }

    // ---- compare and swap ----

    function test_ofTwoProposalsForOnePolicyTheSecondIsVoid() public {
        Policy memory from = lane.policy();
        Policy memory first = _raised(from, 0.1e18);
        Policy memory second = _raised(from, 0.05e18);
        _propose(from, first);
        _proposeExpecting(
            from,
            second,
            abi.encodeWithSelector(
                IPolicyLane.WrongPredecessor.selector, lane.digestOf(from), lane.digestOf(first)
            )
        );
        _propose(first, _raised(first, 0.05e18)); // made for the pending one: accepted on top of it
        assertEq(lane.pendingUpdates().length, 2);
    }

    function test_anUpdateOnTopTakesBothOverTheLastSteps() public {
        Policy memory from = lane.policy();
        Policy memory first = _raised(from, 0.1e18);
        Policy memory second = _raised(first, 0.1e18);
        _propose(from, first);
        _nextBlock(1 days);
        _execute(from, first);
        Policy memory partly = lane.policy();
        _propose(first, second);
        vm.expectPartialRevert(IPolicyLane.WrongPolicy.selector);
        lane.execute(from, first); // the newest is executed, and it contains the first
        _nextBlock(1 days);
        for (uint256 step; step < 8; ++step) {
            _execute(partly, second);
            _nextBlock(3 hours);
        }
        assertEq(parameters.marginModel().expectedShortfallMultiplier, 3.63e18);
        assertEq(lane.pendingUpdates().length, 0, "the first is contained in the second");
    }

    function test_theQueueIsBounded() public {
        Policy memory last = lane.policy();
        for (uint256 i; i < 4; ++i) {
            Policy memory next = _raised(last, 0.01e18);
            _propose(last, next);
            last = next;
        }
        _proposeExpecting(
            last, _raised(last, 0.01e18), abi.encodeWithSelector(IPolicyLane.TooManyPending.selector, 4)
        );
    }

    function test_aPendingUpdateIsVoidOnceSomebodyElseChangedThePolicy() public {
        Policy memory from = lane.policy();
        Policy memory to = _raised(from, 0.1e18);
        _propose(from, to);
        manager.grantRole(POLICY_ROLE, address(this), 0); // as the guardian's tightening holds it
        from.model.staleInitialRatioBps += 100;
        parameters.setMarginModel(from.model);
        assertEq(lane.newestPolicy(), lane.digestOf(from), "the one in force again");
        from.model.staleInitialRatioBps -= 100;
        _nextBlock(1 days);
        vm.expectPartialRevert(IPolicyLane.WrongPolicy.selector);
        lane.execute(from, to);
    }

    // ---- replays ----

    function test_aRoundOfAnotherLaneOrContractIsVoid() public {
        Policy memory from = lane.policy();
        Policy memory to = _raised(from, 0.1e18);
        Header memory header = _policyHeader();
        header.lane = LANE_STATE;
        QuorumSignature memory quorum = _signPolicy(header, from, to);
        vm.expectRevert(abi.encodeWithSelector(ISignedLanes.WrongLane.selector, LANE_STATE, LANE_POLICY));
        lane.publishPolicy(header, from, to, quorum);
        header = _policyHeader();
        bytes32 rowsHash = keccak256(abi.encode(lane.digestOf(from), to));
        quorum = _signDigest(lanes.roundDigest(header, rowsHash), 3); // in the domain of SignedLanes
        vm.expectPartialRevert(ISignedLanes.WrongSignature.selector);
        lane.publishPolicy(header, from, to, quorum);
    }

    function test_anotherTargetThanSignedIsVoid() public {
        Policy memory from = lane.policy();
        Policy memory to = _raised(from, 0.1e18);
        Header memory header = _policyHeader();
        QuorumSignature memory quorum = _signPolicy(header, from, to);
        Policy memory other = _raised(from, 0.11e18);
        vm.expectPartialRevert(ISignedLanes.WrongSignature.selector);
        lane.publishPolicy(header, from, other, quorum);
    }

    // ---- settings ----

    function test_everyLimitHasAHardBound() public {
        PolicyLimits memory limits = _policyLimits();
        limits.graceSeconds = 1 hours - 1;
        vm.expectRevert(
            abi.encodeWithSelector(
                IRiskParameters.ParameterOutOfBounds.selector,
                bytes32("graceSeconds"),
                1 hours - 1,
                1 hours,
                30 days
            )
        );
        lane.setPolicyLimits(limits);
        limits = _policyLimits();
        limits.mostRise = 0.5e18 + 1;
        vm.expectPartialRevert(IRiskParameters.ParameterOutOfBounds.selector);
        lane.setPolicyLimits(limits);
    }
}

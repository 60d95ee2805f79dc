// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPolicyLane, Policy} from "contracts/interfaces/IPolicyLane.sol";
import {ScenarioPoint} from "contracts/interfaces/IRiskParameters.sol";
import {LeakyBucket} from "contracts/libraries/LeakyBucket.sol";
import "contracts/types/Wire.sol";

import {PolicyFixture} from "./PolicyFixture.sol";

/// @notice Governance loosens, and within budgets only.
contract PolicyBudgetsTest is PolicyFixture {
    // ---- governance loosens, within budgets ----

    function test_governanceLoosensAtOnceAndIsCharged() public {
        Policy memory to = lane.policy();
        to.model.expectedShortfallMultiplier = 2.85e18; // 5% less
        lane.setPolicy(lane.newestPolicy(), to);
        assertEq(parameters.marginModel().expectedShortfallMultiplier, 2.85e18);
        (uint256 daily, uint256 weekly,,) = lane.budgets();
        assertEq(daily, 0.05e18);
        assertEq(weekly, 0.05e18);
    }

    function test_theBudgetsSlowGovernanceAndNeverLockItOut() public {
        Policy memory to = lane.policy();
        to.model.minimumNotionalBps = 1; // 99% less: all of the daily budget
        lane.setPolicy(0, to);
        _nextBlock(12);
        to.model.shortOptionChargeBps = 49;
        vm.expectPartialRevert(LeakyBucket.BudgetExceeded.selector);
        lane.setPolicy(0, to);
        _nextBlock(1 days);
        lane.setPolicy(0, to);
        assertEq(parameters.marginModel().shortOptionChargeBps, 49);
    }

    function test_tighteningIsNeverCharged() public {
        Policy memory from = lane.policy();
        Policy memory to = _raised(from, 0.2e18);
        _propose(from, to);
        _nextBlock(1 days);
        _execute(from, to);
        (uint256 daily, uint256 weekly,,) = lane.budgets();
        assertEq(daily + weekly, 0);
    }

    function test_governancesRiseOfMaintenanceRampsToo() public {
        Policy memory from = lane.policy();
        Policy memory to = _raised(from, 1e18); // twice as much: beyond what the quorum could do
        lane.setPolicy(0, to);
        assertEq(parameters.marginModel().expectedShortfallMultiplier, 3e18);
        _nextBlock(1 days);
        _execute(from, to);
        assertEq(parameters.marginModel().expectedShortfallMultiplier, 3.375e18);
    }

    function test_governanceMadeForAnotherPolicyIsVoid() public {
        Policy memory from = lane.policy();
        bytes32 seen = lane.newestPolicy();
        Policy memory first = _raised(from, 0.1e18);
        _propose(from, first);
        Policy memory looser = lane.policy();
        looser.model.expectedShortfallMultiplier = 2.9e18;
        bytes32 newest = lane.digestOf(first);
        vm.expectRevert(abi.encodeWithSelector(IPolicyLane.WrongPredecessor.selector, seen, newest));
        lane.setPolicy(seen, looser);
        lane.setPolicy(newest, looser); // made in the knowledge of what waits, and supersedes it
        assertEq(lane.pendingUpdates().length, 0);
        assertEq(parameters.marginModel().expectedShortfallMultiplier, 2.9e18);
    }

    function test_governanceReshapesTheGridInOneStepAfterTheGrace() public {
        Policy memory from = lane.policy();
        Policy memory to = lane.policy();
        to.grid = new ScenarioPoint[](1);
        to.grid[0] = ScenarioPoint(-2_000, 0, 10_000);
        lane.setPolicy(0, to);
        _nextBlock(1 days);
        _execute(from, to);
        assertEq(parameters.scenarioGrid().length, 1);
        assertEq(lane.pendingUpdates().length, 0);
    }
}

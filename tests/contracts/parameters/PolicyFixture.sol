// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ILiquidation} from "contracts/interfaces/ILiquidation.sol";
import {Policy, PolicyLimits} from "contracts/interfaces/IPolicyLane.sol";
import {IRiskParameters} from "contracts/interfaces/IRiskParameters.sol";
import {PolicyLane} from "contracts/parameters/PolicyLane.sol";
import "contracts/types/Wire.sol";

import {LanesFixture} from "../oracle/LanesFixture.sol";

/// @notice The policy lane beside the signed lanes, alone in the role that sets margin model and grid.
abstract contract PolicyFixture is LanesFixture {
    uint64 internal constant POLICY_ROLE = 8;

    PolicyLane internal lane;

    function setUp() public virtual override {
        super.setUp();
        // no liquidation here: PolicyLiquidations.unit.t.sol has the real one
        lane = new PolicyLane(address(manager), lanes, parameters, ILiquidation(address(0)));
        bytes4[] memory setters = new bytes4[](2);
        setters[0] = IRiskParameters.setMarginModel.selector;
        setters[1] = IRiskParameters.setScenarioGrid.selector;
        manager.setTargetFunctionRole(address(parameters), setters, POLICY_ROLE);
        manager.grantRole(POLICY_ROLE, address(lane), 0);
        lane.setPolicyLimits(_policyLimits());
        vm.roll(100);
    }

    function _policyLimits() internal pure returns (PolicyLimits memory) {
        return PolicyLimits({
            graceSeconds: 1 days,
            stepSeconds: 3 hours,
            windowSeconds: 2 days,
            attributionSeconds: 1 hours,
            mostRise: 0.2e18,
            dailyLoosening: 0.1e18,
            weeklyLoosening: 0.3e18,
            dailyLiquidations: 1_000_000e18,
            weeklyLiquidations: 2_000_000e18
        });
    }

    /// @dev The policy in force with the expected-shortfall multiplier x (1 + by).
    function _raised(Policy memory from, uint256 by) internal pure returns (Policy memory to) {
        to = abi.decode(abi.encode(from), (Policy)); // a copy of its own
        to.model
        .expectedShortfallMultiplier += uint64(uint256(from.model.expectedShortfallMultiplier) * by / 1e18);
    }

    function _policyHeader() internal view returns (Header memory header) {
        header = _header(LANE_POLICY);
        header.configDigest = lane.configDigest();
        header.seq = lane.lastSequence() + 1;
    }

    function _signPolicy(Header memory header, Policy memory newest, Policy memory target)
        internal
        view
        returns (QuorumSignature memory)
    {
        bytes32 rowsHash = keccak256(abi.encode(lane.digestOf(newest), target));
        return _signDigest(lane.roundDigest(header, rowsHash), 3);
    }

    function _propose(Policy memory newest, Policy memory target) internal {
        Header memory header = _policyHeader();
        lane.publishPolicy(header, newest, target, _signPolicy(header, newest, target));
        _nextBlock(12);
    }

    function _proposeExpecting(Policy memory newest, Policy memory target, bytes memory reason) internal {
        Header memory header = _policyHeader();
        QuorumSignature memory quorum = _signPolicy(header, newest, target);
        vm.expectRevert(reason);
        lane.publishPolicy(header, newest, target, quorum);
    }

    function _execute(Policy memory from, Policy memory to) internal {
        lane.execute(from, to);
        _nextBlock(12);
    }

    function _nextBlock(uint256 time) internal {
        vm.roll(vm.getBlockNumber() + 1);
        vm.warp(vm.getBlockTimestamp() + time);
    }
}

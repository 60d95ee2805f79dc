// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {GuardianTightening} from "../../../contracts/governance/GuardianTightening.sol";
import {Timelock} from "../../../contracts/governance/Timelock.sol";
import {IRiskParameters, MarginModel} from "../../../contracts/interfaces/IRiskParameters.sol";
import {ISignedLanes} from "../../../contracts/interfaces/ISignedLanes.sol";
import {SystemMarket} from "../SystemMarket.sol";

/// @notice A guardian at work, and at its worst, on the whole system with the deployer's own wiring of roles.
contract GuardianTest is SystemMarket {
    uint64 private constant GUARDIAN = 50;
    uint32 private constant DELAY = 48 hours;

    address private guardian = makeAddr("guardian");
    address private council = makeAddr("council");
    GuardianTightening private tightening;
    Timelock private timelock;

    function setUp() public {
        deploySystem();
        tightening = new GuardianTightening(address(manager), parameters);
        timelock = new Timelock(DELAY, council);
        manager.setTargetFunctionRole(
            address(tightening), _selector(tightening.raiseStaleInitialRatio.selector), GUARDIAN
        );
        manager.setTargetFunctionRole(address(lanes), _selector(lanes.revokeSigner.selector), GUARDIAN);
        manager.grantRole(PARAMETER_ROLE, address(tightening), 0);
        manager.grantRole(PARAMETER_ROLE, council, DELAY);
        manager.grantRole(GUARDIAN, guardian, 0);
        manager.setRoleGuardian(PARAMETER_ROLE, GUARDIAN);
        manager.grantRole(0, address(timelock), 0);
        manager.renounceRole(0, address(this));
    }

    function _selector(bytes4 selector) private pure returns (bytes4[] memory list) {
        list = new bytes4[](1);
        list[0] = selector;
    }

    function testFuzz_raiseStaleInitialRatio_OnlyRises(uint16 ratioBps) public {
        MarginModel memory before = parameters.marginModel();
        bool valid = ratioBps > before.staleInitialRatioBps && ratioBps <= before.ratioCapBps;
        vm.prank(guardian);
        if (!valid) vm.expectRevert();
        tightening.raiseStaleInitialRatio(ratioBps);
        MarginModel memory model = parameters.marginModel();
        assertEq(model.staleInitialRatioBps, valid ? ratioBps : before.staleInitialRatioBps);
        model.staleInitialRatioBps = before.staleInitialRatioBps;
        assertEq(abi.encode(model), abi.encode(before), "nothing else changes");
    }

    /// @dev An account that is just solvent before is not liquidatable afterwards.
    function test_raiseStaleInitialRatio_LiquidatesNobody() public {
        publishPrices(20_000e18, 1500e18, 10);
        publishSurfaces(0.7e18);
        uint64 long = open("long", 100_000e6);
        trade(long, open("short", 1_000_000e6), perpetual(BTC), 10e18, 20_000e18);
        uint256 maintenance = engine.marginOf(long).maintenanceRequirement;
        vm.prank(guardian);
        tightening.raiseStaleInitialRatio(20_000);
        assertEq(engine.marginOf(long).maintenanceRequirement, maintenance);
        assertGt(engine.marginOf(long).initialRequirement, maintenance);
    }

    function test_revokeSigner_DownToTheThreshold() public {
        address[] memory list = lanes.signers();
        uint32 epoch = lanes.epoch();
        vm.startPrank(guardian);
        lanes.revokeSigner(list[0]);
        assertEq(lanes.epoch(), epoch + 1, "what was signed before is void");
        assertEq(lanes.signers().length, 2);
        assertEq(lanes.signers()[0], list[1]);
        assertEq(lanes.signers()[1], list[2]);
        assertEq(lanes.threshold(), 2);
        vm.expectRevert(abi.encodeWithSelector(ISignedLanes.NotASigner.selector, list[0]));
        lanes.revokeSigner(list[0]);
        vm.expectRevert(abi.encodeWithSelector(ISignedLanes.InvalidSignerSet.selector, 1, 2));
        lanes.revokeSigner(list[1]);
        vm.stopPrank();
    }

    /// @dev The guardian stops a change that waits; the removal of the guardian itself goes through another door.
    function test_cancel_ReachesChangesButNotItsOwnRemoval() public {
        bytes memory change = abi.encodeCall(IRiskParameters.listExpiry, (FAR + 7 days));
        vm.prank(council);
        manager.schedule(address(parameters), change, 0);
        vm.prank(guardian);
        manager.cancel(council, address(parameters), change);

        bytes memory removal = abi.encodeCall(AccessManager.revokeRole, (GUARDIAN, guardian));
        vm.prank(council);
        timelock.schedule(address(manager), 0, removal, 0, 0, DELAY);
        bytes32 id = timelock.hashOperation(address(manager), 0, removal, 0, 0);
        vm.startPrank(guardian);
        vm.expectRevert();
        timelock.cancel(id);
        vm.expectPartialRevert(IAccessManager.AccessManagerNotScheduled.selector);
        manager.cancel(address(timelock), address(manager), removal);
        vm.stopPrank();
        vm.warp(block.timestamp + DELAY);
        timelock.execute(address(manager), 0, removal, 0, 0);
        (bool member,) = manager.hasRole(GUARDIAN, guardian);
        assertFalse(member);
    }
}

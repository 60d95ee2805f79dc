// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {GuardianTightening} from "../../../contracts/governance/GuardianTightening.sol";
import {ISignedLanes} from "../../../contracts/interfaces/ISignedLanes.sol";
import {ThreatFixture} from "./ThreatFixture.sol";

/// @notice The guardian's key in a thief's hands: it pauses, tightens and strikes signers off, as much and as long as it can.
contract GuardianThreatTest is ThreatFixture {
    GuardianTightening private tightening;

    function setUp() public override {
        super.setUp();
        tightening = new GuardianTightening(address(manager), parameters);
        manager.grantRole(PARAMETER_ROLE, address(tightening), 0);
    }

    function _rage(uint256 time) private returns (uint256 pausedSeconds) {
        trade(attacker, honest[0], perpetual(BTC), 10e18, 20_000e18);
        uint256 maintenance = engine.marginOf(attacker).maintenanceRequirement;
        address[] memory signers = lanes.signers();
        lanes.revokeSigner(signers[1]);
        vm.expectRevert(abi.encodeWithSelector(ISignedLanes.InvalidSignerSet.selector, 1, 2));
        lanes.revokeSigner(signers[0]);
        tightening.raiseStaleInitialRatio(20_000);
        assertEq(engine.marginOf(attacker).maintenanceRequirement, maintenance, "nobody becomes liquidatable");
        uint256 begin = block.timestamp;
        for (uint256 elapsed; elapsed < time; elapsed += 60) {
            vm.warp(begin + elapsed);
            try pause.pause(uint64(block.timestamp + 72 hours), "rage") {} catch {}
            if (pause.isPaused()) pausedSeconds += 60;
        }
        deposit(honest[1], 1);
    }

    function test_guardian_PausesAnHourOfAnHour() public {
        assertLe(_rage(1 hours), 1 hours);
    }

    function test_guardian_PausesADayOfADay() public {
        assertLe(_rage(1 days), 1 days);
    }

    /// @dev 72 hours of any ten days, for as long as governance leaves it in office.
    function test_guardian_PausesSeventyTwoHoursOfTenDays() public {
        uint256 paused = _rage(10 days);
        assertEq(paused, 72 hours);
    }
}

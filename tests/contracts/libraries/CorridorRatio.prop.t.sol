// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {MarginModel} from "../../../contracts/interfaces/IRiskParameters.sol";
import {CorridorRatio} from "../../../contracts/libraries/CorridorRatio.sol";
import {MarginRow} from "../../../contracts/types/Wire.sol";

contract CorridorRatioPropTest is Test {
    function _model() private pure returns (MarginModel memory model) {
        model.ratioFloorBps = 8_000;
        model.ratioCapBps = 20_000;
        model.staleInitialRatioBps = 15_000;
        model.attestationDecaySeconds = 3_600;
    }

    function _row(uint16 initialBps, uint16 maintenanceBps) private pure returns (MarginRow memory row) {
        (row.initialRatioBps, row.maintenanceRatioBps) = (initialBps, maintenanceBps);
    }

    function test_stale_DecaysLinearlyToOne() public pure {
        uint16[5] memory ages = [uint16(0), 900, 1_800, 3_600, 7_200];
        uint16[5] memory wanted = [uint16(14_000), 13_000, 12_000, 10_000, 10_000];
        for (uint256 i; i < 5; ++i) {
            (uint16 initialBps, uint16 maintenanceBps) =
                CorridorRatio.stale(_row(16_000, 14_000), ages[i], _model());
            assertEq(maintenanceBps, wanted[i]);
            assertEq(initialBps, 15_000);
        }
    }

    function test_stale_NeverBelowOne() public pure {
        (uint16 initialBps, uint16 maintenanceBps) = CorridorRatio.stale(_row(9_000, 8_000), 0, _model());
        assertEq(maintenanceBps, 10_000);
        assertEq(initialBps, 15_000);
    }

    function test_stale_InitialFollowsAHigherMaintenance() public pure {
        (uint16 initialBps, uint16 maintenanceBps) = CorridorRatio.stale(_row(20_000, 19_000), 0, _model());
        assertEq(maintenanceBps, 19_000);
        assertEq(initialBps, 19_000);
    }

    /// @dev Whatever was attested, and however old it is, both ends stay in the corridor and in order.
    function testFuzz_ratios_StayInCorridor(uint16 initialBps, uint16 maintenanceBps, uint64 age)
        public
        pure
    {
        MarginModel memory model = _model();
        MarginRow memory row = _row(initialBps, maintenanceBps);
        _assertInside(CorridorRatio.attested, row, model);
        (uint16 initial, uint16 maintenance) = CorridorRatio.stale(row, age, model);
        assertGe(maintenance, 10_000);
        assertLe(maintenance, initial);
        assertLe(initial, model.ratioCapBps);
    }

    function testFuzz_stale_SurvivesAnUnsetModel(uint16 ratioBps, uint64 age) public pure {
        MarginModel memory unset;
        (uint16 initialBps, uint16 maintenanceBps) = CorridorRatio.stale(_row(ratioBps, ratioBps), age, unset);
        assertEq(initialBps, 0);
        assertEq(maintenanceBps, 0);
    }

    function _assertInside(
        function(MarginRow memory, MarginModel memory) pure returns (uint16, uint16) rule,
        MarginRow memory row,
        MarginModel memory model
    ) private pure {
        (uint16 initial, uint16 maintenance) = rule(row, model);
        assertGe(maintenance, model.ratioFloorBps);
        assertLe(maintenance, initial);
        assertLe(initial, model.ratioCapBps);
    }
}

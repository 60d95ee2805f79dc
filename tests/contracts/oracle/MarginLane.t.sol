// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ISignedLanes} from "contracts/interfaces/ISignedLanes.sol";
import "contracts/types/Wire.sol";

import {LanesFixture} from "./LanesFixture.sol";

contract MarginLaneTest is LanesFixture {
    function test_attestationsAreReadBackWhole() public {
        MarginRow[] memory rows = _margins(5);
        rows[4].valueAtRisk = type(uint96).max;
        rows[4].expectedShortfall = type(uint96).max - 1;
        _publish(rows);
        for (uint64 account = 1; account <= 5; ++account) {
            (MarginRow memory row, uint64 observedAt) = lanes.attestation(account);
            assertEq(abi.encode(row), abi.encode(rows[account - 1]), "row");
            assertEq(observedAt, MIDNIGHT, "observed");
        }
    }

    function test_anAccountWithoutAttestationReadsZero() public view {
        (MarginRow memory row, uint64 observedAt) = lanes.attestation(3);
        assertEq(keccak256(abi.encode(row)), keccak256(new bytes(6 * 32)), "row");
        assertEq(observedAt, 0, "observed");
    }

    function test_badRowsAreSkippedWithTheirReasonWhileGoodOnesLand() public {
        MarginRow[] memory rows = new MarginRow[](6);
        rows[0] = _marginRow(1);
        rows[1] = _marginRow(2);
        rows[1].portfolioNonce = 19;
        rows[2] = _marginRow(3);
        rows[2].maintenanceRatioBps = 7_999;
        rows[3] = _marginRow(4);
        rows[3].maintenanceRatioBps = rows[3].initialRatioBps + 1;
        rows[4] = _marginRow(5);
        rows[5] = _marginRow(99);
        _expectSkipped(rows[1], 2);
        _expectSkipped(rows[2], 3);
        _expectSkipped(rows[3], 4);
        _expectSkipped(rows[5], 1);
        _publish(rows);
        assertEq(_observedAt(1), MIDNIGHT, "good");
        assertEq(_observedAt(5), MIDNIGHT, "good");
        assertEq(_observedAt(2) + _observedAt(3) + _observedAt(4) + _observedAt(99), 0, "bad");
        assertEq(lanes.lastSequence(LANE_MARGINS), 1, "the round counts");
    }

    function testFuzz_ratiosOutsideTheCorridorNeverLand(uint16 initial, uint16 maintenance) public {
        MarginRow[] memory rows = _margins(1);
        (rows[0].initialRatioBps, rows[0].maintenanceRatioBps) = (initial, maintenance);
        _publish(rows);
        bool inside = maintenance >= 8_000 && initial <= 20_000 && maintenance <= initial;
        assertEq(_observedAt(1) != 0, inside);
    }

    function test_theCorridorsEndsAreInside() public {
        MarginRow[] memory rows = _margins(2);
        (rows[0].initialRatioBps, rows[0].maintenanceRatioBps) = (8_000, 8_000);
        (rows[1].initialRatioBps, rows[1].maintenanceRatioBps) = (20_000, 20_000);
        _publish(rows);
        assertEq(_observedAt(1), MIDNIGHT, "floor");
        assertEq(_observedAt(2), MIDNIGHT, "cap");
    }

    function test_aSkippedRowLeavesTheEarlierAttestation() public {
        _publish(_margins(1));
        vm.warp(MIDNIGHT + 60);
        MarginRow[] memory rows = _margins(1);
        rows[0].initialRatioBps = 60_000;
        _publish(rows);
        assertEq(_observedAt(1), MIDNIGHT);
    }

    function test_aTradeAfterTheComputationVoidsTheRow() public {
        ledger.setNonce(1, 11);
        _publish(_margins(2));
        assertEq(_observedAt(1), 0, "traded in the meantime");
        assertEq(_observedAt(2), MIDNIGHT, "did not");
    }

    function test_rowsMustAscendEvenPastSkippedOnes() public {
        MarginRow[] memory rows = new MarginRow[](3);
        (rows[0], rows[1], rows[2]) = (_marginRow(1), _marginRow(99), _marginRow(2));
        _expectNotAscending(rows, 2);
        rows[2].account = 99;
        _expectNotAscending(rows, 2);
    }

    function _expectNotAscending(MarginRow[] memory rows, uint256 index) private {
        Header memory header = _header(LANE_MARGINS);
        QuorumSignature memory quorum = _sign(header, abi.encode(rows), 3);
        vm.expectRevert(abi.encodeWithSelector(ISignedLanes.RowsNotAscending.selector, index));
        lanes.publishMargins(header, rows, quorum);
    }

    function _expectSkipped(MarginRow memory row, uint8 reason) private {
        vm.expectEmit(true, true, false, false, address(lanes));
        emit ISignedLanes.MarginRowSkipped(row.account, 1, reason, row.portfolioNonce, 0, 0);
    }

    function _observedAt(uint64 account) private view returns (uint64 observedAt) {
        (, observedAt) = lanes.attestation(account);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ISignedLanes} from "contracts/interfaces/ISignedLanes.sol";
import {Attestation} from "contracts/types/Attestation.sol";
import {RoundRows} from "contracts/libraries/RoundRows.sol";
import "contracts/types/Wire.sol";

import {LanesFixture} from "./LanesFixture.sol";

contract MarginLaneTest is LanesFixture {
    function test_attestationsAreReadBackWhole() public {
        MarginRow[] memory rows = _margins(5);
        _publish(rows);
        for (uint64 account = 1; account <= 5; ++account) {
            Attestation memory kept = lanes.attestation(account);
            assertEq(kept.portfolioNonce, 10 * account, "nonce");
            assertEq(kept.initialRatioBps, 12_000, "initial");
            assertEq(kept.maintenanceRatioBps, 10_000, "maintenance");
            assertEq(kept.observedAt, MIDNIGHT, "observed");
        }
    }

    function test_anAccountWithoutAttestationReadsZero() public view {
        assertEq(keccak256(abi.encode(lanes.attestation(3))), keccak256(new bytes(7 * 32)));
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
        bytes memory packed = RoundRows.pack(rows);
        QuorumSignature memory quorum = _sign(header, packed, 3);
        vm.expectRevert(abi.encodeWithSelector(ISignedLanes.RowsNotAscending.selector, index));
        lanes.publishMargins(header, packed, quorum);
    }

    function _expectSkipped(MarginRow memory row, uint8 reason) private {
        vm.expectEmit(true, true, false, false, address(lanes));
        emit ISignedLanes.MarginRowSkipped(row.account, 1, reason, row.portfolioNonce, 0, 0);
    }

    function _observedAt(uint64 account) private view returns (uint64) {
        return lanes.attestation(account).observedAt;
    }
}

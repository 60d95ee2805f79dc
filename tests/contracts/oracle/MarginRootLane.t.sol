// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ISignedLanes} from "contracts/interfaces/ISignedLanes.sol";
import {PackedAttestation} from "contracts/libraries/PackedAttestation.sol";
import {RoundRows} from "contracts/libraries/RoundRows.sol";
import {Attestation} from "contracts/types/Attestation.sol";
import "contracts/types/Wire.sol";

import {LanesFixture} from "./LanesFixture.sol";
import {MarginTreeBuilder} from "./MarginTreeBuilder.sol";

/// @notice Roots and proofs: what is taken up, and every way to take up something else.
contract MarginRootLaneTest is LanesFixture {
    using MarginTreeBuilder for bytes32[];

    MarginRow[] private rows;
    bytes32[] private leaves;
    Header private head;

    function setUp() public override {
        super.setUp();
        for (uint64 account = 1; account <= 5; ++account) {
            rows.push(_marginRow(account));
        }
        _publishRoot();
    }

    // ---- taken up ----

    function test_anyoneTakesUpAnyRow() public {
        vm.startPrank(makeAddr("passer-by"));
        for (uint256 index; index < 5; ++index) {
            _prove(index);
            Attestation memory kept = lanes.attestation(rows[index].account);
            assertEq(kept.portfolioNonce, rows[index].portfolioNonce, "nonce");
            assertEq(kept.initialRatioBps, 12_000, "initial");
            assertEq(kept.maintenanceRatioBps, 10_000, "maintenance");
            assertEq(kept.observedAt, MIDNIGHT, "observed");
            assertEq(kept.proofs, 1, "proofs");
        }
    }

    function test_theEventIsTheSlot() public {
        Attestation memory wanted = Attestation(20, 12_000, 10_000, 10_000, 0, MIDNIGHT, 1);
        vm.expectEmit(address(lanes));
        emit ISignedLanes.MarginProven(2, 1, PackedAttestation.pack(wanted));
        _prove(1);
    }

    function testFuzz_everyTreeProvesEachOfItsRows(uint8 count, uint8 which) public {
        count = uint8(bound(count, 1, 70));
        delete rows;
        for (uint64 account = 1; account <= count; ++account) {
            ledger.setNonce(account, 10 * account);
            rows.push(_marginRow(account));
        }
        vm.warp(MIDNIGHT + 60);
        _publishRoot();
        uint256 index = which % count;
        _prove(index);
        assertEq(lanes.attestation(rows[index].account).observedAt, MIDNIGHT + 60);
    }

    /// @dev For the same portfolio, no higher: the slot is renewed in place. Each proof counts, a row does not.
    function test_everyProofCounts() public {
        _prove(0);
        for (uint64 round = 2; round < 5; ++round) {
            vm.warp(MIDNIGHT + 60 * round);
            rows[0].maintenanceRatioBps = 10_000 - 10 * uint16(round);
            _publishRoot();
            vm.expectEmit(address(lanes));
            emit ISignedLanes.MarginProven(
                1, round, PackedAttestation.pack(_attested(rows[0].maintenanceRatioBps, round))
            );
            _prove(0);
            assertEq(
                abi.encode(lanes.attestation(1)), abi.encode(_attested(10_000 - 10 * uint16(round), round))
            );
        }
        vm.warp(MIDNIGHT + 360);
        _publish(_margins(1));
        assertEq(lanes.attestation(1).proofs, 4);
    }

    function test_rowsAndRootsHaveSequencesOfTheirOwn() public {
        _publish(_margins(1));
        assertEq(lanes.lastSequence(LANE_MARGINS), 1);
        assertEq(lanes.lastSequence(LANE_MARGIN_ROOTS), 1);
    }

    // ---- an attestation as new or newer stays ----

    function test_aProofIsTakenUpOnce() public {
        _prove(0);
        _expectRefused(0, 5);
    }

    function test_anOlderRootNeverReplacesANewerRow() public {
        vm.warp(MIDNIGHT + 60);
        MarginRow[] memory newer = _margins(1);
        newer[0].initialRatioBps = 15_000;
        _publish(newer);
        _expectRefused(0, 5);
        assertEq(lanes.attestation(1).initialRatioBps, 15_000);
    }

    function test_aRowOfTheSameInstantStays() public {
        _publish(_margins(1));
        _expectRefused(0, 5);
    }

    function test_onlyTheNewestRootIsProvenAgainst() public {
        (Header memory old, bytes32[] memory path) = (head, leaves.path(0));
        vm.warp(MIDNIGHT + 60);
        rows[0].maintenanceRatioBps = 9_000;
        MarginRow memory first = _marginRow(1);
        _publishRoot();
        vm.expectPartialRevert(ISignedLanes.NotInNewestRoot.selector);
        lanes.proveMargin(old.seq, old.observedAt, first, path);
    }

    function test_aRootOfFormerSignersIsVoid() public {
        lanes.setSigners(_addresses(keys), 2);
        _expectNotInRoot(rows[0], leaves.path(0));
        _publishRoot(); // a new one by the new epoch holds
        _prove(0);
    }

    function test_aRevokedSignerVoidsTheRootToo() public {
        lanes.revokeSigner(vm.addr(keys[0]));
        _expectNotInRoot(rows[0], leaves.path(0));
    }

    // ---- judged like rows ----

    function test_aTradeInTheMeantimeVoidsTheLeaf() public {
        ledger.setNonce(1, 11);
        _expectRefused(0, 2);
    }

    function test_unknownAccountsAndBadRatiosAreRefused() public {
        rows[0].account = 99;
        rows[1].maintenanceRatioBps = 7_999;
        rows[2].initialRatioBps = 20_001;
        rows[3].maintenanceRatioBps = 12_001;
        vm.warp(MIDNIGHT + 60);
        _publishRoot();
        _expectRefused(0, 1);
        _expectRefused(1, 3);
        _expectRefused(2, 3);
        _expectRefused(3, 4);
    }

    // ---- forged ----

    function testFuzz_anyChangedFieldIsNotInTheTree(uint8 field, uint64 change) public {
        change = uint64(bound(change, 1, 100));
        MarginRow memory row = rows[2];
        field = field % 6;
        if (field == 0) row.account += change;
        else if (field == 1) row.portfolioNonce += change;
        else if (field == 2) row.initialRatioBps += uint16(change);
        else if (field == 3) row.maintenanceRatioBps -= uint16(change);
        else if (field == 4) row.valueAtRisk += change;
        else row.expectedShortfall += change;
        _expectNotInRoot(row, leaves.path(2));
    }

    function test_sequenceAndTimeOfTheRootAreBound() public {
        bytes32[] memory path = leaves.path(0);
        vm.expectPartialRevert(ISignedLanes.NotInNewestRoot.selector);
        lanes.proveMargin(2, MIDNIGHT, rows[0], path);
        vm.expectPartialRevert(ISignedLanes.NotInNewestRoot.selector);
        lanes.proveMargin(1, MIDNIGHT + 1, rows[0], path);
    }

    function test_aPathOfAnotherDepthLeadsElsewhere() public {
        bytes32[] memory path = leaves.path(0);
        bytes32[] memory shorter = new bytes32[](path.length - 1);
        bytes32[] memory longer = new bytes32[](path.length + 1);
        for (uint256 index; index < path.length; ++index) {
            if (index < shorter.length) shorter[index] = path[index];
            longer[index] = path[index];
        }
        _expectNotInRoot(rows[0], shorter);
        _expectNotInRoot(rows[0], longer);
        _expectNotInRoot(rows[0], new bytes32[](0));
    }

    function test_anotherLeafsPathLeadsElsewhere() public {
        _expectNotInRoot(rows[0], leaves.path(2));
    }

    /// @dev A node's preimage has 64 bytes, a leaf's 52: whatever row is made up of two children's bytes, its leaf is not
    /// their node. Rows and path are the closest an attacker can come: the children's first 44 bytes as a row.
    function testFuzz_aNodeIsNoLeaf(uint64 seq) public {
        bytes memory children = abi.encodePacked(leaves[0], leaves[1]);
        MarginRow memory row = _rowFrom(children);
        bytes32[] memory path = leaves.path(0);
        bytes32[] memory above = new bytes32[](path.length - 1);
        for (uint256 index; index < above.length; ++index) {
            above[index] = path[index + 1];
        }
        vm.expectPartialRevert(ISignedLanes.NotInNewestRoot.selector);
        lanes.proveMargin(seq, MIDNIGHT, row, above);
    }

    /// @dev The root of one row is its leaf: no path, and no row for a node.
    function test_aTreeOfOneRowIsProvenByNoPath() public {
        MarginRow memory only = rows[0];
        delete rows;
        rows.push(only);
        vm.warp(MIDNIGHT + 60);
        _publishRoot();
        lanes.proveMargin(2, MIDNIGHT + 60, only, new bytes32[](0));
        assertEq(lanes.attestation(1).proofs, 1);
    }

    function test_anOverlongPathIsRefused() public {
        vm.expectRevert(abi.encodeWithSelector(ISignedLanes.PathTooLong.selector, 65, 64));
        lanes.proveMargin(1, MIDNIGHT, rows[0], new bytes32[](65));
    }

    function test_beforeTheFirstRootNothingIsProven() public {
        vm.expectPartialRevert(ISignedLanes.NotInNewestRoot.selector);
        lanes.proveMargin(0, 0, rows[0], new bytes32[](0));
    }

    /// @dev A signed round of rows is no root, and a signed root no round of rows: the lane is part of what is signed.
    function test_aRowsRoundIsNoRootNorTheOtherWayRound() public {
        bytes memory packed = RoundRows.pack(rows);
        Header memory header = _header(LANE_MARGINS);
        QuorumSignature memory quorum = _sign(header, packed, 3);
        vm.expectRevert(abi.encodeWithSelector(ISignedLanes.WrongLane.selector, 4, 5));
        lanes.publishMarginRoot(header, keccak256(packed), quorum);
        header.lane = LANE_MARGIN_ROOTS;
        header.seq = 2;
        vm.expectPartialRevert(ISignedLanes.WrongSignature.selector);
        lanes.publishMarginRoot(header, keccak256(packed), quorum);
    }

    // ---- helpers ----

    /// @dev Of account 1, at the minute of the root's number.
    function _attested(uint16 maintenance, uint64 round) private pure returns (Attestation memory) {
        return Attestation(10, 12_000, maintenance, maintenance, 0, MIDNIGHT + 60 * round, round);
    }

    function _publishRoot() private {
        head = _header(LANE_MARGIN_ROOTS);
        leaves = MarginTreeBuilder.leavesOf(head.seq, rows);
        bytes32 root = leaves.root();
        lanes.publishMarginRoot(head, root, _signDigest(lanes.roundDigest(head, root), 3));
    }

    function _prove(uint256 index) private {
        lanes.proveMargin(head.seq, head.observedAt, rows[index], leaves.path(index));
    }

    function _expectRefused(uint256 index, uint8 reason) private {
        bytes32[] memory path = leaves.path(index);
        vm.expectRevert(
            abi.encodeWithSelector(ISignedLanes.MarginRowRefused.selector, rows[index].account, reason)
        );
        lanes.proveMargin(head.seq, head.observedAt, rows[index], path);
    }

    function _expectNotInRoot(MarginRow memory row, bytes32[] memory path) private {
        vm.expectPartialRevert(ISignedLanes.NotInNewestRoot.selector);
        lanes.proveMargin(head.seq, head.observedAt, row, path);
    }

    function _rowFrom(bytes memory data) private pure returns (MarginRow memory row) {
        uint256 first;
        uint256 second;
        assembly ("memory-safe") {
            first := mload(add(data, 0x20))
            second := mload(add(data, 0x40))
        }
        row.account = uint64(first >> 192);
        row.portfolioNonce = uint64(first >> 128);
        row.initialRatioBps = uint16(first >> 112);
        row.maintenanceRatioBps = uint16(first >> 96);
        row.valueAtRisk = uint96(first);
        row.expectedShortfall = uint96(second >> 160);
    }
}

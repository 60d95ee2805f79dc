// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Vm} from "forge-std/Vm.sol";

import "contracts/types/Wire.sol";

import {AuditTrailReader} from "../mocks/AuditTrailReader.sol";
import {LanesFixture} from "./LanesFixture.sol";

contract LanesAuditTrailTest is LanesFixture {
    bytes32 private constant SILENT = IAccessManaged.AuthorityUpdated.selector;

    function setUp() public override {
        vm.recordLogs();
        super.setUp();
    }

    function test_theTrailOfALifeFollowsFromItsLogs() public {
        _live();
        Vm.Log[] memory logs = vm.getRecordedLogs();
        (uint64 seq, bytes24 runningHash) = lanes.auditTrail();
        (uint64 replayedSeq, bytes24 replayedHash) = AuditTrailReader.replay(logs, address(lanes), SILENT);
        // 2 x 3 signers, 4 rounds, 2 prices, 1 settlement, 2 surfaces, 4 attested, 1 skipped
        assertEq(seq, 20, "events");
        assertEq(replayedSeq, seq, "sequence");
        assertEq(replayedHash, runningHash, "running hash");
    }

    function test_theTrailOfParametersFollowsFromItsLogs() public {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        (uint64 seq, bytes24 runningHash) = parameters.auditTrail();
        (uint64 replayedSeq, bytes24 replayedHash) =
            AuditTrailReader.replay(logs, address(parameters), SILENT);
        // 2 listings with 3 and 10 loadings, 10 loadings set, 3 points, 3 structs, 2 expiries
        assertEq(seq, 33, "events");
        assertEq(replayedSeq, seq, "sequence");
        assertEq(replayedHash, runningHash, "running hash");
    }

    function test_aMissingLogIsNoticed() public {
        _live();
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 index = logs.length - 1;; --index) {
            if (logs[index].emitter != address(lanes)) continue;
            logs[index].emitter = address(0); // the last one withheld
            break;
        }
        (uint64 seq,) = lanes.auditTrail();
        (uint64 replayedSeq,) = AuditTrailReader.replay(logs, address(lanes), SILENT);
        assertLt(replayedSeq, seq);
    }

    function test_anAlteredLogIsNoticed() public {
        _live();
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 index = logs.length - 1;; --index) {
            if (logs[index].emitter != address(lanes)) continue;
            logs[index].data[31] ^= 0x01;
            break;
        }
        vm.expectRevert("a log contradicts the trail");
        this.replay(logs);
    }

    function replay(Vm.Log[] calldata logs) external view {
        AuditTrailReader.replay(logs, address(lanes), SILENT);
    }

    function _live() private {
        _publishPriceAt(NEAR - 60, SPOT);
        _publish(_surfaces());
        MarginRow[] memory rows = _margins(5);
        rows[2].portfolioNonce = 0;
        _publish(rows);
        lanes.setSigners(_addresses(keys), 2);
        _publishPriceAt(NEAR + 60, SPOT);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Vm} from "forge-std/Vm.sol";

import {ISignedLanes} from "contracts/interfaces/ISignedLanes.sol";
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
        // 2 x 3 signers, 1 settlement, 1 skipped
        assertEq(seq, 8, "events");
        assertEq(replayedSeq, seq, "sequence");
        assertEq(replayedHash, runningHash, "running hash");
    }

    function test_eachLanesTrailFollowsFromItsRounds() public {
        _live();
        Vm.Log[] memory logs = vm.getRecordedLogs();
        uint64[5] memory rounds = [uint64(4), 1, 0, 0, 1];
        for (uint8 lane; lane < 5; ++lane) {
            (uint64 seq, bytes24 runningHash) = lanes.laneTrail(lane);
            (uint64 replayedSeq, bytes24 replayedHash) =
                AuditTrailReader.replayLane(logs, address(lanes), lane);
            assertEq(seq, rounds[lane], "rounds");
            assertEq(lanes.lastSequence(lane), seq, "the sequence number is the trail's");
            assertEq(replayedSeq, seq, "sequence");
            assertEq(replayedHash, runningHash, "running hash");
        }
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
            if (!_isOfTheContract(logs[index])) continue;
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
            if (!_isOfTheContract(logs[index])) continue;
            logs[index].data[31] ^= 0x01;
            break;
        }
        vm.expectRevert("a log contradicts the trail");
        this.replay(logs);
    }

    function replay(Vm.Log[] calldata logs) external view {
        AuditTrailReader.replay(logs, address(lanes), SILENT);
    }

    /// @dev Of the contract's own trail, not a lane's.
    function _isOfTheContract(Vm.Log memory log) private view returns (bool) {
        bytes32 topic = log.topics[0];
        bool isLane =
            topic == ISignedLanes.RoundAccepted.selector || topic == ISignedLanes.RowsLogged.selector;
        return log.emitter == address(lanes) && !isLane;
    }

    function _live() private {
        for (uint256 quarter; quarter < 3; ++quarter) {
            _publishPriceAt(NEAR - 31 minutes + quarter * 15 minutes, SPOT);
        }
        _publish(_surfaces());
        MarginRow[] memory rows = _margins(5);
        rows[2].portfolioNonce = 0;
        _publish(rows);
        lanes.setSigners(_addresses(keys), 2);
        _publishPriceAt(NEAR + 60, SPOT);
    }
}

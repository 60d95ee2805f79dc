// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Vm} from "forge-std/Vm.sol";

import {ISignedLanes} from "contracts/interfaces/ISignedLanes.sol";

/// @notice Re-derives an audit trail from logs alone, as an auditor would.
library AuditTrailReader {
    /// @notice The trail after all logs of `emitter` whose topic 0 is none of `silent`, starting from nothing. Lanes' rounds
    /// have trails of their own.
    function replay(Vm.Log[] memory logs, address emitter, bytes32 silent)
        internal
        pure
        returns (uint64 seq, bytes24 runningHash)
    {
        for (uint256 index; index < logs.length; ++index) {
            bytes32 topic = logs[index].topics[0];
            if (logs[index].emitter != emitter || topic == silent) continue;
            if (topic == ISignedLanes.RoundAccepted.selector) continue;
            if (topic == ISignedLanes.RowsLogged.selector) continue;
            (seq, runningHash) = _follow(logs[index], seq, runningHash);
        }
    }

    /// @notice The trail of one lane's rounds.
    function replayLane(Vm.Log[] memory logs, address emitter, uint8 lane)
        internal
        pure
        returns (uint64 seq, bytes24 runningHash)
    {
        for (uint256 index; index < logs.length; ++index) {
            if (logs[index].emitter != emitter) continue;
            if (logs[index].topics[0] != ISignedLanes.RoundAccepted.selector) continue;
            if (uint256(logs[index].topics[1]) != lane) continue;
            (seq, runningHash) = _follow(logs[index], seq, runningHash);
        }
    }

    function _follow(Vm.Log memory log, uint64 seq, bytes24 runningHash)
        private
        pure
        returns (uint64, bytes24)
    {
        bytes memory payload = abi.encodePacked(log.topics, _head(log.data, log.data.length - 64));
        seq += 1;
        runningHash = bytes24(keccak256(abi.encodePacked(runningHash, seq, keccak256(payload))));
        (uint64 saidSeq, bytes24 saidHash) = _tail(log.data);
        require(saidSeq == seq && saidHash == runningHash, "a log contradicts the trail");
        return (seq, runningHash);
    }

    function _head(bytes memory data, uint256 length) private pure returns (bytes memory head) {
        head = new bytes(length);
        for (uint256 index; index < length; ++index) {
            head[index] = data[index];
        }
    }

    function _tail(bytes memory data) private pure returns (uint64, bytes24) {
        bytes memory tail = new bytes(64);
        for (uint256 index; index < 64; ++index) {
            tail[index] = data[data.length - 64 + index];
        }
        return abi.decode(tail, (uint64, bytes24));
    }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Vm} from "forge-std/Vm.sol";

/// @notice Re-derives an audit trail from logs alone, as an auditor would.
library AuditTrailReader {
    /// @notice The trail after all logs of `emitter` whose topic 0 is none of `silent`, starting from nothing.
    function replay(Vm.Log[] memory logs, address emitter, bytes32 silent)
        internal
        pure
        returns (uint64 seq, bytes24 runningHash)
    {
        for (uint256 index; index < logs.length; ++index) {
            if (logs[index].emitter != emitter || logs[index].topics[0] == silent) continue;
            bytes memory data = logs[index].data;
            bytes memory payload = abi.encodePacked(logs[index].topics, _head(data, data.length - 64));
            seq += 1;
            runningHash = bytes24(keccak256(abi.encodePacked(runningHash, seq, keccak256(payload))));
            (uint64 saidSeq, bytes24 saidHash) = _tail(data);
            require(saidSeq == seq && saidHash == runningHash, "a log contradicts the trail");
        }
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

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IStateLane, StateLimits} from "../interfaces/IStateLane.sol";
import {AuditTrail} from "../libraries/AuditTrail.sol";
import {StateBounds} from "./StateBounds.sol";

/// @title The audit events of the state lane
abstract contract StateRecord is IStateLane, AuditTrail {
    /// @dev values: old, new, least, most.
    function _recordDeviation(uint8 factor, uint64 laneSeq, uint256[4] memory values) internal {
        (uint64 seq, bytes24 runningHash) =
            _advance(keccak256(abi.encode(DeviationChanged.selector, factor, laneSeq, values)));
        emit DeviationChanged(factor, laneSeq, values[0], values[1], values[2], values[3], seq, runningHash);
    }

    function _recordPremium(
        uint16 underlying,
        uint64 laneSeq,
        int256 sample,
        int256 old,
        int256 average,
        int256 bound
    ) internal {
        bytes memory payload = abi.encode(
            PremiumAveraged.selector, underlying, laneSeq, sample, old, average, bound
        );
        (uint64 seq, bytes24 runningHash) = _advance(keccak256(payload));
        emit PremiumAveraged(underlying, laneSeq, sample, old, average, bound, seq, runningHash);
    }

    function _recordBorrowPremium(uint64 laneSeq, uint256 old, uint256 value, uint256 least, uint256 most)
        internal
    {
        bytes memory payload = abi.encode(BorrowPremiumChanged.selector, laneSeq, old, value, least, most);
        (uint64 seq, bytes24 runningHash) = _advance(keccak256(payload));
        emit BorrowPremiumChanged(laneSeq, old, value, least, most, seq, runningHash);
    }

    /// @dev One event for each limit that changed.
    function _recordLimits(StateLimits memory old, StateLimits memory limits) internal {
        uint256[16] memory before = StateBounds.asList(old);
        uint256[16] memory now_ = StateBounds.asList(limits);
        for (uint256 index; index < StateBounds.COUNT; ++index) {
            if (before[index] == now_[index]) continue;
            StateBounds.Bound memory bound = StateBounds.boundOf(limits, index);
            bytes memory payload = abi.encode(
                StateLimitSet.selector, bound.name, before[index], now_[index], bound.least, bound.most
            );
            (uint64 seq, bytes24 runningHash) = _advance(keccak256(payload));
            emit StateLimitSet(
                bound.name, before[index], now_[index], bound.least, bound.most, seq, runningHash
            );
        }
    }
}

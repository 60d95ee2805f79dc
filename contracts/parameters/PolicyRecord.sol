// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPolicyLane, PolicyLimits} from "../interfaces/IPolicyLane.sol";
import {AuditTrail} from "../libraries/AuditTrail.sol";
import {Tightening} from "../libraries/Tightening.sol";
import {PolicyBounds} from "./PolicyBounds.sol";

/// @title The audit events of the policy lane
abstract contract PolicyRecord is IPolicyLane, AuditTrail {
    function _recordAccepted(
        bytes32 policy_,
        bytes32 predecessor,
        bool byQuorum,
        Tightening.Change memory change,
        uint64 nextAt,
        uint8 steps
    ) internal {
        bytes memory payload = abi.encode(
            PolicyAccepted.selector, policy_, predecessor, byQuorum, change.rise, change.fall, nextAt, steps
        );
        (uint64 seq, bytes24 runningHash) = _advance(keccak256(payload));
        emit PolicyAccepted(
            policy_, predecessor, byQuorum, change.rise, change.fall, nextAt, steps, seq, runningHash
        );
    }

    function _recordInForce(bytes32 policy_, bytes32 target, uint8 step, uint8 steps) internal {
        (uint64 seq, bytes24 runningHash) =
            _advance(keccak256(abi.encode(PolicyInForce.selector, policy_, target, step, steps)));
        emit PolicyInForce(policy_, target, step, steps, seq, runningHash);
    }

    function _recordDropped(bytes32 policy_, bytes32 predecessor, uint8 reason) internal {
        (uint64 seq, bytes24 runningHash) =
            _advance(keccak256(abi.encode(PolicyDropped.selector, policy_, predecessor, reason)));
        emit PolicyDropped(policy_, predecessor, reason, seq, runningHash);
    }

    function _recordLiquidation(uint64 account, uint64 auctionId, uint256 base) internal {
        (uint64 seq, bytes24 runningHash) =
            _advance(keccak256(abi.encode(LiquidationCharged.selector, account, auctionId, base)));
        emit LiquidationCharged(account, auctionId, base, seq, runningHash);
    }

    /// @dev One event for each limit that changed.
    function _recordLimits(PolicyLimits memory old, PolicyLimits memory limits) internal {
        uint256[9] memory before = PolicyBounds.asList(old);
        uint256[9] memory now_ = PolicyBounds.asList(limits);
        for (uint256 index; index < PolicyBounds.COUNT; ++index) {
            if (before[index] == now_[index]) continue;
            PolicyBounds.Bound memory bound = PolicyBounds.boundOf(limits, index);
            bytes memory payload = abi.encode(
                PolicyLimitSet.selector, bound.name, before[index], now_[index], bound.least, bound.most
            );
            (uint64 seq, bytes24 runningHash) = _advance(keccak256(payload));
            emit PolicyLimitSet(
                bound.name, before[index], now_[index], bound.least, bound.most, seq, runningHash
            );
        }
    }
}

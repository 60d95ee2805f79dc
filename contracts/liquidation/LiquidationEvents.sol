// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AuditTrail} from "../libraries/AuditTrail.sol";
import {ILiquidation, LegFill} from "../interfaces/ILiquidation.sol";
import {InstrumentId} from "../types/Instrument.sol";
import {Witness} from "../types/Margin.sol";
import {Fill} from "../libraries/AuctionMath.sol";

/// @notice The figures that decided a start, and the starter's reward.
struct StartFacts {
    uint256 bound;
    int256 equityLow;
    int256 equityHigh;
    uint64 rewardTo;
    uint256 reward;
}

/// @title The audit record of liquidations
abstract contract LiquidationEvents is AuditTrail, ILiquidation {
    function _emitStarted(uint64 account, uint64 id, StartFacts memory facts, Witness calldata witness)
        internal
    {
        (uint64 seq, bytes24 runningHash) = _advance(_startedHash(account, id, facts, witness));
        emit LiquidationStarted(
            account,
            id,
            facts.bound,
            facts.equityLow,
            facts.equityHigh,
            witness.isScenario,
            witness.points,
            msg.sender,
            facts.rewardTo,
            facts.reward,
            seq,
            runningHash
        );
    }

    function _startedHash(uint64 account, uint64 id, StartFacts memory facts, Witness calldata witness)
        private
        view
        returns (bytes32)
    {
        return keccak256(
            abi.encode(
                LiquidationStarted.selector,
                account,
                id,
                facts.bound,
                facts.equityLow,
                facts.equityHigh,
                witness.isScenario,
                witness.points,
                msg.sender,
                facts.rewardTo,
                facts.reward
            )
        );
    }

    function _emitRaised(
        uint64 account,
        uint64 id,
        uint256 bound,
        Witness calldata witness,
        bool isChallenger
    ) internal {
        (uint64 seq, bytes24 runningHash) = _advance(
            keccak256(
                abi.encode(
                    WitnessRaised.selector,
                    account,
                    id,
                    bound,
                    witness.isScenario,
                    witness.points,
                    isChallenger
                )
            )
        );
        emit WitnessRaised(
            account, id, bound, witness.isScenario, witness.points, isChallenger, seq, runningHash
        );
    }

    function _emitClock(uint64 liveSeconds_, uint64 liveUntil) internal {
        (uint64 seq, bytes24 runningHash) =
            _advance(keccak256(abi.encode(ClockAdvanced.selector, liveSeconds_, liveUntil)));
        emit ClockAdvanced(liveSeconds_, liveUntil, seq, runningHash);
    }

    function _emitLegsTaken(uint64 account, uint64 id, uint64 bidder, LegFill memory fill) internal {
        (uint64 seq, bytes24 runningHash) = _advance(
            keccak256(
                abi.encode(
                    LegsTaken.selector,
                    account,
                    id,
                    bidder,
                    fill.portion,
                    fill.relief,
                    fill.value,
                    fill.discount,
                    fill.fee
                )
            )
        );
        emit LegsTaken(
            account,
            id,
            bidder,
            fill.portion,
            fill.relief,
            fill.value,
            fill.discount,
            fill.fee,
            seq,
            runningHash
        );
    }

    function _emitFilled(uint64 account, uint64 id, uint64 bidder, Fill memory fill) internal {
        (uint64 seq, bytes24 runningHash) = _advance(
            keccak256(
                abi.encode(
                    LiquidationFilled.selector,
                    account,
                    id,
                    bidder,
                    fill.fraction,
                    fill.value,
                    fill.discount,
                    fill.fee
                )
            )
        );
        emit LiquidationFilled(
            account, id, bidder, fill.fraction, fill.value, fill.discount, fill.fee, seq, runningHash
        );
    }

    function _emitDeleveraged(
        uint64 account,
        uint64 id,
        uint64 counterparty,
        InstrumentId instrument,
        int256 moved,
        int256 value
    ) internal {
        uint104 raw = InstrumentId.unwrap(instrument);
        (uint64 seq, bytes24 runningHash) = _advance(
            keccak256(abi.encode(Deleveraged.selector, account, id, counterparty, raw, moved, value))
        );
        emit Deleveraged(account, id, counterparty, raw, moved, value, seq, runningHash);
    }

    function _emitDeficit(uint64 account, uint256 deficit, uint256 total) internal {
        (uint64 seq, bytes24 runningHash) =
            _advance(keccak256(abi.encode(DeficitNoted.selector, account, deficit, total)));
        emit DeficitNoted(account, deficit, total, seq, runningHash);
    }

    function _emitEnded(uint64 account, uint64 id, uint8 outcome, int256 equity) internal {
        (uint64 seq, bytes24 runningHash) =
            _advance(keccak256(abi.encode(LiquidationEnded.selector, account, id, outcome, equity)));
        emit LiquidationEnded(account, id, outcome, equity, seq, runningHash);
    }

    function _emitBadDebt(uint64 account, uint64 id, uint256 debt, uint256 paid, uint256 socialised)
        internal
    {
        (uint64 seq, bytes24 runningHash) =
            _advance(keccak256(abi.encode(BadDebt.selector, account, id, debt, paid, socialised)));
        emit BadDebt(account, id, debt, paid, socialised, seq, runningHash);
    }
}

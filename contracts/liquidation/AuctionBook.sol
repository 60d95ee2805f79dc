// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Auction, ILiquidation} from "../interfaces/ILiquidation.sol";
import {IInsuranceFund} from "../interfaces/IInsuranceFund.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {IMarginEngine} from "../interfaces/IMarginEngine.sol";
import {AuctionCurve, IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {Witness} from "../types/Margin.sol";
import {Action} from "../libraries/Modes.sol";
import {AuctionMath} from "../libraries/AuctionMath.sol";
import {AuctionStore} from "./AuctionStore.sol";
import {ExitGate} from "./ExitGate.sol";
import {StartFacts} from "./LiquidationEvents.sol";

/// @title Auctions: their start, their witnesses
/// @notice A witness is a lower bound of the requirement, so naming a weak one costs its caller the start and nobody
/// anything else: whoever knows a worse one names it.
abstract contract AuctionBook is AuctionStore {
    uint8 private constant REASON_REWARD = 10;

    IRiskParameters public immutable parameters;

    constructor(
        IMarginAccounts accounts_,
        IMarginEngine engine_,
        IRiskParameters parameters_,
        IInsuranceFund insurance_
    ) ExitGate(accounts_, engine_, insurance_) {
        parameters = parameters_;
    }

    /// @inheritdoc ILiquidation
    // slither-disable-next-line reentrancy-no-eth ledger and fund move entries of their books here: no token, no owner is called
    function start(uint64 account, Witness calldata witness, uint64 rewardTo)
        external
        when(Action.START_LIQUIDATION)
        returns (uint64 auctionId)
    {
        if (inLiquidation(account)) revert AuctionRunning(account);
        StartFacts memory facts;
        (facts.bound, facts.equityLow, facts.equityHigh) = engine.witnessOf(account, witness);
        if (int256(facts.bound) <= facts.equityHigh) {
            revert NotLiquidatable(account, facts.bound, facts.equityHigh);
        }
        auctionId = _nextId();
        AuctionCurve memory curve = parameters.auctionCurve();
        _open(account, auctionId, facts.bound, curve, witness);
        _noteDeficit(account, facts.equityHigh);
        _reward(account, rewardTo, curve, facts);
        _emitStarted(account, auctionId, facts, witness);
    }

    /// @inheritdoc ILiquidation
    function raiseWitness(uint64 account, Witness calldata witness) external when(Action.RAISE_WITNESS) {
        Auction memory auction = _running(account);
        uint256 bound = _requireWorse(account, witness, auction.witness);
        _raise(account, auction, bound, witness);
        _emitRaised(account, auction.id, bound, witness, false);
    }

    /// @inheritdoc ILiquidation
    function challenge(uint64 account, Witness calldata witness) external when(Action.RAISE_WITNESS) {
        Auction memory auction = _running(account);
        uint256 bound = _requireWorse(account, witness, auction.challenger);
        _setChallenger(account, witness);
        _emitRaised(account, auction.id, bound, witness, true);
    }

    /// @inheritdoc ILiquidation
    function measureDeficit(uint64 account) external when(Action.RAISE_WITNESS) {
        _running(account);
        // slither-disable-next-line unused-return a deficit is what even the better end lacks
        (,, int256 equityHigh) = engine.witnessOf(account, Witness(false, 0));
        _noteDeficit(account, equityHigh);
    }

    /// @dev Both at present prices and for the present legs: what was true of legs that are gone counts no more.
    function _requireWorse(uint64 account, Witness calldata witness, Witness memory known)
        private
        view
        returns (uint256 bound)
    {
        // slither-disable-next-line unused-return only the bound matters, equity was proven
        (bound,,) = engine.witnessOf(account, witness);
        // slither-disable-next-line unused-return as above
        (uint256 best,,) = engine.witnessOf(account, known);
        if (bound <= best) revert WitnessNotWorse(account, bound, best);
    }

    /// @dev At most the equity at the worse price end, so that no reward makes a debt.
    function _reward(uint64 account, uint64 rewardTo, AuctionCurve memory curve, StartFacts memory facts)
        private
    {
        if (rewardTo == 0 || rewardTo == account) return;
        facts.rewardTo = rewardTo;
        facts.reward = AuctionMath.reward(curve, facts.bound, facts.equityLow);
        if (facts.reward != 0) accounts.moveCash(account, rewardTo, facts.reward, REASON_REWARD);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {Auction, ILiquidation} from "../interfaces/ILiquidation.sol";
import {IInsuranceFund} from "../interfaces/IInsuranceFund.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {IMarginEngine} from "../interfaces/IMarginEngine.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {Witness} from "../types/Margin.sol";
import {Action} from "../libraries/Modes.sol";
import {AuctionMath} from "../libraries/AuctionMath.sol";
import {ExitGate} from "./ExitGate.sol";
import {StartFacts} from "./LiquidationEvents.sol";

/// @title Auctions: their start, their witnesses
/// @notice A witness is a lower bound of the requirement, so naming a weak one costs its caller the start and nobody
/// anything else: whoever knows a worse one names it.
abstract contract AuctionBook is ExitGate {
    using FixedPointMathLib for uint256;

    uint8 private constant REASON_REWARD = 10;

    IRiskParameters public immutable parameters;

    uint64 private _auctionCount;
    mapping(uint64 account => Auction) internal _auctions;

    constructor(
        IMarginAccounts accounts_,
        IMarginEngine engine_,
        IRiskParameters parameters_,
        IInsuranceFund insurance_
    ) ExitGate(accounts_, engine_, insurance_) {
        parameters = parameters_;
    }

    /// @inheritdoc ILiquidation
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
        auctionId = ++_auctionCount;
        Auction storage auction = _auctions[account];
        (auction.startedAt, auction.clockAtStart) = (uint64(block.timestamp), liveSeconds());
        (auction.id, auction.remaining) = (auctionId, uint64(AuctionMath.WAD));
        auction.base = AuctionMath.toUint128(facts.bound);
        auction.curve = parameters.auctionCurve();
        auction.witness = witness;
        _noteDeficit(account, facts.equityHigh);
        _reward(account, rewardTo, facts);
        _emitStarted(account, auctionId, facts, witness);
    }

    /// @inheritdoc ILiquidation
    function raiseWitness(uint64 account, Witness calldata witness) external when(Action.RAISE_WITNESS) {
        Auction memory auction = _running(account);
        uint256 bound = _requireWorse(account, witness, auction.witness);
        Auction storage stored = _auctions[account];
        stored.challenger = auction.witness;
        stored.witness = witness;
        stored.base = AuctionMath.toUint128(bound.max(auction.base));
        _emitRaised(account, auction.id, bound, witness, false);
    }

    /// @inheritdoc ILiquidation
    function challenge(uint64 account, Witness calldata witness) external when(Action.RAISE_WITNESS) {
        Auction memory auction = _running(account);
        uint256 bound = _requireWorse(account, witness, auction.challenger);
        _auctions[account].challenger = witness;
        _emitRaised(account, auction.id, bound, witness, true);
    }

    /// @inheritdoc ILiquidation
    function measureDeficit(uint64 account) external when(Action.RAISE_WITNESS) {
        _running(account);
        (,, int256 equityHigh) = engine.witnessOf(account, Witness(false, 0));
        _noteDeficit(account, equityHigh);
    }

    /// @inheritdoc ILiquidation
    function auctionOf(uint64 account) external view returns (Auction memory) {
        return _auctions[account];
    }

    /// @inheritdoc ILiquidation
    function inLiquidation(uint64 account) public view returns (bool) {
        return _auctions[account].startedAt != 0;
    }

    function _running(uint64 account) internal view returns (Auction memory auction) {
        auction = _auctions[account];
        if (auction.startedAt == 0) revert NoAuction(account);
    }

    /// @dev On the auction's clock.
    function _elapsed(Auction memory auction) internal view returns (uint256) {
        return liveSeconds() - auction.clockAtStart;
    }

    /// @dev Rounded down: shares that were sold never add up to more than one.
    function _sell(uint64 account, uint64 remaining, uint256 share) internal {
        _auctions[account].remaining =
            uint64(uint256(remaining) * (AuctionMath.WAD - share) / AuctionMath.WAD);
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
    function _reward(uint64 account, uint64 rewardTo, StartFacts memory facts) private {
        if (rewardTo == 0 || rewardTo == account) return;
        facts.rewardTo = rewardTo;
        facts.reward = AuctionMath.reward(_auctions[account].curve, facts.bound, facts.equityLow);
        if (facts.reward != 0) accounts.moveCash(account, rewardTo, facts.reward, REASON_REWARD);
    }
}

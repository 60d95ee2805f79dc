// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {ILiquidation, Auction} from "../interfaces/ILiquidation.sol";
import {IInsuranceFund} from "../interfaces/IInsuranceFund.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {IMarginEngine} from "../interfaces/IMarginEngine.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {Action, Modes} from "../libraries/Modes.sol";
import {MarginState, Witness} from "../types/Margin.sol";
import {AuctionMath, Fill, Position, Quote} from "./AuctionMath.sol";
import {LiquidationEvents, StartFacts} from "./LiquidationEvents.sol";

/// @title Liquidation
/// @notice See `ILiquidation` for the rules and `AuctionMath` for why a fill never drives a solvent account into debt.
/// Trust: holds the ledger role and the right to draw on the insurance fund, and has no administrator.
contract Liquidation is LiquidationEvents {
    using FixedPointMathLib for uint256;

    uint8 private constant REASON_AUCTION = 6;
    uint8 private constant REASON_INSURANCE_FEE = 7;
    uint8 private constant OUTCOME_CURED = 0;
    uint8 private constant OUTCOME_EMPTIED = 1;
    uint8 private constant OUTCOME_HEALTHY = 2;

    IMarginAccounts public immutable accounts;
    IMarginEngine public immutable engine;
    IRiskParameters public immutable parameters;
    IInsuranceFund public immutable insurance;

    uint64 private _auctionCount;
    mapping(uint64 account => Auction) private _auctions;

    /// @dev Under HALTED only deposits pass: prices that nobody vouches for decide nothing.
    modifier when(Action action) {
        if (!Modes.allows(engine.mode(), action)) revert Halted();
        _;
    }

    constructor(
        IMarginAccounts accounts_,
        IMarginEngine engine_,
        IRiskParameters parameters_,
        IInsuranceFund insurance_
    ) {
        accounts = accounts_;
        engine = engine_;
        parameters = parameters_;
        insurance = insurance_;
    }

    /// @inheritdoc ILiquidation
    function start(uint64 account, Witness calldata witness)
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
        facts.base = facts.bound;
        auctionId = ++_auctionCount;
        _auctions[account] = Auction({
            startedAt: uint64(block.timestamp),
            id: auctionId,
            base: facts.base,
            bound: facts.bound,
            remaining: AuctionMath.WAD,
            curve: parameters.auctionCurve()
        });
        _emitStarted(account, auctionId, facts, witness);
    }

    /// @inheritdoc ILiquidation
    function raiseWitness(uint64 account, Witness calldata witness) external when(Action.RAISE_WITNESS) {
        Auction memory auction = _running(account);
        // slither-disable-next-line unused-return only a higher bound matters, equity was proven
        (uint256 bound,,) = engine.witnessOf(account, witness);
        if (bound <= auction.bound) revert WitnessNotWorse(account, bound, auction.bound);
        (_auctions[account].base, _auctions[account].bound) = (bound, bound);
        _emitRaised(account, auction.id, bound);
    }

    /// @inheritdoc ILiquidation
    function bid(uint64 account, uint64 bidder, uint256 fraction, uint256 leastDiscount)
        external
        when(Action.BID)
        returns (uint256)
    {
        Auction memory auction = _running(account);
        _requireBidder(account, bidder);
        Fill memory fill = _fillFor(account, auction, fraction);
        if (fill.discount < leastDiscount) revert DiscountBelowLimit(fill.discount, leastDiscount);
        // Rounded down: shares of the start that were sold never add up to more than one.
        _auctions[account].remaining =
            auction.remaining.fullMulDiv(AuctionMath.WAD - fill.fraction, AuctionMath.WAD);
        // slither-disable-next-line reentrancy-no-eth the ledger moves entries, no token: nobody is called back
        _transfer(account, bidder, fill);
        _emitFilled(account, auction.id, bidder, fill);
        _requireInitialMargin(bidder);
        // Anything less cannot cure, and one more valuation would cost millions of gas.
        if (fill.largest) _endIfDone(account, auction.id);
        return fill.fraction;
    }

    /// @inheritdoc ILiquidation
    function end(uint64 account) external when(Action.END_LIQUIDATION) {
        uint64 id = _running(account).id;
        if (_isEmpty(account)) return _endEmpty(account, id);
        MarginState memory margin = engine.marginOf(account);
        uint256 target = _cureTarget(margin.maintenanceRequirement);
        if (margin.equityLow < int256(target)) revert StillUnderWater(account, margin.equityLow, target);
        _end(account, id, OUTCOME_HEALTHY, margin.equityLow);
    }

    /// @inheritdoc ILiquidation
    function auctionOf(uint64 account) external view returns (Auction memory) {
        return _auctions[account];
    }

    /// @inheritdoc ILiquidation
    function inLiquidation(uint64 account) public view returns (bool) {
        return _auctions[account].startedAt != 0;
    }

    /// @inheritdoc ILiquidation
    function discountNow(uint64 account) external view returns (uint256) {
        return _quote(_running(account), _position(account)).discount;
    }

    /// @inheritdoc ILiquidation
    function largestFraction(uint64 account) external view returns (uint256) {
        Auction memory auction = _running(account);
        return !_hasLegs(account) ? 0 : _quote(auction, _position(account)).most;
    }

    function _running(uint64 account) private view returns (Auction memory auction) {
        auction = _auctions[account];
        if (auction.startedAt == 0) revert NoAuction(account);
    }

    function _requireBidder(uint64 account, uint64 bidder) private view {
        if (bidder == account) revert BidderIsAccount(account);
        if (!accounts.isAuthorised(bidder, msg.sender)) revert NotAuthorised(bidder, msg.sender);
        if (inLiquidation(bidder)) revert BidderInLiquidation(bidder);
    }

    function _fillFor(uint64 account, Auction memory auction, uint256 asked)
        private
        view
        returns (Fill memory)
    {
        if (asked == 0) revert ZeroFraction();
        if (!_hasLegs(account)) revert FractionTooLarge(account, asked, 0);
        Position memory position = _position(account);
        Quote memory terms = _quote(auction, position);
        if (terms.most == 0) revert FractionTooLarge(account, asked, 0);
        uint256 fraction = asked.min(terms.most);
        uint256 least = AuctionMath.leastWad(terms, position.own, auction.curve.dustRequirement, fraction);
        if (fraction < least) revert FractionTooSmall(account, asked, least);
        return AuctionMath.fill(terms, position.mark, fraction);
    }

    function _position(uint64 account) private view returns (Position memory position) {
        MarginState memory margin = engine.marginOf(account);
        position.mark = engine.markOf(account);
        position.equityMark = accounts.cashOf(account) + position.mark;
        position.equityLow = margin.equityLow;
        position.equityHigh = margin.equityHigh;
        position.own = margin.ownRequirement;
        position.cureTarget = _cureTarget(margin.maintenanceRequirement);
    }

    function _quote(Auction memory auction, Position memory position) private view returns (Quote memory) {
        return AuctionMath.quote(auction, position, block.timestamp - auction.startedAt);
    }

    function _cureTarget(uint256 maintenance) private view returns (uint256) {
        uint256 bufferedBps = AuctionMath.BPS + parameters.marginModel().cureBufferBps;
        return maintenance.fullMulDivUp(bufferedBps, AuctionMath.BPS);
    }

    function _transfer(uint64 account, uint64 bidder, Fill memory fill) private {
        accounts.takeOver(account, bidder, fill.fraction);
        int256 owed = fill.value - int256(fill.discount);
        if (owed > 0) accounts.moveCash(bidder, account, uint256(owed), REASON_AUCTION);
        if (owed < 0) accounts.moveCash(account, bidder, uint256(-owed), REASON_AUCTION);
        if (fill.fee != 0) {
            accounts.moveCash(account, insurance.fundAccount(), fill.fee, REASON_INSURANCE_FEE);
        }
    }

    function _requireInitialMargin(uint64 bidder) private view {
        MarginState memory margin = engine.marginOf(bidder);
        if (margin.equityLow < int256(margin.initialRequirement)) {
            revert BidderBelowInitialMargin(bidder, margin.equityLow, margin.initialRequirement);
        }
    }

    function _hasLegs(uint64 account) private view returns (bool) {
        return accounts.legsOf(account).length != 0;
    }

    /// @dev While collateral is left nobody else bears the debt.
    function _isEmpty(uint64 account) private view returns (bool) {
        return !_hasLegs(account) && !accounts.holdsCollateral(account);
    }

    function _endIfDone(uint64 account, uint64 id) private {
        if (_isEmpty(account)) return _endEmpty(account, id);
        MarginState memory margin = engine.marginOf(account);
        if (margin.equityLow >= int256(_cureTarget(margin.maintenanceRequirement))) {
            _end(account, id, OUTCOME_CURED, margin.equityLow);
        }
    }

    /// @dev Who bears the debt of an account without legs: the insurance fund, then everyone.
    function _endEmpty(uint64 account, uint64 id) private {
        int256 cash = accounts.cashOf(account);
        if (cash < 0) {
            uint256 debt = uint256(-cash);
            uint256 paid = insurance.cover(account, debt);
            uint256 socialised = paid < debt ? accounts.socialise(account) : 0;
            _emitBadDebt(account, id, debt, paid, socialised);
        }
        _end(account, id, OUTCOME_EMPTIED, accounts.cashOf(account));
    }

    function _end(uint64 account, uint64 id, uint8 outcome, int256 equity) private {
        delete _auctions[account];
        _emitEnded(account, id, outcome, equity);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {Auction, ILiquidation, LegFill, LegLimit} from "../interfaces/ILiquidation.sol";
import {MarginState} from "../types/Margin.sol";
import {Action} from "../libraries/Modes.sol";
import {AuctionMath, Fill, Position, Quote} from "../libraries/AuctionMath.sol";
import {Deleveraging} from "./Deleveraging.sol";

/// @title Bids: a share of every leg, or named legs
abstract contract Bids is Deleveraging {
    using FixedPointMathLib for uint256;

    uint8 private constant REASON_AUCTION = 6;
    uint8 private constant REASON_INSURANCE_FEE = 7;

    /// @inheritdoc ILiquidation
    // slither-disable-next-line reentrancy-no-eth ledger and fund move entries of their books here: no token, no owner is called
    function bid(uint64 account, uint64 bidder, uint256 fraction, uint256 leastShare)
        external
        when(Action.BID)
        returns (uint256)
    {
        Auction memory auction = _running(account);
        _requireBidder(account, bidder);
        Fill memory fill = _fillFor(account, auction, fraction, leastShare);
        _sell(account, auction.remaining, fill.fraction);
        accounts.takeOver(account, bidder, fill.fraction);
        _moveCash(account, bidder, fill.value - int256(fill.discount), fill.fee);
        _emitFilled(account, auction.id, bidder, fill);
        _requireInitialMargin(bidder);
        // Anything less cannot cure, and one more valuation would cost millions of gas.
        if (fill.largest) _endIfDone(account, auction.id);
        return fill.fraction;
    }

    /// @inheritdoc ILiquidation
    // slither-disable-next-line reentrancy-no-eth ledger and fund move entries of their books here: no token, no owner is called
    function bidLegs(
        uint64 account,
        uint64 bidder,
        LegLimit[] calldata legs,
        uint256 leastPortion,
        uint256 leastShare
    ) external when(Action.BID) returns (uint256) {
        Auction memory auction = _running(account);
        _requireBidder(account, bidder);
        LegFill memory fill = _quoteLegs(account, legs, auction);
        if (fill.portion < leastPortion) revert PortionBelowLimit(account, fill.portion, leastPortion);
        _requireShare(fill.discount, fill.required.fullMulDiv(fill.relief, AuctionMath.WAD), leastShare);
        _sell(account, auction.remaining, fill.relief);
        accounts.moveLegs(account, bidder, fill.legs);
        _moveCash(account, bidder, fill.value - int256(fill.discount), fill.fee);
        _emitLegsTaken(account, auction.id, bidder, fill);
        _requireInitialMargin(bidder);
        if (_isEmpty(account)) _endEmpty(account, auction.id);
        return fill.portion;
    }

    /// @inheritdoc ILiquidation
    function quoteLegs(uint64 account, LegLimit[] calldata legs) external view returns (LegFill memory) {
        return _quoteLegs(account, legs, _running(account));
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

    function _quoteLegs(uint64 account, LegLimit[] calldata legs, Auction memory auction)
        private
        view
        returns (LegFill memory)
    {
        return valuation.quoteLegs(account, legs, auction, _elapsed(auction));
    }

    function _requireBidder(uint64 account, uint64 bidder) private view {
        if (bidder == account) revert BidderIsAccount(account);
        if (!accounts.isAuthorised(bidder, msg.sender)) revert NotAuthorised(bidder, msg.sender);
        if (inLiquidation(bidder)) revert BidderInLiquidation(bidder);
    }

    function _fillFor(uint64 account, Auction memory auction, uint256 asked, uint256 leastShare)
        private
        view
        returns (Fill memory)
    {
        if (asked == 0) revert ZeroFraction();
        if (!_hasLegs(account)) revert FractionTooLarge(account, asked, 0);
        Position memory position = _position(account);
        Quote memory terms = _quote(auction, position);
        if (terms.most == 0) revert FractionTooLarge(account, asked, 0);
        _requireShare(terms.discount, position.own, leastShare);
        uint256 fraction = asked.min(terms.most);
        uint256 least = AuctionMath.leastWad(terms, position.own, auction.curve.dustRequirement, fraction);
        if (fraction < least) revert FractionTooSmall(account, asked, least);
        return AuctionMath.fill(terms, position.mark, fraction);
    }

    function _position(uint64 account) private view returns (Position memory position) {
        MarginState memory margin = engine.marginOf(account);
        position.mark = engine.markOf(account);
        // slither-disable-next-line unused-return cash counts at its worse end
        (int256 credit,) = accounts.creditOf(account, 0);
        position.equityMark = credit + position.mark;
        position.equityLow = margin.equityLow;
        position.equityHigh = margin.equityHigh;
        position.own = margin.ownRequirement;
        position.cureTarget = _cureTarget(margin.maintenanceRequirement);
    }

    function _quote(Auction memory auction, Position memory position) private view returns (Quote memory) {
        return AuctionMath.quote(auction, position, _elapsed(auction));
    }

    /// @dev Where there is no requirement there is no discount, and any limit above zero is missed.
    function _requireShare(uint256 discount, uint256 requirement, uint256 least) private pure {
        if (least == 0) return;
        uint256 share = requirement == 0 ? 0 : discount.fullMulDiv(AuctionMath.WAD, requirement);
        if (share < least) revert ShareBelowLimit(share, least);
    }

    /// @param owed by the bidder to the account, if positive
    function _moveCash(uint64 account, uint64 bidder, int256 owed, uint256 fee) private {
        _settleCash(account, bidder, owed, REASON_AUCTION);
        if (fee != 0) accounts.moveCash(account, insurance.fundAccount(), fee, REASON_INSURANCE_FEE);
    }

    /// @dev Legs taken over are new risk: a price that just rose does not carry them.
    function _requireInitialMargin(uint64 bidder) private view {
        MarginState memory margin = engine.marginOf(bidder);
        if (margin.creditedEquity < int256(margin.initialRequirement)) {
            revert BidderBelowInitialMargin(bidder, margin.creditedEquity, margin.initialRequirement);
        }
    }
}

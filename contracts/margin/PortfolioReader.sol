// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {IMarketState} from "../interfaces/IMarketState.sol";
import {IMarginEngine} from "../interfaces/IMarginEngine.sol";
import {IPriceIntervals} from "../interfaces/IPriceIntervals.sol";
import {IRiskParameters, LaneLimits, MarginModel} from "../interfaces/IRiskParameters.sol";
import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {Black76} from "../libraries/Black76.sol";
import {SignedWad} from "../libraries/SignedWad.sol";
import {LegSet} from "../libraries/LegSet.sol";
import {Svi} from "../libraries/Svi.sol";
import {OptionLeg, UnderlyingBook} from "../types/Book.sol";
import {CALL, InstrumentId, Leg} from "../types/Instrument.sol";
import {SURFACE_SCALE, SurfaceRow} from "../types/Wire.sol";

/// @title Reads an account's legs and the market they live in, each price and surface once
abstract contract PortfolioReader {
    /// @dev 30 days x WAD^2, under the root of the term weight.
    uint256 private constant THIRTY_DAYS_SCALED = 30 days * 1e36;

    IMarginAccounts public immutable accounts;
    ISignedLanes public immutable lanes;
    IRiskParameters public immutable parameters;
    IPriceIntervals public immutable prices;

    /// @dev Parameters that valuation needs, read once.
    struct Rules {
        MarginModel model;
        LaneLimits limits;
    }

    /// @dev What all legs of one expiry share.
    struct ExpiryTerms {
        uint32 expiry;
        uint256 fixedPrice;
        uint256 forward;
        uint256 termWeight;
        SurfaceRow row;
    }

    constructor(
        IMarginAccounts accounts_,
        ISignedLanes lanes_,
        IRiskParameters parameters_,
        IPriceIntervals prices_
    ) {
        accounts = accounts_;
        lanes = lanes_;
        parameters = parameters_;
        prices = prices_;
    }

    function _rules() internal view returns (Rules memory) {
        return Rules(parameters.marginModel(), parameters.laneLimits());
    }

    function _read(uint64 account, Leg[] memory changes, Rules memory rules)
        internal
        view
        returns (UnderlyingBook[] memory books)
    {
        uint256[] memory words = LegSet.merge(accounts.legsOf(account), changes);
        books = new UnderlyingBook[](LegSet.underlyingsIn(words));
        uint256 from;
        for (uint256 i; i < books.length; ++i) {
            uint256 end = LegSet.endOfUnderlying(words, from);
            _openBook(account, LegSet.instrument(words[from]).underlying(), books[i]);
            _addLegs(books[i], words, from, end, rules);
            from = end;
        }
    }

    function _openBook(uint64 account, uint16 underlying, UnderlyingBook memory book) private view {
        book.underlying = underlying;
        book.interval = prices.priceInterval(underlying);
        book.entryValue = accounts.entryValueOf(account, underlying);
    }

    function _addLegs(
        UnderlyingBook memory book,
        uint256[] memory words,
        uint256 from,
        uint256 end,
        Rules memory rules
    ) private view {
        OptionLeg[] memory options = new OptionLeg[](end - from);
        ExpiryTerms memory terms;
        uint256 count;
        for (uint256 i = from; i < end; ++i) {
            InstrumentId id = LegSet.instrument(words[i]);
            int256 quantity = LegSet.quantity(words[i]);
            if (quantity == 0) continue;
            if (id.isPerpetual()) {
                // at its mark: quantity x index x (1 + premium), the product rounded down
                int256 premium = IMarketState(address(parameters)).perpetualPremium(book.underlying);
                book.perpetual = SignedWad.mulFloor(quantity, SignedWad.WAD + premium);
                book.grossUnits += FixedPointMathLib.abs(quantity);
                continue;
            }
            if (terms.expiry != id.expiry()) terms = _termsOf(book, id.expiry(), rules);
            if (_addOption(book, options[count], terms, id, quantity)) ++count;
        }
        assembly ("memory-safe") {
            mstore(options, count) // only ever shortens
        }
        book.options = options;
    }

    /// @dev Whether the leg still carries risk; a fixed payoff is added to the book's value instead.
    function _addOption(
        UnderlyingBook memory book,
        OptionLeg memory leg,
        ExpiryTerms memory terms,
        InstrumentId id,
        int256 quantity
    ) private pure returns (bool) {
        uint256 strike = id.strikeWad();
        bool isCall = id.kind() == CALL;
        if (terms.fixedPrice != 0) {
            book.fixedValue += quantity * int256(Black76.priceAt(terms.fixedPrice, strike, 0, 0, isCall));
            return false;
        }
        book.grossUnits += FixedPointMathLib.abs(quantity);
        if (quantity < 0) book.shortOptionUnits += FixedPointMathLib.abs(quantity);
        leg.quantity = quantity;
        leg.forward = terms.forward;
        leg.strike = strike;
        leg.logRatio = Black76.logRatio(terms.forward, strike);
        leg.deviation = Svi.deviation(terms.row, -leg.logRatio);
        leg.termWeight = terms.termWeight;
        leg.isCall = isCall;
        return true;
    }

    /// @dev An expired leg has the settlement price once that is fixed, and until then the index as forward and,
    /// through an all-zero surface row, no deviation.
    function _termsOf(UnderlyingBook memory book, uint32 expiry, Rules memory rules)
        private
        view
        returns (ExpiryTerms memory terms)
    {
        terms.expiry = expiry;
        terms.forward = book.interval.price;
        uint256 secondsLeft = FixedPointMathLib.zeroFloorSub(expiry, block.timestamp);
        terms.termWeight = _termWeight(secondsLeft, rules.model.termFloorDays);
        if (secondsLeft == 0) {
            terms.fixedPrice = lanes.settlementPrice(book.underlying, expiry);
            return terms;
        }
        uint64 observedAt;
        (terms.row, observedAt) = lanes.surface(book.underlying, expiry);
        _requireFresh(book.underlying, expiry, observedAt, rules);
        int256 forward = int256(terms.forward) * (SURFACE_SCALE + terms.row.basis) / SURFACE_SCALE;
        terms.forward = forward > 0 ? uint256(forward) : 0;
    }

    function _requireFresh(uint16 underlying, uint32 expiry, uint64 observedAt, Rules memory rules)
        private
        view
    {
        if (block.timestamp > uint256(observedAt) + rules.limits.haltAge) {
            revert IMarginEngine.StaleMarketData(underlying, expiry, observedAt, block.timestamp);
        }
    }

    /// @dev sqrt(30 d / max(T, floor)), WAD; at least one second, so that a floor of 0 days divides by nothing.
    function _termWeight(uint256 secondsLeft, uint256 floorDays) private pure returns (uint256) {
        uint256 term = FixedPointMathLib.max(secondsLeft, floorDays * 1 days);
        return FixedPointMathLib.sqrt(THIRTY_DAYS_SCALED / FixedPointMathLib.max(term, 1));
    }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {IMarketState} from "../interfaces/IMarketState.sol";
import {IMarginEngine} from "../interfaces/IMarginEngine.sol";
import {IMarginTerms} from "../interfaces/IMarginTerms.sol";
import {IPriceIntervals} from "../interfaces/IPriceIntervals.sol";
import {IRiskParameters, LaneLimits, MarginModel} from "../interfaces/IRiskParameters.sol";
import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {AveragedOption} from "../libraries/AveragedOption.sol";
import {Black76} from "../libraries/Black76.sol";
import {CallList} from "../libraries/CallList.sol";
import {CorridorRatio} from "../libraries/CorridorRatio.sol";
import {CreditPrice} from "../libraries/CreditPrice.sol";
import {SignedWad} from "../libraries/SignedWad.sol";
import {LegSet} from "../libraries/LegSet.sol";
import {OptionLegs} from "../libraries/OptionLegs.sol";
import {PackedGrid} from "../libraries/PackedGrid.sol";
import {ScenarioGrid} from "../libraries/ScenarioGrid.sol";
import {Svi} from "../libraries/Svi.sol";
import {Attestation} from "../types/Attestation.sol";
import {ExpiryTerms, Shock, UnderlyingBook} from "../types/Book.sol";
import {CreditMark} from "../types/CreditMark.sol";
import {CALL, Leg, PERPETUAL} from "../types/Instrument.sol";
import {Witness} from "../types/Margin.sol";
import {SURFACE_SCALE, SurfaceRow} from "../types/Wire.sol";
import {SurfaceWords} from "./SurfaceWords.sol";

/// @title Reads an account's legs and the market they live in, each price and surface once
abstract contract PortfolioReader {
    /// @dev 30 days x WAD^2, under the root of the term weight.
    uint256 private constant THIRTY_DAYS_SCALED = 30 days * 1e36;

    IMarginAccounts public immutable accounts;
    ISignedLanes public immutable lanes;
    IRiskParameters public immutable parameters;
    IPriceIntervals public immutable prices;
    IMarginTerms public immutable terms;

    /// @dev Parameters that valuation needs, read once.
    struct Rules {
        MarginModel model;
        LaneLimits limits;
    }

    /// @dev An account with the market it lives in; its legs as sorted words. Legs of nobody are those of account 0.
    struct Portfolio {
        uint64 account;
        int256 creditLow;
        int256 creditHigh;
        uint64 nonce;
        uint256[] words;
        UnderlyingBook[] books;
    }

    /// @dev What is added to an account before it is valued.
    struct Change {
        Leg[] legs;
        int256 cash;
    }

    constructor(
        IMarginAccounts accounts_,
        ISignedLanes lanes_,
        IRiskParameters parameters_,
        IPriceIntervals prices_,
        IMarginTerms terms_
    ) {
        accounts = accounts_;
        lanes = lanes_;
        parameters = parameters_;
        prices = prices_;
        terms = terms_;
    }

    function _rules() internal view returns (Rules memory) {
        return Rules(parameters.marginModel(), parameters.laneLimits());
    }

    /// @param changes added to the legs, `cashChange` to the cash
    function _read(uint64 account, Leg[] memory changes, int256 cashChange, Rules memory rules)
        internal
        view
        returns (Portfolio memory)
    {
        return _read(account, Change(changes, cashChange), rules);
    }

    /// @dev A pointer keeps the compiler from writing this out for every constant change.
    function _read(uint64 account, Change memory change, Rules memory rules)
        internal
        view
        returns (Portfolio memory portfolio)
    {
        (portfolio.creditLow, portfolio.creditHigh, portfolio.nonce, portfolio.words) =
            accounts.portfolioOf(account, change.cash);
        portfolio.words = LegSet.merge(portfolio.words, change.legs);
        portfolio.account = account;
        portfolio.books = _booksOf(portfolio, rules);
    }

    /// @dev Books of the words; entry values are the account's, of account 0 none.
    function _booksOf(Portfolio memory portfolio, Rules memory rules)
        internal
        view
        returns (UnderlyingBook[] memory books)
    {
        uint256[] memory words = portfolio.words;
        books = new UnderlyingBook[](LegSet.underlyingsIn(words));
        uint256 from;
        for (uint256 i; i < books.length; ++i) {
            uint256 end = LegSet.endOfUnderlying(words, from);
            UnderlyingBook memory book = books[i];
            book.underlying = LegSet.instrument(words[from]).underlying();
            book.interval = prices.priceInterval(book.underlying);
            _readTerms(book);
            // Perpetuals sort first; without one there is no entry value.
            if (LegSet.instrument(words[from]).isPerpetual()) {
                book.entryValue = accounts.entryValueOf(portfolio.account, book.underlying);
            }
            _addLegs(book, words, from, end, rules);
            from = end;
        }
    }

    /// @dev Ratios to the own requirement in force; an attestation counts for the very portfolio it names.
    function _ratios(uint64 account, uint64 nonce, bool changed, Rules memory rules)
        internal
        view
        returns (uint16 initialBps, uint16 maintenanceBps, bool attested)
    {
        Attestation memory last = lanes.attestation(account);
        bool isSame = !changed && last.portfolioNonce == nonce;
        return CorridorRatio.inForce(
            last, isSame, block.timestamp, CorridorRatio.rulesOf(rules.model, rules.limits)
        );
    }

    function _grid() internal view returns (Shock[] memory) {
        return ScenarioGrid.ofGrid(parameters.packedGrid());
    }

    /// @dev The point that a witness names for an underlying; nothing else of the grid is read.
    function _pointOf(Witness calldata witness, uint16 underlying) internal view returns (Shock memory) {
        uint256 point = uint8(witness.points >> (8 * (underlying - 1)));
        uint64 packed = PackedGrid.within(parameters.gridWord(point / PackedGrid.PER_WORD), point);
        if (packed == 0) {
            revert IMarginEngine.InvalidWitness(point, PackedGrid.count(parameters.packedGrid()));
        }
        return ScenarioGrid.ofPoint(packed);
    }

    function _addLegs(
        UnderlyingBook memory book,
        uint256[] memory words,
        uint256 from,
        uint256 end,
        Rules memory rules
    ) internal view {
        book.calls = CallList.create(end - from);
        ExpiryTerms memory shared;
        uint256 lastStrike;
        for (uint256 i = from; i < end; i = _next(i)) {
            (int256 quantity, uint256 kind, uint256 strike, uint256 expiry) = LegSet.unpack(words[i]);
            if (quantity == 0) continue;
            if (kind == PERPETUAL) {
                _addPerpetual(book, quantity);
                continue;
            }
            if (shared.expiry != expiry) {
                _readExpiry(shared, book, uint32(expiry), rules);
                lastStrike = 0;
            }
            if (shared.fixedPrice != 0) {
                OptionLegs.addPayoff(book, quantity, Black76.payoff(shared.fixedPrice, strike, kind == CALL));
                continue;
            }
            if (shared.coveredSeconds != 0) {
                (quantity, strike) = OptionLegs.withoutAccrued(book, shared, strike, quantity, kind == CALL);
                if (strike == 0) continue;
            }
            OptionLegs.add(book, shared, strike, quantity, kind == CALL);
            if (strike == lastStrike) CallList.addToLast(book.calls, quantity);
            else OptionLegs.appendCall(book, shared, strike, quantity);
            lastStrike = strike;
        }
    }

    function _next(uint256 i) private pure returns (uint256) {
        unchecked {
            return i + 1; // at most the number of legs
        }
    }

    function _readTerms(UnderlyingBook memory book) internal view {
        CreditMark memory mark;
        (book.terms, mark) = terms.termsOf(book.underlying);
        (book.creditLow, book.creditHigh) =
            CreditPrice.marked(mark, book.interval.price, book.terms.creditHalfLifeSeconds, block.timestamp);
    }

    /// @dev Of at most 128 legs |quantity| is below 2^127 and a price, forward or strike below 2^99: sums below 2^233.
    /// A perpetual counts at its mark: quantity x index x (1 + premium), the first product rounded down.
    function _addPerpetual(UnderlyingBook memory book, int256 quantity) private view {
        int256 premium = IMarketState(address(parameters)).perpetualPremium(book.underlying);
        int256 marked = SignedWad.mulFloor(quantity, SignedWad.WAD + premium);
        unchecked {
            book.linear += marked * int256(book.interval.price);
            book.perpetualUnits += FixedPointMathLib.abs(quantity);
            book.grossUnits += FixedPointMathLib.abs(quantity);
        }
    }

    /// @dev An expired leg has the settlement price once that or its whole window is known, and until then the index as forward
    /// and, through an all-zero surface row, no deviation. Writes over what the expiry before shared.
    function _readExpiry(
        ExpiryTerms memory shared,
        UnderlyingBook memory book,
        uint32 expiry,
        Rules memory rules
    ) private view {
        uint256 secondsLeft = FixedPointMathLib.zeroFloorSub(expiry, block.timestamp);
        (shared.expiry, shared.secondsLeft) = (expiry, secondsLeft);
        (shared.forward, shared.fixedPrice, shared.coveredSeconds) = (book.interval.price, 0, 0);
        shared.termWeight = _termWeight(secondsLeft, rules.model.termFloorDays);
        SurfaceRow memory row = shared.row;
        if (secondsLeft == 0) {
            shared.fixedPrice = _fixedPrice(book.underlying, expiry);
            // slither-disable-next-line unused-return a time of zero is that of no surface
            Svi.unpack(0, 0, row);
            return;
        }
        if (secondsLeft < AveragedOption.WINDOW) {
            (shared.coveredSeconds, shared.weightedPrice) = lanes.settlementAccrued(book.underlying, expiry);
        }
        (uint256 first, uint256 second) = SurfaceWords.read(lanes, book.underlying, expiry);
        uint64 observedAt = Svi.unpack(first, second, row);
        if (observedAt == 0) revert ISignedLanes.NoSurface(book.underlying, expiry);
        _requireFresh(book.underlying, expiry, observedAt, rules);
        unchecked {
            // 96 bits x 64
            int256 forward = int256(shared.forward) * (SURFACE_SCALE + row.basis) / SURFACE_SCALE;
            shared.forward = forward > 0 ? uint256(forward) : 0;
        }
    }

    function _fixedPrice(uint16 underlying, uint32 expiry) private view returns (uint256) {
        uint96 price = lanes.settlementPrice(underlying, expiry);
        if (price != 0) return price;
        (uint256 covered, uint256 weighted) = lanes.settlementAccrued(underlying, expiry);
        return covered == 0 ? 0 : weighted / covered;
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
        unchecked {
            uint256 term = FixedPointMathLib.max(secondsLeft, floorDays * 1 days); // 16 bits x 17
            return FixedPointMathLib.sqrt(THIRTY_DAYS_SCALED / FixedPointMathLib.max(term, 1));
        }
    }
}

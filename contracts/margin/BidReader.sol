// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {IBidReader} from "../interfaces/IBidReader.sol";
import {LegLimit} from "../interfaces/ILiquidation.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {IMarginTerms} from "../interfaces/IMarginTerms.sol";
import {IPriceIntervals} from "../interfaces/IPriceIntervals.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {Exposures} from "../libraries/Exposures.sol";
import {LegSet} from "../libraries/LegSet.sol";
import {LinearBook} from "../libraries/LinearBook.sol";
import {OwnRequirement} from "../libraries/OwnRequirement.sol";
import {PriceEnds} from "../libraries/PriceEnds.sol";
import {ScenarioGrid} from "../libraries/ScenarioGrid.sol";
import {SignedWad} from "../libraries/SignedWad.sol";
import {BidScene, LinearSums} from "../types/BidScene.sol";
import {Shock, UnderlyingBook} from "../types/Book.sol";
import {InstrumentId, Leg} from "../types/Instrument.sol";
import {Witness} from "../types/Margin.sol";
import {AskedLegs} from "./AskedLegs.sol";
import {PortfolioReader} from "./PortfolioReader.sol";

/// @title Reads what a bid for named legs is judged by
/// @notice Holds no state and trusts no caller. Apart from `BidValuation` because of its size.
contract BidReader is IBidReader, PortfolioReader {
    using LinearBook for LinearSums[];

    constructor(
        IMarginAccounts accounts_,
        ISignedLanes lanes_,
        IRiskParameters parameters_,
        IPriceIntervals prices_,
        IMarginTerms terms_
    ) PortfolioReader(accounts_, lanes_, parameters_, prices_, terms_) {}

    /// @inheritdoc IBidReader
    function sceneOf(uint64 account, LegLimit[] calldata asked, Witness[2] calldata witnesses)
        external
        view
        returns (BidScene memory scene)
    {
        Rules memory rules = _rules();
        Portfolio memory portfolio = _read(account, new Leg[](0), 0, rules);
        (, scene.maintenanceBps,) = _ratios(account, portfolio.nonce, false, rules);
        _setRules(scene, rules);
        scene.covariance = parameters.covariance();
        uint256[] memory words;
        (words, scene.whole) = AskedLegs.within(asked, portfolio.words);
        scene.shocks = _shocksOf(portfolio.books, witnesses);
        Exposures.Sums[] memory exposures = OwnRequirement.exposuresOf(portfolio.books, scene.covariance);
        scene.held = _sums(scene, portfolio.books, exposures, portfolio.books);
        scene.asked = _sumsOfAsked(scene, _booksOfNobody(words, rules), portfolio.books);
        scene.onlyBought = scene.held.mostLoss() != type(uint256).max;
        scene.equity = portfolio.creditLow + scene.held.netValue();
        scene.insolvent =
            scene.equity < 0 && _isInsolventAtBothEnds(portfolio.creditHigh, portfolio.books, exposures);
        scene.legs = AskedLegs.toLegs(words);
    }

    /// @inheritdoc IBidReader
    function valueOf(uint64 account, Leg[] calldata legs) external view returns (int256 value) {
        UnderlyingBook[] memory books = _booksOfNobody(LegSet.merge(new uint256[](0), legs), _rules());
        for (uint256 i; i < books.length; ++i) {
            // Up by one unit, whether or not it is exact: against whoever takes the legs.
            value += PriceEnds.netValue(books[i], ScenarioGrid.valueAt(books[i], ScenarioGrid.unmoved())) + 1;
            if (books[i].perpetualUnits != 0) value -= _entryValueOf(account, books[i]);
        }
    }

    function _booksOfNobody(uint256[] memory words, Rules memory rules)
        private
        view
        returns (UnderlyingBook[] memory)
    {
        Portfolio memory portfolio;
        portfolio.words = words;
        return _booksOf(portfolio, rules);
    }

    /// @dev The part of the account's entry value that belongs to a book's perpetual.
    function _entryValueOf(uint64 account, UnderlyingBook memory book) private view returns (int256) {
        Leg[] memory legs = accounts.legsOf(account);
        for (uint256 i; i < legs.length; ++i) {
            InstrumentId id = legs[i].instrument;
            if (!id.isPerpetual() || id.underlying() != book.underlying) continue;
            return SignedWad.share(
                accounts.entryValueOf(account, book.underlying),
                int256(book.perpetualUnits),
                int256(FixedPointMathLib.abs(legs[i].quantity))
            );
        }
        return 0;
    }

    function _setRules(BidScene memory scene, Rules memory rules) private pure {
        scene.cureBufferBps = rules.model.cureBufferBps;
        scene.shortOptionChargeBps = rules.model.shortOptionChargeBps;
        scene.minimumNotionalBps = rules.model.minimumNotionalBps;
        scene.tailMultiplier = rules.model.expectedShortfallMultiplier;
    }

    /// @dev Repriced at the ends only where bounds do not tell.
    function _isInsolventAtBothEnds(
        int256 creditHigh,
        UnderlyingBook[] memory books,
        Exposures.Sums[] memory exposures
    ) private pure returns (bool) {
        // slither-disable-next-line unused-return solvency is judged at the better end
        (, int256 high) = PriceEnds.boundsOf(books, exposures);
        if (creditHigh + high < 0) return true;
        // slither-disable-next-line unused-return as above
        (, high,) = PriceEnds.valueAt(books);
        return creditHigh + high < 0;
    }

    function _sumsOfAsked(
        BidScene memory scene,
        UnderlyingBook[] memory books,
        UnderlyingBook[] memory account
    ) private pure returns (LinearSums[] memory) {
        return _sums(scene, books, OwnRequirement.exposuresOf(books, scene.covariance), account);
    }

    /// @dev Sums of `books`, which are on underlyings of `account`'s books. A perpetual's entry value leaves in proportion.
    function _sums(
        BidScene memory scene,
        UnderlyingBook[] memory books,
        Exposures.Sums[] memory exposures,
        UnderlyingBook[] memory account
    ) private pure returns (LinearSums[] memory sums) {
        sums = new LinearSums[](books.length);
        uint256 place;
        for (uint256 i; i < books.length; ++i) {
            while (account[place].underlying != books[i].underlying) ++place;
            sums[i] = LinearBook.ofBook(books[i], exposures[i], scene.shocks[place]);
            if (books[i].perpetualUnits == 0) continue;
            sums[i].entryValue = SignedWad.share(
                account[place].entryValue,
                int256(books[i].perpetualUnits),
                int256(account[place].perpetualUnits)
            );
        }
    }

    /// @dev The grid points of both witnesses; zero, weight included, for one that is delta-gamma-vega.
    function _shocksOf(UnderlyingBook[] memory books, Witness[2] calldata witnesses)
        private
        view
        returns (Shock[2][] memory shocks)
    {
        shocks = new Shock[2][](books.length);
        if (!witnesses[0].isScenario && !witnesses[1].isScenario) return shocks;
        for (uint256 i; i < 2 * books.length; ++i) {
            Witness calldata witness = witnesses[i % 2];
            if (!witness.isScenario) continue;
            shocks[i / 2][i % 2] = _pointOf(witness, books[i / 2].underlying);
        }
    }
}

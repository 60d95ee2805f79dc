// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {IMarginTerms} from "../interfaces/IMarginTerms.sol";
import {IMarginWitness} from "../interfaces/IMarginWitness.sol";
import {IPriceIntervals} from "../interfaces/IPriceIntervals.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {Exposures} from "../libraries/Exposures.sol";
import {LossOffset} from "../libraries/LossOffset.sol";
import {OwnRequirement} from "../libraries/OwnRequirement.sol";
import {PriceEnds} from "../libraries/PriceEnds.sol";
import {ScenarioGrid} from "../libraries/ScenarioGrid.sol";
import {Shock, UnderlyingBook} from "../types/Book.sol";
import {Leg} from "../types/Instrument.sol";
import {Witness} from "../types/Margin.sol";
import {PortfolioReader} from "./PortfolioReader.sol";

/// @title What one witness proves
/// @notice Holds no state and trusts no caller, like the engine that asks it.
contract MarginWitness is IMarginWitness, PortfolioReader {
    uint256 private constant ONE_BPS = 10_000;

    constructor(
        IMarginAccounts accounts_,
        ISignedLanes lanes_,
        IRiskParameters parameters_,
        IPriceIntervals prices_,
        IMarginTerms terms_
    ) PortfolioReader(accounts_, lanes_, parameters_, prices_, terms_) {}

    /// @inheritdoc IMarginWitness
    function witnessOf(uint64 account, Witness calldata witness)
        external
        view
        returns (uint256 maintenanceBound, int256 equityLow, int256 equityHigh)
    {
        Rules memory rules = _rules();
        Portfolio memory portfolio = _read(account, new Leg[](0), 0, rules);
        UnderlyingBook[] memory books = portfolio.books;
        (uint256 own, Exposures.Sums[] memory sums) = _boundAt(books, witness, rules);
        (, uint16 maintenanceBps,) = _ratios(account, portfolio.nonce, false, rules);
        maintenanceBound = FixedPointMathLib.fullMulDivUp(own, maintenanceBps, ONE_BPS);
        (int256 low, int256 high) = PriceEnds.boundsOf(books, sums);
        bool proven = int256(maintenanceBound) > portfolio.creditHigh + high;
        // slither-disable-next-line unused-return credit is not asked for
        if (!proven) (low, high,) = PriceEnds.valueAt(books);
        return (maintenanceBound, portfolio.creditLow + low, portfolio.creditHigh + high);
    }

    /// @dev `OwnRequirement.ownOf` the witness: at most the own requirement, because one witness is at most the worst.
    function _boundAt(UnderlyingBook[] memory books, Witness calldata witness, Rules memory rules)
        private
        view
        returns (uint256 own, Exposures.Sums[] memory sums)
    {
        uint256 loss;
        if (witness.isScenario) {
            sums = OwnRequirement.valuesOf(books);
            loss = _lossAtPoints(books, sums, witness);
        } else {
            int256[] memory covariance = parameters.covariance();
            sums = OwnRequirement.exposuresOf(books, covariance);
            loss = OwnRequirement.tailLoss(books, sums, covariance, rules.model);
        }
        // slither-disable-next-line unused-return charges are inside `own`
        (own,) = OwnRequirement.ownOf(books, sums, loss, rules.model);
    }

    function _lossAtPoints(
        UnderlyingBook[] memory books,
        Exposures.Sums[] memory sums,
        Witness calldata witness
    ) private view returns (uint256) {
        LossOffset.Part[] memory parts = new LossOffset.Part[](books.length);
        for (uint256 i; i < books.length; ++i) {
            Shock memory shock = _pointOf(witness, books[i].underlying);
            int256 end = ScenarioGrid.atPoint(books[i], shock).value;
            parts[i] = LossOffset.partOf(books[i]);
            parts[i].loss = ScenarioGrid.weighted(sums[i].start.value - end, shock);
        }
        // without an offset nothing of the covariance is read
        int256[] memory covariance;
        if (LossOffset.applies(parts)) covariance = parameters.covariance();
        return LossOffset.combined(parts, covariance);
    }
}

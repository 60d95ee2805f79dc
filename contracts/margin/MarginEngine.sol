// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {IMarketState} from "../interfaces/IMarketState.sol";
import {IMarginEngine} from "../interfaces/IMarginEngine.sol";
import {IMarginTerms} from "../interfaces/IMarginTerms.sol";
import {IMarginWitness} from "../interfaces/IMarginWitness.sol";
import {IPriceIntervals} from "../interfaces/IPriceIntervals.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {Exposures} from "../libraries/Exposures.sol";
import {OwnRequirement} from "../libraries/OwnRequirement.sol";
import {PriceEnds} from "../libraries/PriceEnds.sol";
import {ScenarioGrid} from "../libraries/ScenarioGrid.sol";
import {UnderlyingBook} from "../types/Book.sol";
import {Leg} from "../types/Instrument.sol";
import {MarginState, Mode, Witness} from "../types/Margin.sol";
import {PortfolioReader} from "./PortfolioReader.sol";

/// @title Live margin of any account
/// @notice Holds no state and trusts no caller; all it reads comes from the ledger, the lanes and the parameters.
contract MarginEngine is IMarginEngine, PortfolioReader {
    uint256 private constant ONE_BPS = 10_000;

    /// @notice Values single witnesses; apart because of its size.
    IMarginWitness public immutable witnesses;

    constructor(
        IMarginAccounts accounts_,
        ISignedLanes lanes_,
        IRiskParameters parameters_,
        IPriceIntervals prices_,
        IMarginTerms terms_,
        IMarginWitness witnesses_
    ) PortfolioReader(accounts_, lanes_, parameters_, prices_, terms_) {
        witnesses = witnesses_;
    }

    /// @inheritdoc IMarginEngine
    function marginOf(uint64 account) external view returns (MarginState memory) {
        return _marginOf(account, Change(new Leg[](0), 0));
    }

    /// @inheritdoc IMarginEngine
    /// @dev A change of a perpetual enters at 0: its price belongs into `cashChange`, as for an option. The attestation
    /// counts only if no leg changes.
    function whatIf(uint64 account, Leg[] calldata changes, int256 cashChange)
        external
        view
        returns (MarginState memory)
    {
        for (uint256 i; i < changes.length; ++i) {
            changes[i].instrument.requireWellFormed();
        }
        return _marginOf(account, Change(changes, cashChange));
    }

    /// @inheritdoc IMarginWitness
    function witnessOf(uint64 account, Witness calldata witness)
        external
        view
        returns (uint256 maintenanceBound, int256 equityLow, int256 equityHigh)
    {
        return witnesses.witnessOf(account, witness);
    }

    /// @inheritdoc IMarginEngine
    function worstWitness(uint64 account) external view returns (Witness memory) {
        Rules memory rules = _rules();
        UnderlyingBook[] memory books = _read(account, new Leg[](0), 0, rules).books;
        (uint256 approximate, uint256 repriced, uint248 points,) = _losses(books, rules);
        return repriced >= approximate ? Witness(true, points) : Witness(false, 0);
    }

    /// @inheritdoc IMarginEngine
    function markOf(uint64 account) external view returns (int256 mark) {
        UnderlyingBook[] memory books = _read(account, new Leg[](0), 0, _rules()).books;
        for (uint256 i; i < books.length; ++i) {
            int256 value = ScenarioGrid.valueAt(books[i], ScenarioGrid.unmoved());
            mark += PriceEnds.netValue(books[i], value);
        }
    }

    /// @inheritdoc IMarginEngine
    function mode() external view returns (Mode) {
        return prices.mode();
    }

    /// @inheritdoc IMarginEngine
    function liveUntil() external view returns (uint64) {
        return prices.liveUntil();
    }

    /// @inheritdoc IMarginEngine
    function fundingIndex(uint16 underlying) external view returns (int256) {
        return
            lanes.fundingIndex(underlying) + IMarketState(address(parameters)).premiumFundingIndex(underlying);
    }

    function _marginOf(uint64 account, Change memory change) private view returns (MarginState memory state) {
        Rules memory rules = _rules();
        Portfolio memory portfolio = _read(account, change, rules);
        (state.initialRatioBps, state.maintenanceRatioBps, state.attested) =
            _ratios(account, portfolio.nonce, _changesAny(change.legs), rules);
        (int256 low, int256 high, int256 credited) = PriceEnds.valueAt(portfolio.books);
        (state.equityLow, state.equityHigh) = (portfolio.creditLow + low, portfolio.creditHigh + high);
        state.creditedEquity = portfolio.creditLow + credited;
        if (portfolio.books.length != 0) _addRequirement(state, portfolio.books, rules);
    }

    function _addRequirement(MarginState memory state, UnderlyingBook[] memory books, Rules memory rules)
        private
        view
    {
        Exposures.Sums[] memory sums;
        (state.deltaGammaVega, state.scenarioLoss,, sums) = _losses(books, rules);
        uint256 loss = FixedPointMathLib.max(state.deltaGammaVega, state.scenarioLoss);
        uint256 own;
        (own, state.charges) = OwnRequirement.ownOf(books, sums, loss, rules.model);
        state.ownRequirement = own;
        state.initialRequirement = FixedPointMathLib.fullMulDivUp(own, state.initialRatioBps, ONE_BPS);
        state.maintenanceRequirement = FixedPointMathLib.fullMulDivUp(own, state.maintenanceRatioBps, ONE_BPS);
    }

    /// @dev Delta-gamma-vega, the worst of the grid and the points that make it, and the sums both start from.
    function _losses(UnderlyingBook[] memory books, Rules memory rules)
        private
        view
        returns (uint256 approximate, uint256 repriced, uint248 points, Exposures.Sums[] memory sums)
    {
        int256[] memory covariance = parameters.covariance();
        sums = OwnRequirement.exposuresOf(books, covariance);
        approximate = OwnRequirement.tailLoss(books, sums, covariance, rules.model);
        (repriced, points) = OwnRequirement.scenarioLoss(books, sums, _grid(), covariance);
    }

    function _changesAny(Leg[] memory changes) private pure returns (bool) {
        for (uint256 i; i < changes.length; ++i) {
            if (changes[i].quantity != 0) return true;
        }
        return false;
    }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {IMarketState} from "../interfaces/IMarketState.sol";
import {IMarginEngine} from "../interfaces/IMarginEngine.sol";
import {IMarginTerms} from "../interfaces/IMarginTerms.sol";
import {IPriceIntervals} from "../interfaces/IPriceIntervals.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {CorridorRatio} from "../libraries/CorridorRatio.sol";
import {Exposures} from "../libraries/Exposures.sol";
import {LossOffset} from "../libraries/LossOffset.sol";
import {OwnRequirement} from "../libraries/OwnRequirement.sol";
import {PriceEnds} from "../libraries/PriceEnds.sol";
import {ScenarioGrid} from "../libraries/ScenarioGrid.sol";
import {Attestation} from "../types/Attestation.sol";
import {Shock, UnderlyingBook} from "../types/Book.sol";
import {Leg} from "../types/Instrument.sol";
import {MarginState, Mode, Witness} from "../types/Margin.sol";
import {PortfolioReader} from "./PortfolioReader.sol";

/// @title Live margin of any account
/// @notice Holds no state and trusts no caller; all it reads comes from the ledger, the lanes and the parameters.
contract MarginEngine is IMarginEngine, PortfolioReader {
    uint256 private constant ONE_BPS = 10_000;

    constructor(
        IMarginAccounts accounts_,
        ISignedLanes lanes_,
        IRiskParameters parameters_,
        IPriceIntervals prices_,
        IMarginTerms terms_
    ) PortfolioReader(accounts_, lanes_, parameters_, prices_, terms_) {}

    /// @inheritdoc IMarginEngine
    function marginOf(uint64 account) external view returns (MarginState memory) {
        return _marginOf(account, new Leg[](0), 0);
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
        return _marginOf(account, changes, cashChange);
    }

    /// @inheritdoc IMarginEngine
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
        if (!proven) (low, high,) = PriceEnds.valueAt(books);
        return (maintenanceBound, portfolio.creditLow + low, portfolio.creditHigh + high);
    }

    /// @inheritdoc IMarginEngine
    function worstWitness(uint64 account) external view returns (Witness memory) {
        Rules memory rules = _rules();
        UnderlyingBook[] memory books = _read(account, new Leg[](0), 0, rules).books;
        int256[] memory covariance = parameters.covariance();
        (uint256 approximate, Exposures.Sums[] memory sums) = _deltaGammaVega(books, covariance, rules);
        (uint256 repriced, uint248 points) = OwnRequirement.scenarioLoss(books, sums, _grid(), covariance);
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
    function fundingIndex(uint16 underlying) external view returns (int256) {
        return
            lanes.fundingIndex(underlying) + IMarketState(address(parameters)).premiumFundingIndex(underlying);
    }

    function _marginOf(uint64 account, Leg[] memory changes, int256 cashChange)
        private
        view
        returns (MarginState memory state)
    {
        Rules memory rules = _rules();
        Portfolio memory portfolio = _read(account, changes, cashChange, rules);
        (state.initialRatioBps, state.maintenanceRatioBps, state.attested) =
            _ratios(account, portfolio.nonce, _changesAny(changes), rules);
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
        int256[] memory covariance = parameters.covariance();
        (state.deltaGammaVega, sums) = _deltaGammaVega(books, covariance, rules);
        // slither-disable-next-line unused-return which point is worst is for `worstWitness`
        (state.scenarioLoss,) = OwnRequirement.scenarioLoss(books, sums, _grid(), covariance);
        uint256 loss = FixedPointMathLib.max(state.deltaGammaVega, state.scenarioLoss);
        uint256 own;
        (own, state.charges) = OwnRequirement.ownOf(books, sums, loss, rules.model);
        state.ownRequirement = own;
        state.initialRequirement = FixedPointMathLib.fullMulDivUp(own, state.initialRatioBps, ONE_BPS);
        state.maintenanceRequirement = FixedPointMathLib.fullMulDivUp(own, state.maintenanceRatioBps, ONE_BPS);
    }

    function _ratios(uint64 account, uint64 nonce, bool changed, Rules memory rules)
        private
        view
        returns (uint16 initialBps, uint16 maintenanceBps, bool attested)
    {
        Attestation memory last = lanes.attestation(account);
        bool isSame = !changed && last.portfolioNonce == nonce;
        return CorridorRatio.inForce(
            last, isSame, block.timestamp, CorridorRatio.rulesOf(rules.model, rules.limits)
        );
    }

    /// @dev `OwnRequirement.ownOf` the witness: at most the own requirement, because one witness is at most the worst.
    function _boundAt(UnderlyingBook[] memory books, Witness calldata witness, Rules memory rules)
        private
        view
        returns (uint256 own, Exposures.Sums[] memory sums)
    {
        uint256 loss;
        if (witness.isScenario) {
            sums = OwnRequirement.exposuresOf(books, new int256[](0));
            loss = _lossAtPoints(books, sums, witness.points);
        } else {
            (loss, sums) = _deltaGammaVega(books, parameters.covariance(), rules);
        }
        // slither-disable-next-line unused-return charges are inside `own`
        (own,) = OwnRequirement.ownOf(books, sums, loss, rules.model);
    }

    function _deltaGammaVega(UnderlyingBook[] memory books, int256[] memory covariance, Rules memory rules)
        private
        pure
        returns (uint256 loss, Exposures.Sums[] memory sums)
    {
        sums = OwnRequirement.exposuresOf(books, covariance);
        loss = OwnRequirement.tailLoss(books, sums, covariance, rules.model);
    }

    function _grid() private view returns (Shock[] memory) {
        return ScenarioGrid.ofGrid(parameters.packedGrid());
    }

    function _lossAtPoints(UnderlyingBook[] memory books, Exposures.Sums[] memory sums, uint248 points)
        private
        view
        returns (uint256)
    {
        Shock[] memory shocks = _grid();
        LossOffset.Part[] memory parts = new LossOffset.Part[](books.length);
        for (uint256 i; i < books.length; ++i) {
            uint256 point = uint8(points >> (8 * (books[i].underlying - 1)));
            if (point >= shocks.length) revert InvalidWitness(point, shocks.length);
            int256 end = ScenarioGrid.atPoint(books[i], shocks[point]).value;
            parts[i] = LossOffset.partOf(books[i]);
            parts[i].loss = ScenarioGrid.weighted(sums[i].start.value - end, shocks[point]);
        }
        // without an offset nothing of the covariance is read
        int256[] memory covariance;
        if (LossOffset.applies(parts)) covariance = parameters.covariance();
        return LossOffset.combined(parts, covariance);
    }

    function _changesAny(Leg[] memory changes) private pure returns (bool) {
        for (uint256 i; i < changes.length; ++i) {
            if (changes[i].quantity != 0) return true;
        }
        return false;
    }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {IMarketState} from "../interfaces/IMarketState.sol";
import {IMarginEngine} from "../interfaces/IMarginEngine.sol";
import {IPriceIntervals} from "../interfaces/IPriceIntervals.sol";
import {IRiskParameters, ScenarioPoint} from "../interfaces/IRiskParameters.sol";
import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {CorridorRatio} from "../libraries/CorridorRatio.sol";
import {OwnRequirement} from "../libraries/OwnRequirement.sol";
import {ScenarioGrid} from "../libraries/ScenarioGrid.sol";
import {Attestation} from "../types/Attestation.sol";
import {UnderlyingBook} from "../types/Book.sol";
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
        IPriceIntervals prices_
    ) PortfolioReader(accounts_, lanes_, parameters_, prices_) {}

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
        UnderlyingBook[] memory books = _read(account, new Leg[](0), rules);
        (int256 low, int256 high) = OwnRequirement.valueAtEnds(books);
        (int256 creditLow, int256 creditHigh) = accounts.creditOf(account, 0);
        (, uint16 maintenanceBps,) = _ratios(account, false, rules);
        uint256 own = _boundAt(books, witness, rules);
        return
            (FixedPointMathLib.fullMulDivUp(own, maintenanceBps, ONE_BPS), creditLow + low, creditHigh + high);
    }

    /// @inheritdoc IMarginEngine
    function worstWitness(uint64 account) external view returns (Witness memory) {
        Rules memory rules = _rules();
        UnderlyingBook[] memory books = _read(account, new Leg[](0), rules);
        (uint256 approximate, int256[] memory values) =
            OwnRequirement.deltaGammaVega(books, parameters.covariance(), rules.model);
        (uint256 repriced, uint248 points) =
            OwnRequirement.scenarioLoss(books, values, parameters.scenarioGrid());
        return repriced >= approximate ? Witness(true, points) : Witness(false, 0);
    }

    /// @inheritdoc IMarginEngine
    function markOf(uint64 account) external view returns (int256 mark) {
        UnderlyingBook[] memory books = _read(account, new Leg[](0), _rules());
        for (uint256 i; i < books.length; ++i) {
            int256 marks = ScenarioGrid.valueAt(books[i], ScenarioGrid.unmoved());
            mark += OwnRequirement.netValue(books[i], marks);
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
        UnderlyingBook[] memory books = _read(account, changes, rules);
        (state.initialRatioBps, state.maintenanceRatioBps, state.attested) =
            _ratios(account, _changesAny(changes), rules);
        (state.equityLow, state.equityHigh) = accounts.creditOf(account, cashChange);
        (int256 low, int256 high) = OwnRequirement.valueAtEnds(books);
        (state.equityLow, state.equityHigh) = (state.equityLow + low, state.equityHigh + high);
        if (books.length != 0) _addRequirement(state, books, rules);
    }

    function _addRequirement(MarginState memory state, UnderlyingBook[] memory books, Rules memory rules)
        private
        view
    {
        int256[] memory values;
        uint256 floor;
        (state.deltaGammaVega, values) =
            OwnRequirement.deltaGammaVega(books, parameters.covariance(), rules.model);
        (state.scenarioLoss,) = OwnRequirement.scenarioLoss(books, values, parameters.scenarioGrid());
        (state.charges, floor) = OwnRequirement.chargesAndFloor(books, rules.model);
        uint256 loss = FixedPointMathLib.max(state.deltaGammaVega, state.scenarioLoss);
        uint256 own = FixedPointMathLib.max(loss + state.charges, floor);
        state.ownRequirement = own;
        state.initialRequirement = FixedPointMathLib.fullMulDivUp(own, state.initialRatioBps, ONE_BPS);
        state.maintenanceRequirement = FixedPointMathLib.fullMulDivUp(own, state.maintenanceRatioBps, ONE_BPS);
    }

    function _ratios(uint64 account, bool changed, Rules memory rules)
        private
        view
        returns (uint16 initialBps, uint16 maintenanceBps, bool attested)
    {
        Attestation memory last = lanes.attestation(account);
        bool isSame = !changed && last.portfolioNonce == accounts.portfolioNonce(account);
        return CorridorRatio.inForce(
            last, isSame, block.timestamp, CorridorRatio.rulesOf(rules.model, rules.limits)
        );
    }

    /// @dev max(witness + charges, floor): at most the own requirement, because one witness is at most the worst.
    function _boundAt(UnderlyingBook[] memory books, Witness calldata witness, Rules memory rules)
        private
        view
        returns (uint256)
    {
        (uint256 charges, uint256 floor) = OwnRequirement.chargesAndFloor(books, rules.model);
        uint256 loss =
            witness.isScenario ? _lossAtPoints(books, witness.points) : _deltaGammaVega(books, rules);
        return FixedPointMathLib.max(loss + charges, floor);
    }

    function _deltaGammaVega(UnderlyingBook[] memory books, Rules memory rules)
        private
        view
        returns (uint256 loss)
    {
        (loss,) = OwnRequirement.deltaGammaVega(books, parameters.covariance(), rules.model);
    }

    function _lossAtPoints(UnderlyingBook[] memory books, uint248 points)
        private
        view
        returns (uint256 loss)
    {
        ScenarioPoint[] memory grid = parameters.scenarioGrid();
        for (uint256 i; i < books.length; ++i) {
            uint256 point = uint8(points >> (8 * (books[i].underlying - 1)));
            if (point >= grid.length) revert InvalidWitness(point, grid.length);
            int256 start = ScenarioGrid.valueAt(books[i], ScenarioGrid.unmoved());
            loss += ScenarioGrid.lossAt(books[i], start, grid[point]);
        }
    }

    function _changesAny(Leg[] memory changes) private pure returns (bool) {
        for (uint256 i; i < changes.length; ++i) {
            if (changes[i].quantity != 0) return true;
        }
        return false;
    }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {MarginModel, ScenarioPoint} from "../interfaces/IRiskParameters.sol";
import {Shock, UnderlyingBook} from "../types/Book.sol";
import {DeltaGammaVega} from "./DeltaGammaVega.sol";
import {Exposures} from "./Exposures.sol";
import {ScenarioGrid} from "./ScenarioGrid.sol";

/// @title The parts of a margin state that follow from the books alone
/// @notice Losses, charges and floors round up, values round down.
library OwnRequirement {
    int256 private constant WAD = 1e18;
    /// @dev WAD x WAD x basis points.
    uint256 private constant CHARGE_SCALE = 1e18 * 10_000;

    /// @notice Tail loss of the delta-gamma-vega approximation, and each book's value at the signed price in 1e-36.
    /// @param covariance by rows; its size says how many underlyings it covers
    function deltaGammaVega(
        UnderlyingBook[] memory books,
        int256[] memory covariance,
        MarginModel memory model
    ) internal pure returns (uint256 loss, int256[] memory values) {
        uint256 size = FixedPointMathLib.sqrt(covariance.length);
        DeltaGammaVega.Exposure memory exposure =
            DeltaGammaVega.Exposure(new int256[](size), new int256[](size / 2));
        values = new int256[](books.length);
        for (uint256 i; i < books.length; ++i) {
            uint256 number = books[i].underlying - 1;
            bool covered = number < size / 2;
            Exposures.Sums memory sums =
                Exposures.ofBook(books[i], covered ? _horizonDeviation(covariance, size, number) : 0);
            values[i] = sums.value;
            if (!covered) continue;
            exposure.direction[2 * number] = sums.delta;
            exposure.direction[2 * number + 1] = sums.vega;
            exposure.curvature[number] = sums.gamma;
        }
        loss = DeltaGammaVega.tailLoss(exposure, covariance, model.expectedShortfallMultiplier);
    }

    /// @dev Deviation of the relative spot move of underlying `number` + 1 over the margin horizon, rounded down.
    function _horizonDeviation(int256[] memory covariance, uint256 size, uint256 number)
        private
        pure
        returns (uint256)
    {
        return FixedPointMathLib.sqrt(uint256(covariance[2 * number * (size + 1)]) * uint256(WAD));
    }

    /// @notice Worst grid loss per underlying, summed, and the points that make it (8 bits per underlying).
    function scenarioLoss(
        UnderlyingBook[] memory books,
        int256[] memory values,
        ScenarioPoint[] memory points
    ) internal pure returns (uint256 loss, uint248 witness) {
        for (uint256 i; i < books.length; ++i) {
            (uint256 worst, uint256 point) = ScenarioGrid.worstLoss(books[i], values[i], points);
            loss += worst;
            witness |= uint248(point << (8 * (books[i].underlying - 1)));
        }
    }

    /// @notice Short-option charge and the floor by gross notional, both at the signed price.
    function chargesAndFloor(UnderlyingBook[] memory books, MarginModel memory model)
        internal
        pure
        returns (uint256 charges, uint256 floor)
    {
        for (uint256 i; i < books.length; ++i) {
            uint256 price = books[i].interval.price;
            charges += FixedPointMathLib.fullMulDivUp(
                books[i].shortOptionUnits * model.shortOptionChargeBps, price, CHARGE_SCALE
            );
            floor += FixedPointMathLib.fullMulDivUp(
                books[i].grossUnits * model.minimumNotionalBps, price, CHARGE_SCALE
            );
        }
    }

    /// @notice Value of all legs with each index at the worse, and at the better, end of its interval, WAD.
    function valueAtEnds(UnderlyingBook[] memory books) internal pure returns (int256 low, int256 high) {
        for (uint256 i; i < books.length; ++i) {
            UnderlyingBook memory book = books[i];
            uint256 price = book.interval.price;
            int256 atLow = ScenarioGrid.valueAt(book, ScenarioGrid.toPrice(price, book.interval.low));
            int256 atHigh = ScenarioGrid.valueAt(book, ScenarioGrid.toPrice(price, book.interval.high));
            low += netValue(book, FixedPointMathLib.min(atLow, atHigh));
            high += netValue(book, FixedPointMathLib.max(atLow, atHigh));
        }
    }

    /// @notice Marks in 1e-36 plus fixed payoffs, less entry value, in WAD, rounded down.
    function netValue(UnderlyingBook memory book, int256 marks) internal pure returns (int256) {
        int256 total = marks + book.fixedValue;
        int256 whole = total / WAD;
        if (total % WAD < 0) --whole;
        return whole - book.entryValue;
    }
}

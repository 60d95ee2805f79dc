// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {MarginModel} from "../interfaces/IRiskParameters.sol";
import {Shock, UnderlyingBook} from "../types/Book.sol";
import {Charges} from "./Charges.sol";
import {DeltaGammaVega} from "./DeltaGammaVega.sol";
import {Exposures} from "./Exposures.sol";
import {LossOffset} from "./LossOffset.sol";
import {WorstPoint} from "./WorstPoint.sol";

/// @title The parts of a margin state that follow from the books alone
/// @notice Losses, charges and floors round up.
library OwnRequirement {
    int256 private constant WAD = 1e18;
    /// @dev WAD x WAD x basis points.
    uint256 private constant CHARGE_SCALE = 1e18 * 10_000;

    /// @notice Money sensitivities of each book.
    /// @param covariance by rows; its size says how many underlyings it covers
    function exposuresOf(UnderlyingBook[] memory books, int256[] memory covariance)
        internal
        pure
        returns (Exposures.Sums[] memory sums)
    {
        sums = new Exposures.Sums[](books.length);
        for (uint256 i; i < books.length; ++i) {
            sums[i] = Exposures.ofBook(books[i], horizonDeviation(covariance, books[i].underlying));
        }
    }

    /// @notice Value and delta of each book, all else 0: what a grid point is compared with and a charge follows from.
    function valuesOf(UnderlyingBook[] memory books) internal pure returns (Exposures.Sums[] memory sums) {
        sums = new Exposures.Sums[](books.length);
        for (uint256 i; i < books.length; ++i) {
            Exposures.addValue(sums[i], books[i]);
        }
    }

    /// @notice Tail loss of the delta-gamma-vega approximation.
    function tailLoss(
        UnderlyingBook[] memory books,
        Exposures.Sums[] memory sums,
        int256[] memory covariance,
        MarginModel memory model
    ) internal pure returns (uint256) {
        uint256 size = FixedPointMathLib.sqrt(covariance.length);
        DeltaGammaVega.Exposure memory exposure =
            DeltaGammaVega.Exposure(new int256[](size), new int256[](size / 2));
        for (uint256 i; i < books.length; ++i) {
            uint256 number = books[i].underlying - 1;
            if (number >= size / 2) continue;
            exposure.direction[2 * number] = sums[i].delta;
            exposure.direction[2 * number + 1] = sums[i].vega;
            exposure.curvature[number] = sums[i].gamma;
        }
        return DeltaGammaVega.tailLoss(exposure, covariance, model.expectedShortfallMultiplier);
    }

    /// @notice Deviation of the relative spot move of an underlying over the margin horizon, rounded down; 0 for one that
    /// the covariance does not cover.
    function horizonDeviation(int256[] memory covariance, uint16 underlying) internal pure returns (uint256) {
        uint256 size = FixedPointMathLib.sqrt(covariance.length);
        uint256 row = 2 * (uint256(underlying) - 1);
        if (row >= size) return 0;
        return FixedPointMathLib.sqrt(uint256(covariance[row * (size + 1)]) * uint256(WAD));
    }

    /// @notice Worst grid loss per underlying, `LossOffset.combined`, and the points that make it (8 bits per underlying).
    function scenarioLoss(
        UnderlyingBook[] memory books,
        Exposures.Sums[] memory sums,
        Shock[] memory shocks,
        int256[] memory covariance
    ) internal pure returns (uint256, uint248 witness) {
        LossOffset.Part[] memory parts = new LossOffset.Part[](books.length);
        for (uint256 i; i < books.length; ++i) {
            parts[i] = LossOffset.partOf(books[i]);
            uint256 point;
            (parts[i].loss, point) = WorstPoint.worstLoss(books[i], sums[i].start, shocks);
            witness |= uint248(point << (8 * (books[i].underlying - 1)));
        }
        return (LossOffset.combined(parts, covariance), witness);
    }

    /// @notice `Charges` and the floor by gross notional, both at the signed price.
    function chargesAndFloor(
        UnderlyingBook[] memory books,
        Exposures.Sums[] memory sums,
        MarginModel memory model
    ) internal pure returns (uint256 charges, uint256 floor) {
        for (uint256 i; i < books.length; ++i) {
            charges += Charges.ofBook(books[i], sums[i].delta, model);
            // 2^135 x 2^16 x 2^96
            floor += FixedPointMathLib.divUp(
                books[i].grossUnits * model.minimumNotionalBps * books[i].interval.price, CHARGE_SCALE
            );
        }
    }

    /// @notice max(loss + charges, floor), but for an account of bought options alone at most what they are worth.
    function ownOf(
        UnderlyingBook[] memory books,
        Exposures.Sums[] memory sums,
        uint256 loss,
        MarginModel memory model
    ) internal pure returns (uint256 own, uint256 charges) {
        uint256 floor;
        (charges, floor) = chargesAndFloor(books, sums, model);
        own = FixedPointMathLib.max(loss + charges, floor);
        own = FixedPointMathLib.min(own, mostLoss(books, sums));
    }

    /// @notice The value of an account's bought options at the signed price, rounded up: no market can take more from it. The
    /// largest number where anything else is held that is not settled.
    function mostLoss(UnderlyingBook[] memory books, Exposures.Sums[] memory sums)
        internal
        pure
        returns (uint256 most)
    {
        for (uint256 i; i < books.length; ++i) {
            if (books[i].perpetualUnits != 0 || books[i].shortOptionUnits != 0) return type(uint256).max;
            int256 worth = sums[i].start.value - books[i].payoffs;
            if (worth > 0) most += FixedPointMathLib.divUp(uint256(worth), uint256(WAD));
        }
    }
}

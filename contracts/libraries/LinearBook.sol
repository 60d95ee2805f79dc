// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {MarginModel} from "../interfaces/IRiskParameters.sol";
import {LinearSums} from "../types/BidScene.sol";
import {Shock, UnderlyingBook} from "../types/Book.sol";
import {DeltaGammaVega} from "./DeltaGammaVega.sol";
import {Exposures} from "./Exposures.sol";
import {LossOffset} from "./LossOffset.sol";
import {OwnRequirement} from "./OwnRequirement.sol";
import {ScenarioGrid} from "./ScenarioGrid.sol";
import {SignedWad} from "./SignedWad.sol";

/// @title Sums over legs, from which an account without some of its legs is valued by subtraction
library LinearBook {
    uint256 private constant WAD = 1e18;

    /// @param exposure `Exposures.ofBook`
    /// @param shocks of the two witnesses for this underlying; a weight of 0 means none
    function ofBook(UnderlyingBook memory book, Exposures.Sums memory exposure, Shock[2] memory shocks)
        internal
        pure
        returns (LinearSums memory sums)
    {
        sums.underlying = book.underlying;
        (sums.interval, sums.terms) = (book.interval, book.terms);
        (sums.linear, sums.datedUnits) = (book.linear, book.datedUnits);
        sums.isLinear = sums.wasLinear = book.grossUnits == book.perpetualUnits;
        (sums.payoffs, sums.entryValue, sums.perpetualUnits) =
        (book.payoffs, book.entryValue, book.perpetualUnits);
        (sums.grossUnits, sums.shortOptionUnits) = (book.grossUnits, book.shortOptionUnits);
        sums.marks = exposure.start.value;
        (sums.delta, sums.gamma, sums.vega) = (exposure.delta, exposure.gamma, exposure.vega);
        for (uint256 i; i < 2; ++i) {
            if (shocks[i].weightBps == 0) continue;
            sums.shocked[i] = ScenarioGrid.atPoint(book, shocks[i]).value;
        }
    }

    /// @notice a less a WAD portion of what `taken` has on the same underlyings.
    function less(LinearSums[] memory a, LinearSums[] memory taken, uint256 portion)
        internal
        pure
        returns (LinearSums[] memory rest)
    {
        rest = new LinearSums[](a.length);
        uint256 next;
        for (uint256 i; i < a.length; ++i) {
            bool touched = next < taken.length && taken[next].underlying == a[i].underlying;
            rest[i] = touched ? _less(a[i], taken[next++], portion) : a[i];
        }
    }

    /// @notice Marks and payoffs less entry values, WAD, rounded down.
    function netValue(LinearSums[] memory books) internal pure returns (int256 value) {
        for (uint256 i; i < books.length; ++i) {
            value += SignedWad.mulFloor(books[i].marks, 1) - books[i].entryValue;
        }
    }

    /// @notice Loss at the grid points of one witness, WAD, rounded up.
    /// @param shocks by book
    /// @param asBefore whether only underlyings linear before anything was taken are offset: without the step down where
    /// the last option leaves
    function lossAt(
        LinearSums[] memory books,
        Shock[2][] memory shocks,
        uint256 which,
        int256[] memory covariance,
        bool asBefore
    ) internal pure returns (uint256) {
        LossOffset.Part[] memory parts = new LossOffset.Part[](books.length);
        for (uint256 i; i < books.length; ++i) {
            LinearSums memory sums = books[i];
            (parts[i].underlying, parts[i].side) = (sums.underlying, sums.linear < 0);
            if (asBefore ? sums.wasLinear : sums.isLinear) parts[i].offsetBps = sums.terms.offsetBps;
            parts[i].loss = ScenarioGrid.weighted(sums.marks - sums.shocked[which], shocks[i][which]);
        }
        return LossOffset.combined(parts, covariance);
    }

    /// @notice As `OwnRequirement.mostLoss`, of the legs that are left.
    function mostLoss(LinearSums[] memory books) internal pure returns (uint256 most) {
        for (uint256 i; i < books.length; ++i) {
            if (books[i].perpetualUnits != 0 || books[i].shortOptionUnits != 0) return type(uint256).max;
            int256 worth = books[i].marks - books[i].payoffs;
            if (worth > 0) most += FixedPointMathLib.divUp(uint256(worth), WAD);
        }
    }

    /// @notice Tail loss by delta-gamma-vega, WAD.
    function tailLoss(LinearSums[] memory books, int256[] memory covariance, uint256 multiplier)
        internal
        pure
        returns (uint256)
    {
        uint256 size = FixedPointMathLib.sqrt(covariance.length);
        DeltaGammaVega.Exposure memory exposure =
            DeltaGammaVega.Exposure(new int256[](size), new int256[](size / 2));
        for (uint256 i; i < books.length; ++i) {
            uint256 number = books[i].underlying - 1;
            if (number >= size / 2) continue;
            exposure.direction[2 * number] = books[i].delta;
            exposure.direction[2 * number + 1] = books[i].vega;
            exposure.curvature[number] = books[i].gamma;
        }
        return DeltaGammaVega.tailLoss(exposure, covariance, multiplier);
    }

    /// @notice As `OwnRequirement.chargesAndFloor`, from the units that are left.
    function chargesAndFloor(
        LinearSums[] memory books,
        uint256 shortOptionChargeBps,
        uint256 minimumNotionalBps
    ) internal pure returns (uint256 charges, uint256 floor) {
        UnderlyingBook[] memory units = new UnderlyingBook[](books.length);
        Exposures.Sums[] memory sums = new Exposures.Sums[](books.length);
        for (uint256 i; i < books.length; ++i) {
            (units[i].interval, units[i].terms) = (books[i].interval, books[i].terms);
            (units[i].grossUnits, units[i].shortOptionUnits) =
            (books[i].grossUnits, books[i].shortOptionUnits);
            units[i].datedUnits = books[i].datedUnits;
            sums[i].delta = books[i].delta;
        }
        MarginModel memory model;
        // Both came from the model's own fields.
        (model.shortOptionChargeBps, model.minimumNotionalBps) =
        (uint16(shortOptionChargeBps), uint16(minimumNotionalBps));
        return OwnRequirement.chargesAndFloor(units, sums, model);
    }

    function _less(LinearSums memory a, LinearSums memory taken, uint256 portion)
        private
        pure
        returns (LinearSums memory rest)
    {
        (rest.underlying, rest.wasLinear) = (a.underlying, a.wasLinear);
        (rest.interval, rest.terms) = (a.interval, a.terms);
        rest.linear = a.linear - _part(taken.linear, portion);
        rest.marks = a.marks - _part(taken.marks, portion);
        rest.shocked[0] = a.shocked[0] - _part(taken.shocked[0], portion);
        rest.shocked[1] = a.shocked[1] - _part(taken.shocked[1], portion);
        rest.payoffs = a.payoffs - _part(taken.payoffs, portion);
        rest.entryValue = a.entryValue - _part(taken.entryValue, portion);
        rest.perpetualUnits =
            a.perpetualUnits - FixedPointMathLib.fullMulDiv(taken.perpetualUnits, portion, WAD);
        rest.grossUnits = a.grossUnits - FixedPointMathLib.fullMulDiv(taken.grossUnits, portion, WAD);
        rest.shortOptionUnits =
            a.shortOptionUnits - FixedPointMathLib.fullMulDiv(taken.shortOptionUnits, portion, WAD);
        rest.datedUnits = a.datedUnits - FixedPointMathLib.fullMulDiv(taken.datedUnits, portion, WAD);
        rest.isLinear = rest.grossUnits == rest.perpetualUnits;
        rest.delta = a.delta - _part(taken.delta, portion);
        rest.gamma = a.gamma - _part(taken.gamma, portion);
        rest.vega = a.vega - _part(taken.vega, portion);
    }

    function _part(int256 value, uint256 portion) private pure returns (int256) {
        return SignedWad.share(value, int256(portion), int256(WAD));
    }
}

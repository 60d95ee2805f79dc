// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {MarginModel} from "../interfaces/IRiskParameters.sol";
import {UnderlyingBook} from "../types/Book.sol";
import {YEAR} from "../types/Units.sol";

/// @title What an account is charged outside the maximum of its losses
/// @notice Of each underlying with signed price S, gross units Q = sum of |quantity| that still carries risk, delta D
/// and terms `RiskTerms`; each rounded up and at least 0. All are convex in the quantities and grow with the account, so that
/// an account of half the size is asked for half at most:
/// - short option: shortOptionCharge x S x units of short options
/// - concentration: concentration x S x max(0, Q - depth): what the underlying's venues do not take at once
/// - basis: basis x S x sum over options of |quantity| x years to expiry: the forward of each expiry moves on its own, at the
///   rate `basis` a year; the grid and the covariance move index and forwards together, and would net all of it
/// - confidence: confidence x |D| x min(S - low, high - S) / S: the width that the price interval has to both sides. A
///   source that disagrees to one side raises nobody's requirement, and at the better end a linear position gains as much.
/// Bounds: units < 2^135 and so units x seconds < 2^167, |D| <= 2^120, prices < 2^96, charges < 2^16: nothing here overflows.
library Charges {
    uint256 private constant WAD = 1e18;
    uint256 private constant BPS = 10_000;

    /// @notice All four, of one underlying, WAD.
    /// @param delta as `Exposures.Sums`
    function ofBook(UnderlyingBook memory book, int256 delta, MarginModel memory model)
        internal
        pure
        returns (uint256 charges)
    {
        uint256 price = book.interval.price;
        uint256 beyond = FixedPointMathLib.zeroFloorSub(book.grossUnits, book.terms.depth);
        charges = _ofNotional(book.shortOptionUnits * model.shortOptionChargeBps, price);
        charges += _ofNotional(beyond * book.terms.concentrationBps, price);
        // dividing by the year first leaves room for the price
        charges += _ofNotional(FixedPointMathLib.divUp(book.datedUnits * book.terms.basisBps, YEAR), price);
        uint256 width = FixedPointMathLib.min(
            FixedPointMathLib.zeroFloorSub(price, book.interval.low),
            FixedPointMathLib.zeroFloorSub(book.interval.high, price)
        );
        uint256 share = width * book.terms.confidenceBps;
        if (share != 0) {
            charges += FixedPointMathLib.divUp(FixedPointMathLib.abs(delta) * share, price * BPS);
        }
    }

    /// @param share units x basis points
    function _ofNotional(uint256 share, uint256 price) private pure returns (uint256) {
        return FixedPointMathLib.divUp(share * price, WAD * BPS);
    }
}

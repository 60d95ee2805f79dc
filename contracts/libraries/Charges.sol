// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {MarginModel} from "../interfaces/IRiskParameters.sol";
import {UnderlyingBook} from "../types/Book.sol";
import {YEAR} from "../types/Units.sol";
import {Exposures} from "./Exposures.sol";

/// @title What an account is charged outside the maximum of its losses
/// @notice Of each underlying with signed price S, gross units Q = sum of |quantity| that still carries risk, delta D
/// and terms `RiskTerms`; each rounded up, at least 0, and linear in the legs:
/// - short option: shortOptionCharge x S x units of short options
/// - concentration: concentration x S x Q x min(1, Q / depth): taking a position out moves its price in proportion to
///   its size, until `depth` is reached
/// - basis: basis x sum over expiries of |delta of the options of that expiry| x years to expiry: the forward of each expiry
///   moves on its own, at the rate `basis` a year, against the account in each of them; the grid and the covariance move
///   index and forwards together
/// - confidence: confidence x |D| x min(S - low, high - S) / S: the width that the price interval has to both sides. A
///   source that disagrees to one side raises nobody's requirement, and at the better end a linear position gains as much.
library Charges {
    uint256 private constant WAD = 1e18;
    uint256 private constant BPS = 10_000;

    /// @notice All four, of one underlying, WAD.
    function ofBook(UnderlyingBook memory book, Exposures.Sums memory sums, MarginModel memory model)
        internal
        pure
        returns (uint256)
    {
        return _shortOption(book, model) + _concentration(book) + _basis(book, sums) + _confidence(book, sums);
    }

    function _shortOption(UnderlyingBook memory book, MarginModel memory model)
        private
        pure
        returns (uint256)
    {
        return _ofNotional(book, book.shortOptionUnits * model.shortOptionChargeBps);
    }

    /// @dev Q < 2^135 and a charge < 2^16, so that nothing overflows for any depth.
    function _concentration(UnderlyingBook memory book) private pure returns (uint256) {
        uint256 charge = book.terms.concentrationBps;
        if (charge == 0) return 0;
        (uint256 units, uint256 depth) = (book.grossUnits, book.terms.depth);
        if (units < depth) units = FixedPointMathLib.fullMulDivUp(units, units, depth);
        return _ofNotional(book, units * charge);
    }

    /// @dev `datedDelta` < 2^228 (128 expiries x 2^194 in WAD x 2^27 seconds) and a charge < 2^13.
    function _basis(UnderlyingBook memory book, Exposures.Sums memory sums) private pure returns (uint256) {
        return FixedPointMathLib.divUp(sums.datedDelta * book.terms.basisBps, BPS * YEAR);
    }

    function _confidence(UnderlyingBook memory book, Exposures.Sums memory sums)
        private
        pure
        returns (uint256)
    {
        uint256 charge = book.terms.confidenceBps;
        if (charge == 0) return 0;
        uint256 price = book.interval.price;
        uint256 width = FixedPointMathLib.min(
            FixedPointMathLib.zeroFloorSub(price, book.interval.low),
            FixedPointMathLib.zeroFloorSub(book.interval.high, price)
        );
        uint256 delta = FixedPointMathLib.divUp(FixedPointMathLib.abs(sums.exactDelta), WAD);
        return FixedPointMathLib.fullMulDivUp(delta * charge, width, price * BPS);
    }

    /// @param share units x basis points
    function _ofNotional(UnderlyingBook memory book, uint256 share) private pure returns (uint256) {
        return FixedPointMathLib.fullMulDivUp(share, book.interval.price, WAD * BPS);
    }
}

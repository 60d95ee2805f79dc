// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {OptionLeg, UnderlyingBook} from "../types/Book.sol";
import {Black76} from "./Black76.sol";
import {DeltaGammaVega} from "./DeltaGammaVega.sol";

/// @title Money sensitivities of an underlying's legs
/// @notice Per leg of quantity q: delta q dV/dF F, gamma q F pdf(d1) / max(s, horizon deviation), vega q dV/dsigma
/// sigma w(T). With F = index x (1 + basis), F x dV/dF is the money made per relative move of the index. WAD, rounded
/// toward zero per leg. Gamma is q d2V/dF2 F^2 with the option's deviation s = sigma sqrt(T) held at the deviation of
/// the spot move over the margin horizon or above: a quadratic cannot describe a kink narrower than the move it is
/// integrated over, and 1/s has no bound near expiry.
library Exposures {
    int256 private constant WAD = 1e18;
    /// @dev Keeps quantity (2^127) x unit sensitivity inside int256.
    uint256 private constant MOST_PER_UNIT = 2 ** 127;

    /// @notice Sums over a book: money per relative move, and the value in 1e-36 quote at the signed price.
    struct Sums {
        int256 delta;
        int256 gamma;
        int256 vega;
        int256 value;
    }

    /// @notice delta, gamma and vega of the whole book, saturated, and its value.
    /// @param horizonDeviation of the underlying's relative spot move, WAD
    function ofBook(UnderlyingBook memory book, uint256 horizonDeviation)
        internal
        pure
        returns (Sums memory sums)
    {
        OptionLeg[] memory options = book.options;
        unchecked {
            // each term is below 2^247 and there are at most 256 legs
            sums.value = book.perpetual * int256(book.interval.price);
            sums.delta = sums.value / WAD;
            for (uint256 i; i < options.length; ++i) {
                _add(sums, options[i], horizonDeviation);
            }
        }
        sums.delta = DeltaGammaVega.saturate(sums.delta);
        sums.gamma = DeltaGammaVega.saturate(sums.gamma);
        sums.vega = DeltaGammaVega.saturate(sums.vega);
    }

    function _add(Sums memory sums, OptionLeg memory leg, uint256 horizonDeviation) private pure {
        (uint256 price, int256 slope, uint256 weighted) =
            Black76.sensitivitiesAt(leg.forward, leg.strike, leg.logRatio, leg.deviation, leg.isCall);
        unchecked {
            // forward < 2^99, |slope| <= 2^60; a density exists only with deviation >= 1e9
            sums.value += leg.quantity * int256(price);
            sums.delta += leg.quantity * (slope * int256(leg.forward) / WAD) / WAD;
            if (weighted == 0) return;
            uint256 width = FixedPointMathLib.max(leg.deviation, horizonDeviation);
            uint256 gamma = FixedPointMathLib.min(weighted * 1e18 / width, MOST_PER_UNIT);
            sums.gamma += leg.quantity * int256(gamma) / WAD;
            uint256 perVolatility = weighted * leg.deviation / 1e18;
            uint256 vega = FixedPointMathLib.min(perVolatility * leg.termWeight / 1e18, MOST_PER_UNIT);
            sums.vega += leg.quantity * int256(vega) / WAD;
        }
    }
}

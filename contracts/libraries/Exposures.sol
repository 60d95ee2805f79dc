// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {OptionLeg, UnderlyingBook} from "../types/Book.sol";
import {Black76} from "./Black76.sol";
import {DeltaGammaVega} from "./DeltaGammaVega.sol";

/// @title Money sensitivities of an underlying's legs
/// @notice Per leg of quantity q: delta q dV/dF F, gamma q d2V/dF2 F^2, vega q dV/dsigma sigma w(T). With F = index x
/// (1 + basis), F x dV/dF is the money made per relative move of the index. WAD, rounded toward zero per leg.
library Exposures {
    int256 private constant WAD = 1e18;
    /// @dev Keeps quantity (2^127) x unit sensitivity inside int256.
    uint256 private constant MOST_PER_UNIT = 2 ** 127;

    /// @notice delta, gamma and vega of the whole book, saturated; and its value in 1e-36 quote at the signed price.
    function ofBook(UnderlyingBook memory book)
        internal
        pure
        returns (int256 delta, int256 gamma, int256 vega, int256 value)
    {
        unchecked {
            // each term is below 2^195 and there are at most 256 legs
            value = book.perpetual * int256(book.interval.price);
            delta = value / WAD;
            for (uint256 i; i < book.options.length; ++i) {
                (int256 d, int256 g, int256 v, int256 price) = _ofUnit(book.options[i]);
                int256 quantity = book.options[i].quantity;
                delta += quantity * d / WAD;
                gamma += quantity * g / WAD;
                vega += quantity * v / WAD;
                value += quantity * price;
            }
        }
        return (
            DeltaGammaVega.saturate(delta),
            DeltaGammaVega.saturate(gamma),
            DeltaGammaVega.saturate(vega),
            value
        );
    }

    function _ofUnit(OptionLeg memory leg)
        private
        pure
        returns (int256 delta, int256 gamma, int256 vega, int256 price)
    {
        (uint256 value, int256 slope, uint256 weighted) =
            Black76.sensitivitiesAt(leg.forward, leg.strike, leg.logRatio, leg.deviation, leg.isCall);
        price = int256(value);
        unchecked {
            // forward < 2^99, |slope| <= 2^60; a density exists only with deviation >= 1e9
            delta = slope * int256(leg.forward) / WAD;
            if (weighted == 0) return (delta, 0, 0, price);
            gamma = int256(FixedPointMathLib.min(weighted * 1e18 / leg.deviation, MOST_PER_UNIT));
            uint256 perVolatility = weighted * leg.deviation / 1e18;
            vega = int256(FixedPointMathLib.min(perVolatility * leg.termWeight / 1e18, MOST_PER_UNIT));
        }
    }
}

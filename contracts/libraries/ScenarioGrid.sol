// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {ScenarioPoint} from "../interfaces/IRiskParameters.sol";
import {OptionLeg, Shock, UnderlyingBook} from "../types/Book.sol";
import {Black76} from "./Black76.sol";

/// @title Full revaluation of one underlying's legs under a move of spot and volatility
/// @notice Values are sums of quantity x price in 1e-36 quote, divided once at the end. Bounds: prices are uint96 and
/// the basis band is uint16 in 1e-4, so forwards stay below 2^99; a shock multiplies by less than 2^18; |quantity| <=
/// 2^127; with at most 256 legs a sum stays below 2^252. Hence the unchecked arithmetic.
library ScenarioGrid {
    int256 private constant SIGNED_WAD = 1e18;
    uint256 private constant BPS = 10_000;
    /// @dev 1e-36 quote to WAD, and the basis points of a point's weight.
    uint256 private constant LOSS_SCALE = 1e18 * 10_000;

    /// @notice No move: the signed price.
    function unmoved() internal pure returns (Shock memory) {
        return Shock({numerator: 1, denominator: 1, logFactor: 0, volatilityShock: 0});
    }

    /// @notice A move of the index from `price` to `end` at unchanged volatilities of each strike.
    function toPrice(uint256 price, uint256 end) internal pure returns (Shock memory shock) {
        shock.numerator = end;
        shock.denominator = price;
        shock.logFactor = Black76.logRatio(end, price);
    }

    /// @notice The move of a grid point.
    function ofPoint(ScenarioPoint memory point) internal pure returns (Shock memory shock) {
        int256 factor = int256(BPS) + point.spotShockBps;
        shock.numerator = factor > 0 ? uint256(factor) : 0;
        shock.denominator = BPS;
        shock.logFactor = Black76.logRatio(shock.numerator, BPS);
        shock.volatilityShock = int256(point.volatilityShockBps) * SIGNED_WAD / int256(BPS);
    }

    /// @notice Marks of perpetuals and unsettled options after a shock, in 1e-36 quote; entry and fixed values left out.
    function valueAt(UnderlyingBook memory book, Shock memory shock) internal pure returns (int256 value) {
        OptionLeg[] memory options = book.options;
        unchecked {
            value = book.perpetual * int256(book.interval.price * shock.numerator / shock.denominator);
            for (uint256 i; i < options.length; ++i) {
                value += options[i].quantity * int256(_shockedPrice(options[i], shock));
            }
        }
    }

    /// @notice Weighted loss at one point, WAD, rounded up, at least 0.
    /// @param start `valueAt` without a shock
    function lossAt(UnderlyingBook memory book, int256 start, ScenarioPoint memory point)
        internal
        pure
        returns (uint256)
    {
        unchecked {
            int256 loss = start - valueAt(book, ofPoint(point));
            if (loss <= 0) return 0;
            return FixedPointMathLib.fullMulDivUp(uint256(loss), point.weightBps, LOSS_SCALE);
        }
    }

    /// @notice The worst weighted loss over the grid and the point that makes it; 0 and point 0 without any loss.
    function worstLoss(UnderlyingBook memory book, int256 start, ScenarioPoint[] memory points)
        internal
        pure
        returns (uint256 worst, uint256 worstPoint)
    {
        for (uint256 i; i < points.length; ++i) {
            uint256 loss = lossAt(book, start, points[i]);
            if (loss > worst) (worst, worstPoint) = (loss, i);
        }
    }

    function _shockedPrice(OptionLeg memory leg, Shock memory shock) private pure returns (uint256) {
        unchecked {
            int256 stretch = SIGNED_WAD + shock.volatilityShock * int256(leg.termWeight) / SIGNED_WAD;
            uint256 deviation = stretch > 0 ? leg.deviation * uint256(stretch) / 1e18 : 0;
            return Black76.priceAt(
                leg.forward * shock.numerator / shock.denominator,
                leg.strike,
                leg.logRatio + shock.logFactor,
                deviation,
                leg.isCall
            );
        }
    }
}

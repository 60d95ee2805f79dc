// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {Revaluation, Shock, UnderlyingBook} from "../types/Book.sol";
import {Black76} from "./Black76.sol";
import {CallList} from "./CallList.sol";
import {PackedGrid} from "./PackedGrid.sol";

/// @title Full revaluation of one underlying's legs under a move of spot and volatility
/// @notice Values are sums of quantity x price in 1e-36 quote, divided once at the end. Bounds: prices are uint96 and
/// the basis band is uint16 in 1e-4, so forwards stay below 2^99; a shock multiplies by less than 2^18; |quantity| <=
/// 2^128; with at most 128 calls a sum stays below 2^253. Hence the unchecked arithmetic.
library ScenarioGrid {
    uint256 private constant BPS = 10_000;
    uint256 private constant ONE_96 = 2 ** 96;
    /// @dev Five words.
    uint256 private constant SHOCK_SIZE = 160;
    /// @dev 1e-36 quote to WAD, and the basis points of a point's weight.
    uint256 private constant LOSS_SCALE = 1e18 * 10_000;

    /// @notice No move: the signed price.
    function unmoved() internal pure returns (Shock memory shock) {
        (shock.numerator, shock.denominator) = (1, 1);
    }

    /// @notice A move of the index from `price` to `end` at unchanged volatilities of each strike.
    function toPrice(uint256 price, uint256 end) internal pure returns (Shock memory shock) {
        shock.numerator = end;
        shock.denominator = price;
        shock.logFactor = Black76.logRatio96(end, price);
    }

    /// @notice The moves of a grid, for all underlyings; their logarithms are left to `atPoint`.
    /// @param words `PackedGrid`, its fields 24, 24 and 16 bits of the 64 of a point
    function ofGrid(uint256[] memory words) internal pure returns (Shock[] memory shocks) {
        uint256 count = PackedGrid.count(words);
        assembly ("memory-safe") {
            shocks := mload(64)
            mstore(shocks, count)
            let place := add(add(shocks, 32), shl(5, count))
            for { let i := 0 } lt(i, count) { i := add(i, 1) } {
                let packed := shr(shl(6, and(i, 3)), mload(add(add(words, 32), shl(5, shr(2, i)))))
                mstore(add(add(shocks, 32), shl(5, i)), place)
                let factor := add(BPS, signextend(2, packed))
                mstore(place, mul(factor, sgt(factor, 0)))
                mstore(add(place, 32), BPS)
                mstore(add(place, 64), 0)
                mstore(add(place, 96), sdiv(mul(signextend(2, shr(24, packed)), ONE_96), BPS))
                mstore(add(place, 128), and(shr(48, packed), 0xffff))
                place := add(place, SHOCK_SIZE)
            }
            mstore(64, place)
        }
    }

    /// @notice One move of a grid.
    /// @param packed as `PackedGrid.within` gives it, not 0
    function ofPoint(uint64 packed) internal pure returns (Shock memory) {
        uint256[] memory words = new uint256[](1);
        words[0] = packed;
        return ofGrid(words)[0];
    }

    /// @notice The book at a grid point.
    function atPoint(UnderlyingBook memory book, Shock memory shock)
        internal
        pure
        returns (Revaluation memory point)
    {
        if (shock.logFactor == 0) {
            shock.logFactor = Black76.logRatio96(shock.numerator, shock.denominator);
        }
        int256 slope;
        (point.bought, point.sold, slope) = _calls(book.calls, shock);
        point.volatilityShock = shock.volatilityShock;
        point.factorBps = shock.numerator;
        unchecked {
            point.value = linearAt(book, shock) + point.bought - point.sold;
            // a call on nothing has no slope
            if (shock.numerator != 0) point.slopePerBps = slope / int256(shock.numerator);
        }
    }

    /// @notice Value of all legs after a shock, in 1e-36 quote; entry values left out.
    function valueAt(UnderlyingBook memory book, Shock memory shock) internal pure returns (int256) {
        // slither-disable-next-line unused-return no slope needed
        (int256 bought, int256 sold,) = _calls(book.calls, shock);
        unchecked {
            return linearAt(book, shock) + bought - sold;
        }
    }

    /// @notice Value of what is not a call after a shock, in 1e-36 quote.
    function linearAt(UnderlyingBook memory book, Shock memory shock) internal pure returns (int256) {
        unchecked {
            return book.fixedValue + book.linear * int256(shock.numerator) / int256(shock.denominator);
        }
    }

    /// @return bought @return sold values, at least 0 @return slope what those bought gain per relative move
    function _calls(uint256[] memory calls, Shock memory shock)
        private
        pure
        returns (int256 bought, int256 sold, int256 slope)
    {
        (uint256 place, uint256 end) = CallList.range(calls);
        unchecked {
            for (; place != end; place += CallList.SIZE) {
                (uint256 forward, uint256 strike, uint256 distance, uint256 half) =
                    CallList.shockedAt(place, shock);
                // slither-disable-next-line unused-return no density needed
                (uint256 price, uint256 delta,) = Black76.callAt(forward, strike, distance, half);
                int256 quantity = CallList.quantityAt(place);
                if (quantity > 0) {
                    bought += quantity * int256(price);
                    slope += quantity * int256(delta);
                } else {
                    sold -= quantity * int256(price);
                }
            }
        }
    }

    /// @notice A loss in 1e-36 as it counts: weighted, WAD, rounded up, at least 0.
    function weighted(int256 loss, Shock memory shock) internal pure returns (uint256) {
        if (loss <= 0) return 0;
        return FixedPointMathLib.fullMulDivUp(uint256(loss), shock.weightBps, LOSS_SCALE);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {Revaluation, Shock, UnderlyingBook} from "../types/Book.sol";
import {ScenarioGrid} from "./ScenarioGrid.sol";

/// @title The worst point of a grid, without repricing the points that cannot be it
/// @notice A call's price is convex in its forward, rises with it by at most its rise, and rises with volatility. So, from
/// points already repriced, the calls bought at another point are worth
///   at least each tangent of a point with no more volatility,
/// and the calls sold
///   at most the chord between two neighbours with no less volatility; beyond the last one, what that one says plus the
///   whole rise of the forwards; below the first one, what that one says.
/// A point whose loss so bounded is not above the worst so far is not repriced. The result is that of repricing all
/// points, to the error of the prices. Points are taken in their order: a grid that begins with its extremes leaves
/// least to do.
library WorstPoint {
    uint256 private constant NONE = type(uint256).max;
    /// @dev Below it a loss in 1e-36 times a weight fits; above, a point is simply repriced.
    int256 private constant MOST_COMPARED = 2 ** 240;
    /// @dev 1e-36 quote to WAD, and the basis points of a point's weight.
    uint256 private constant LOSS_SCALE = 1e18 * 10_000;

    /// @notice The worst weighted loss and the point that makes it; 0 and point 0 without any loss.
    /// @param start the book at the signed price
    function worstLoss(UnderlyingBook memory book, Revaluation memory start, Shock[] memory shocks)
        internal
        pure
        returns (uint256 worst, uint256 worstPoint)
    {
        Revaluation[] memory known = _createWith(start, shocks.length);
        for (uint256 i; i < shocks.length; ++i) {
            Shock memory shock = shocks[i];
            if (_isBelow(book, known, shock, worst)) continue;
            Revaluation memory point = ScenarioGrid.atPoint(book, shock);
            _append(known, point);
            uint256 loss = ScenarioGrid.weighted(start.value - point.value, shock);
            if (loss > worst) (worst, worstPoint) = (loss, i);
        }
    }

    /// @dev A list that begins with `first` and has room for `more`.
    function _createWith(Revaluation memory first, uint256 more)
        private
        pure
        returns (Revaluation[] memory list)
    {
        assembly ("memory-safe") {
            list := mload(64)
            mstore(64, add(list, shl(5, add(more, 2))))
            mstore(list, 1)
            mstore(add(list, 32), first)
        }
    }

    function _append(Revaluation[] memory list, Revaluation memory point) private pure {
        assembly ("memory-safe") {
            let count := add(mload(list), 1)
            mstore(list, count)
            mstore(add(list, shl(5, count)), point)
        }
    }

    /// @dev Whether the weighted loss is at most `worst`, as far as bounds tell; no where nothing bounds it. `known[0]` is the
    /// start.
    function _isBelow(
        UnderlyingBook memory book,
        Revaluation[] memory known,
        Shock memory shock,
        uint256 worst
    ) private pure returns (bool) {
        (int256 bought, uint256 left, int256 soldLeft, uint256 right, int256 soldRight) = _bound(known, shock);
        if (left == 0 && right == NONE) return false;
        unchecked {
            int256 sold = _mostSold(book, shock.numerator, left, soldLeft, right, soldRight);
            int256 loss = known[0].value - ScenarioGrid.linearAt(book, shock) - bought + sold;
            if (loss <= 0) return true;
            return loss < MOST_COMPARED && uint256(loss) * shock.weightBps <= worst * LOSS_SCALE;
        }
    }

    /// @dev In one pass over the repriced points. Factors are in basis points of the index, below 2^18, so that nothing reaches 2^253.
    /// @return bought what the calls bought are worth at least: the highest tangent, at least 0, of the points with no more
    /// volatility, max(bought + slopePerBps x (factor - point's factor))
    /// @return left the factor of the nearest point with no less volatility at or below this one, 0 where there is none
    /// @return soldLeft what the calls sold are worth there; of several points at one factor the least
    /// @return right the same above this one, NONE where there is none
    /// @return soldRight and there
    function _bound(Revaluation[] memory known, Shock memory shock)
        private
        pure
        returns (int256 bought, uint256 left, int256 soldLeft, uint256 right, int256 soldRight)
    {
        assembly ("memory-safe") {
            let factor := mload(shock)
            let volatility := mload(add(shock, 96))
            right := not(0) // NONE
            let next := add(known, 32)
            for { let end := add(next, shl(5, mload(known))) } lt(next, end) { next := add(next, 32) } {
                let point := mload(next)
                let place := mload(point)
                let above := sub(mload(add(point, 32)), volatility)
                if iszero(sgt(above, 0)) {
                    let tangent := add(mload(add(point, 96)), mul(mload(add(point, 160)), sub(factor, place)))
                    if sgt(tangent, bought) { bought := tangent }
                    if above { continue }
                }
                switch gt(place, factor)
                case 0 {
                    if lt(place, left) { continue }
                    let sold := mload(add(point, 128))
                    if or(gt(place, left), slt(sold, soldLeft)) {
                        left := place
                        soldLeft := sold
                    }
                }
                default {
                    if gt(place, right) { continue }
                    let sold := mload(add(point, 128))
                    if or(lt(place, right), slt(sold, soldRight)) {
                        right := place
                        soldRight := sold
                    }
                }
            }
        }
    }

    /// @dev Dividing before multiplying keeps everything below 2^253 and costs 1e-31 quote at most.
    function _mostSold(
        UnderlyingBook memory book,
        uint256 factor,
        uint256 left,
        int256 soldLeft,
        uint256 right,
        int256 soldRight
    ) private pure returns (int256) {
        unchecked {
            if (left == 0) return soldRight;
            int256 moved = int256(factor - left);
            if (right == NONE) return soldLeft + book.soldForwardPerBps * moved;
            // slither-disable-next-line divide-before-multiply see above
            return soldLeft + (soldRight - soldLeft) / int256(right - left) * moved;
        }
    }
}

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
    /// @dev What bounds the calls at a point, in this order in memory: `bought` from below; those sold from the repriced
    /// points next to it, at or below its factor and above it, whose factor is 0, or NONE, where there is none. Of several at one
    /// factor the least.
    struct Bounds {
        int256 bought;
        uint256 left;
        int256 soldLeft;
        uint256 right;
        int256 soldRight;
    }

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
        Bounds memory bounds;
        for (uint256 i; i < shocks.length; ++i) {
            Shock memory shock = shocks[i];
            if (_isBelow(book, known, shock, bounds, worst)) continue;
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
        Bounds memory bounds,
        uint256 worst
    ) private pure returns (bool) {
        _bound(bounds, known, shock);
        if (bounds.left == 0 && bounds.right == NONE) return false;
        unchecked {
            int256 least = ScenarioGrid.linearAt(book, shock) + bounds.bought - _mostSold(book, bounds, shock);
            int256 loss = known[0].value - least;
            if (loss <= 0) return true;
            return loss < MOST_COMPARED && uint256(loss) * shock.weightBps <= worst * LOSS_SCALE;
        }
    }

    /// @dev In one pass over the repriced points. Bought: the highest tangent, at least 0, of those with no more volatility,
    /// max(bought + slopePerBps x (factor - point's factor)). Sold: of those with no less volatility the nearest on either
    /// side, and of several at one factor the least. Factors are in basis points of the index, below 2^18, so that
    /// nothing reaches 2^253.
    function _bound(Bounds memory bounds, Revaluation[] memory known, Shock memory shock) private pure {
        assembly ("memory-safe") {
            let factor := mload(shock)
            let volatility := mload(add(shock, 96))
            let highest := 0
            let left := 0
            let soldLeft := 0
            let right := not(0) // NONE
            let soldRight := 0
            let next := add(known, 32)
            for { let end := add(next, shl(5, mload(known))) } lt(next, end) { next := add(next, 32) } {
                let point := mload(next)
                let place := mload(point)
                let above := sub(mload(add(point, 32)), volatility)
                if iszero(sgt(above, 0)) {
                    let tangent := add(mload(add(point, 96)), mul(mload(add(point, 160)), sub(factor, place)))
                    if sgt(tangent, highest) { highest := tangent }
                    if above { continue }
                }
                let sold := mload(add(point, 128))
                switch gt(place, factor)
                case 0 {
                    if iszero(lt(place, left)) {
                        if or(gt(place, left), slt(sold, soldLeft)) {
                            left := place
                            soldLeft := sold
                        }
                    }
                }
                default {
                    if iszero(gt(place, right)) {
                        if or(lt(place, right), slt(sold, soldRight)) {
                            right := place
                            soldRight := sold
                        }
                    }
                }
            }
            mstore(bounds, highest)
            mstore(add(bounds, 32), left)
            mstore(add(bounds, 64), soldLeft)
            mstore(add(bounds, 96), right)
            mstore(add(bounds, 128), soldRight)
        }
    }

    /// @dev Dividing before multiplying keeps everything below 2^253 and costs 1e-31 quote at most.
    function _mostSold(UnderlyingBook memory book, Bounds memory bounds, Shock memory shock)
        private
        pure
        returns (int256)
    {
        unchecked {
            if (bounds.left == 0) return bounds.soldRight;
            int256 moved = int256(shock.numerator - bounds.left);
            if (bounds.right == NONE) return bounds.soldLeft + book.soldForwardPerBps * moved;
            int256 gap = int256(bounds.right - bounds.left);
            // slither-disable-next-line divide-before-multiply see above
            return bounds.soldLeft + (bounds.soldRight - bounds.soldLeft) / gap * moved;
        }
    }
}

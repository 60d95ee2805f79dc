// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {UnderlyingBook} from "../types/Book.sol";
import {CallList} from "./CallList.sol";

/// @title Worst losses of several underlyings, summed, less what cannot be lost on all of them at once
/// @notice With L_u the loss of underlying u, A the underlyings that are linear (perpetuals alone), s_u the sign of their delta
/// and R the correlations of spot moves in the covariance:
///   sum of L_u outside of A + max(sqrt(sum over A of max(0, s_u s_v R_uv) L_u L_v), sum over A of (1 - offset_u) L_u).
/// Why that is enough: the sum takes the worst corner of the box of all grid moves. For linear books the root, with s_u s_v R_uv
/// itself, is their worst loss over the ellipsoid that has the correlations R and touches every side of this box; what is below
/// zero there, the hedge of a long by a correlated short, is left out. With an option the loss of a small move can be that of a
/// large one, and moves in all underlyings that the ellipsoid allows at once could take all of it: hence linear books only.
/// Monotone: no L_u that rises lowers the result, so that of any witnesses' losses it is a lower bound of that of the worst.
library LossOffset {
    uint256 private constant WAD = 1e18;
    uint256 private constant BPS = 10_000;
    /// @dev 1.3e18 quote: above, nothing is offset, so that no product overflows.
    uint256 private constant MOST = 2 ** 120;

    /// @notice A book with an offset of 0 takes no part.
    /// @param side whether its delta is negative
    /// @param loss at a grid point or the worst of them, WAD
    struct Part {
        uint16 underlying;
        bool side;
        uint256 offsetBps;
        uint256 loss;
    }

    /// @notice A book's part, its loss left open: none with an option, nor where the underlying has no offset.
    function partOf(UnderlyingBook memory book) internal pure returns (Part memory part) {
        (uint256 place, uint256 end) = CallList.range(book.calls);
        (part.underlying, part.side) = (book.underlying, book.linear < 0);
        if (place == end) part.offsetBps = book.terms.offsetBps;
    }

    /// @notice Whether anything may be offset, so that the covariance is needed.
    function applies(Part[] memory parts) internal pure returns (bool) {
        uint256 count;
        for (uint256 i; i < parts.length; ++i) {
            if (parts[i].offsetBps != 0) ++count;
        }
        return count > 1;
    }

    /// @param covariance by rows; its size says how many underlyings it covers
    function combined(Part[] memory parts, int256[] memory covariance) internal pure returns (uint256 total) {
        uint256 size = FixedPointMathLib.sqrt(covariance.length);
        uint256 squares;
        uint256 linear;
        uint256 least;
        for (uint256 i; i < parts.length; ++i) {
            uint256 loss = parts[i].loss;
            total += loss;
            if (!_takesPart(parts[i], size)) continue;
            linear += loss;
            least += FixedPointMathLib.divUp(loss * (BPS - parts[i].offsetBps), BPS);
            squares += loss * _correlated(parts, covariance, i);
        }
        if (linear == 0) return total;
        uint256 root = FixedPointMathLib.sqrt(squares);
        if (root * root < squares) ++root;
        uint256 joint = FixedPointMathLib.max(root, least);
        if (joint < linear) total -= linear - joint;
    }

    /// @dev Sum over v of max(0, s_i s_v R_iv) L_v, rounded up: below 2^123.
    function _correlated(Part[] memory parts, int256[] memory covariance, uint256 i)
        private
        pure
        returns (uint256 row)
    {
        uint256 size = FixedPointMathLib.sqrt(covariance.length);
        for (uint256 v; v < parts.length; ++v) {
            if (!_takesPart(parts[v], size)) continue;
            uint256 correlation = _correlation(parts[i], parts[v], covariance, size);
            row += FixedPointMathLib.divUp(parts[v].loss * correlation, WAD);
        }
    }

    /// @dev max(0, s_a s_b R_ab), WAD, rounded up.
    function _correlation(Part memory a, Part memory b, int256[] memory covariance, uint256 size)
        private
        pure
        returns (uint256)
    {
        (uint256 row, uint256 column) = (2 * uint256(a.underlying - 1), 2 * uint256(b.underlying - 1));
        int256 entry = covariance[row * size + column];
        if (a.side != b.side) entry = -entry;
        if (entry <= 0) return 0;
        // variances are positive and below 2^64
        uint256 product = uint256(covariance[row * (size + 1)]) * uint256(covariance[column * (size + 1)]);
        return FixedPointMathLib.min(
            WAD, FixedPointMathLib.divUp(uint256(entry) * WAD, FixedPointMathLib.sqrt(product))
        );
    }

    function _takesPart(Part memory part, uint256 size) private pure returns (bool) {
        return part.offsetBps != 0 && part.underlying <= size / 2 && part.loss <= MOST;
    }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Revaluation, UnderlyingBook} from "../types/Book.sol";
import {Black76} from "./Black76.sol";
import {CallList} from "./CallList.sol";
import {DeltaGammaVega} from "./DeltaGammaVega.sol";

/// @title Money sensitivities of an underlying's legs
/// @notice Per leg of quantity q: delta q dV/dF F, gamma q F pdf(d1) / max(s, horizon deviation), vega q dV/dsigma
/// sigma w(T). With F = index x (1 + basis), F x dV/dF is the money made per relative move of the index. WAD, rounded
/// toward zero. Gamma is q d2V/dF2 F^2 with the option's deviation s = sigma sqrt(T) held at the deviation of
/// the spot move over the margin horizon or above: a quadratic cannot describe a kink narrower than the move it is
/// integrated over, and 1/s has no bound near expiry.
library Exposures {
    int256 private constant WAD = 1e18;
    int256 private constant BPS = 10_000;
    /// @dev Keeps the sum of 128 quantities (2^128) x unit sensitivity inside int256; 6e17 quote per unit.
    uint256 private constant MOST_PER_UNIT = 2 ** 119;

    /// @notice Money per relative move, WAD and saturated; the book at the signed price; its delta in 1e-36.
    struct Sums {
        int256 delta;
        int256 gamma;
        int256 vega;
        int256 exactDelta;
        Revaluation start;
    }

    /// @notice Sums over the whole book; writes `soldForwardPerBps`.
    /// @param horizonDeviation of the underlying's relative spot move, WAD
    function ofBook(UnderlyingBook memory book, uint256 horizonDeviation)
        internal
        pure
        returns (Sums memory sums)
    {
        (uint256 place, uint256 end) = CallList.range(book.calls);
        uint256 leastHalf = Black76.halfOf(horizonDeviation);
        Revaluation memory start = sums.start;
        unchecked {
            for (; place != end; place += CallList.SIZE) {
                _add(sums, start, book, place, leastHalf);
            }
            start.factorBps = uint256(BPS);
            start.value = book.fixedValue + book.linear + start.bought - start.sold;
            start.slopePerBps /= BPS;
            book.soldForwardPerBps /= BPS;
            sums.exactDelta += book.linear;
        }
        sums.delta = DeltaGammaVega.saturate(sums.exactDelta / WAD);
        sums.gamma = DeltaGammaVega.saturate(sums.gamma / WAD);
        sums.vega = DeltaGammaVega.saturate(sums.vega / WAD);
    }

    /// @notice Value and delta alone, as `ofBook` has them, into empty sums.
    function addValue(Sums memory sums, UnderlyingBook memory book) internal pure {
        (uint256 place, uint256 end) = CallList.range(book.calls);
        (int256 value, int256 delta) = (book.fixedValue, book.linear);
        unchecked {
            value += delta;
            for (; place != end; place += CallList.SIZE) {
                // slither-disable-next-line unused-return no density needed
                (uint256 price, uint256 money,) = CallList.priceAt(place);
                int256 quantity = CallList.quantityAt(place);
                value += quantity * int256(price);
                delta += quantity * int256(money);
            }
        }
        (sums.start.value, sums.exactDelta) = (value, delta);
        sums.delta = DeltaGammaVega.saturate(delta / WAD);
    }

    function _add(
        Sums memory sums,
        Revaluation memory start,
        UnderlyingBook memory book,
        uint256 place,
        uint256 leastHalf
    ) private pure {
        (uint256 price, uint256 money, uint256 weighted) = CallList.priceAt(place);
        int256 quantity = CallList.quantityAt(place);
        unchecked {
            int256 delta = quantity * int256(money);
            sums.exactDelta += delta;
            if (quantity > 0) {
                start.bought += quantity * int256(price);
                start.slopePerBps += delta;
            } else {
                start.sold -= quantity * int256(price);
                book.soldForwardPerBps -= quantity * int256(CallList.forwardAt(place));
            }
            if (weighted == 0) return;
            // weighted < 2^98; it is not 0 only with half >= 2^65
            (uint256 half, uint256 perShock) = CallList.shapeAt(place);
            uint256 gamma = (weighted << 95) / (half > leastHalf ? half : leastHalf);
            uint256 vega = weighted * perShock >> 95;
            sums.gamma += quantity * int256(gamma < MOST_PER_UNIT ? gamma : MOST_PER_UNIT);
            sums.vega += quantity * int256(vega < MOST_PER_UNIT ? vega : MOST_PER_UNIT);
        }
    }
}

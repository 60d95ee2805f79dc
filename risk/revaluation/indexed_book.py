"""Book risk from a `ScenarioIndex`: leaves that cannot hold one of an account's worst outcomes stay unread.

The kept outcomes are those of a full sort, to the bit: profits are added leg by leg in the order of the
row, as in the plain kernel, and a leaf is passed over only when its lower bound, loosened by what rounding
can do, is not below a value that `kept` outcomes already found lie at or below.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from risk.arrays import FloatArray
from risk.compilation import compiled
from risk.revaluation.instrument_rows import ProfitAndLoss
from risk.revaluation.leaf_fit import LEAF, MOST_LEGS
from risk.revaluation.tail_selection import kept_outcomes, least_ascending, select, summarise, tail_spread

__all__ = ["measure_indexed_book"]

_TOGETHER: Final = (
    512  # accounts that share one reading of a leaf: each of its lines is then read several times
)
_ROOM: Final = 4  # outcomes gathered, in multiples of those kept, before the bound is tightened


@compiled
def measure_indexed_book(
    blocks: ProfitAndLoss,
    sizes: NDArray[np.int64],
    affine: ProfitAndLoss,
    group: NDArray[np.int64],
    groups: int,
    row_start: NDArray[np.int64],
    instrument: NDArray[np.int64],
    quantity: ProfitAndLoss,
    first_bound: ProfitAndLoss,
    expected: float,
    results: FloatArray,
) -> None:
    """results (4, accounts) as the fields of `BookRisk`; first_bound (accounts,) infinite where there is
    none."""
    leaves, scenarios = sizes.size, sizes.sum()
    spread, kept = tail_spread(expected, scenarios), kept_outcomes(expected, scenarios)
    together = min(_TOGETHER, results.shape[1])
    lower: ProfitAndLoss = np.empty((together, leaves), dtype=blocks.dtype)
    worst: ProfitAndLoss = np.empty((together, _ROOM * kept + LEAF), dtype=blocks.dtype)
    bounds: ProfitAndLoss = np.empty((together, 1), dtype=blocks.dtype)
    counts = np.empty(together, dtype=np.int64)
    slack: ProfitAndLoss = np.empty(leaves, dtype=blocks.dtype)
    slopes: ProfitAndLoss = np.empty((groups * (affine.shape[1] - 2), leaves), dtype=blocks.dtype)
    sums: ProfitAndLoss = np.empty(LEAF, dtype=blocks.dtype)
    for first in range(0, results.shape[1], _TOGETHER):
        starts = row_start[first : min(first + _TOGETHER, results.shape[1]) + 1]
        for j in range(starts.size - 1):
            rows, quantities = instrument[starts[j] : starts[j + 1]], quantity[starts[j] : starts[j + 1]]
            _lower_bounds(affine, group, rows, quantities, lower[j], slopes, slack)
            counts[j], bounds[j, 0] = 0, first_bound[first + j]
            if not bounds[j, 0] < np.inf:
                counts[j] = _read_lowest(
                    blocks, sizes, lower[j], rows, quantities, kept, bounds[j], sums, worst[j]
                )
        _read_together(blocks, sizes, starts, instrument, quantity, lower, kept, bounds, sums, worst, counts)
        for j in range(starts.size - 1):
            if counts[j] < kept:  # the first bound was too low
                rows, quantities = instrument[starts[j] : starts[j + 1]], quantity[starts[j] : starts[j + 1]]
                counts[j] = _read_lowest(
                    blocks, sizes, lower[j], rows, quantities, kept, bounds[j], sums, worst[j]
                )
                counts[j] = _read_below(
                    blocks, sizes, lower[j], rows, quantities, kept, counts[j], bounds[j], sums, worst[j]
                )
            least_ascending(worst[j], counts[j], kept)
            summarise(worst[j, :kept], expected, spread, scenarios, results[:, first + j])


@compiled
def _read_together(
    blocks: ProfitAndLoss,
    sizes: NDArray[np.int64],
    starts: NDArray[np.int64],
    instrument: NDArray[np.int64],
    quantity: ProfitAndLoss,
    lower: ProfitAndLoss,
    kept: int,
    bounds: ProfitAndLoss,
    sums: ProfitAndLoss,
    worst: ProfitAndLoss,
    counts: NDArray[np.int64],
) -> None:
    """`_read_below` of many accounts, leaf by leaf: a leaf's profits stay in a near cache while they are read."""
    for leaf in range(sizes.size):
        for j in range(starts.size - 1):
            if lower[j, leaf] < bounds[j, 0]:
                rows, quantities = instrument[starts[j] : starts[j + 1]], quantity[starts[j] : starts[j + 1]]
                counts[j] = _read_leaf(
                    blocks[leaf], sizes[leaf], rows, quantities, bounds[j], sums, worst[j], counts[j]
                )
                if counts[j] > _ROOM * kept:
                    select(worst[j], counts[j], kept)
                    bounds[j, 0] = worst[j, kept - 1]
                    counts[j] = kept


@compiled
def _lower_bounds(
    affine: ProfitAndLoss,
    group: NDArray[np.int64],
    rows: NDArray[np.int64],
    quantity: ProfitAndLoss,
    lower: ProfitAndLoss,
    slopes: ProfitAndLoss,
    slack: ProfitAndLoss,
) -> None:
    """lower[leaf] becomes a value that no outcome of the leaf lies below; minus infinity where none is
    known.

    Products below the smallest normal number lose it whole, fewer than 2^20 such losses each below 2^-22 of
    it: hence the last subtraction. A sum that overflows ends in minus infinity.
    """
    lower[:], slopes[:], slack[:] = 0.0, 0.0, 0.0
    factors = affine.shape[1] - 2
    for k in range(rows.size):
        lines, amount = affine[rows[k]], quantity[k]
        _add_scaled(lower, amount, lines[0])
        _add_scaled(slack, abs(amount), lines[factors + 1])
        for f in range(factors):
            _add_scaled(slopes[group[rows[k]] * factors + f], amount, lines[1 + f])
    for f in range(slopes.shape[0]):
        for leaf in range(lower.size):
            slack[leaf] += abs(slopes[f, leaf])
    known = rows.size <= MOST_LEGS
    tiny = np.finfo(lower.dtype).tiny
    for leaf in range(lower.size):
        least = (lower[leaf] - slack[leaf]) - tiny
        lower[leaf] = least if known and least < np.inf else -np.inf


@compiled
def _add_scaled(total: ProfitAndLoss, amount: float, line: ProfitAndLoss) -> None:
    for i in range(total.size):
        total[i] += amount * line[i]


@compiled
def _read_lowest(
    blocks: ProfitAndLoss,
    sizes: NDArray[np.int64],
    lower: ProfitAndLoss,
    rows: NDArray[np.int64],
    quantity: ProfitAndLoss,
    kept: int,
    bound: ProfitAndLoss,
    sums: ProfitAndLoss,
    worst: ProfitAndLoss,
) -> int:
    """Reads the leaves of least lower bound, until some multiple of `kept` outcomes are found, and sets
    `bound` from these.

    A leaf read is marked by an infinite lower bound. Returns how many outcomes `worst` holds.
    """
    count, unread = 0, sizes.size
    bound[0] = np.inf
    while unread > 0 and count < _ROOM * kept:
        lowest = 0
        for leaf in range(lower.size):
            lowest = leaf if lower[leaf] < lower[lowest] else lowest
        lower[lowest] = np.inf
        unread -= 1
        count = _read_leaf(blocks[lowest], sizes[lowest], rows, quantity, bound, sums, worst, count)
    select(worst, count, kept)
    bound[0] = worst[kept - 1]
    return kept


@compiled
def _read_below(
    blocks: ProfitAndLoss,
    sizes: NDArray[np.int64],
    lower: ProfitAndLoss,
    rows: NDArray[np.int64],
    quantity: ProfitAndLoss,
    kept: int,
    count: int,
    bound: ProfitAndLoss,
    sums: ProfitAndLoss,
    worst: ProfitAndLoss,
) -> int:
    """Adds to worst[:count] every outcome below `bound` of the leaves that may hold one; tightens the bound
    as `worst` fills.

    Returns how many it holds then.
    """
    for leaf in range(lower.size):
        if lower[leaf] < bound[0]:
            count = _read_leaf(blocks[leaf], sizes[leaf], rows, quantity, bound, sums, worst, count)
            if count > _ROOM * kept:
                select(worst, count, kept)
                bound[0] = worst[kept - 1]
                count = kept
    return count


@compiled
def _read_leaf(
    block: ProfitAndLoss,
    size: int,
    rows: NDArray[np.int64],
    quantity: ProfitAndLoss,
    bound: ProfitAndLoss,
    sums: ProfitAndLoss,
    worst: ProfitAndLoss,
    count: int,
) -> int:
    """Appends the leaf's outcomes below bound[0] to worst[:count]. Returns the new count."""
    _accumulate(block, rows, quantity, sums)
    limit = bound[0]
    found = 0
    for s in range(LEAF):
        found += sums[s] < limit
    if found:
        for s in range(size):
            worst[count] = sums[s]
            count += sums[s] < limit
    return count


@compiled
def _accumulate(
    block: ProfitAndLoss, rows: NDArray[np.int64], quantity: ProfitAndLoss, sums: ProfitAndLoss
) -> None:
    """sums[s] = sum_i quantity[i] block[rows[i], s], added in order, four instruments a pass."""
    sums[:] = 0.0
    whole = rows.size - rows.size % 4
    for i in range(0, whole, 4):
        p0, p1, p2, p3 = block[rows[i]], block[rows[i + 1]], block[rows[i + 2]], block[rows[i + 3]]
        q0, q1, q2, q3 = quantity[i], quantity[i + 1], quantity[i + 2], quantity[i + 3]
        for s in range(LEAF):
            sums[s] = sums[s] + q0 * p0[s] + q1 * p1[s] + q2 * p2[s] + q3 * p3[s]
    for i in range(whole, rows.size):
        p, q = block[rows[i]], quantity[i]
        for s in range(LEAF):
            sums[s] += q * p[s]

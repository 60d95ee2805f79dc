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
    lower: ProfitAndLoss = np.empty(leaves, dtype=blocks.dtype)
    slack: ProfitAndLoss = np.empty(leaves, dtype=blocks.dtype)
    slopes: ProfitAndLoss = np.empty((groups * (affine.shape[1] - 2), leaves), dtype=blocks.dtype)
    worst: ProfitAndLoss = np.empty(_ROOM * kept + LEAF, dtype=blocks.dtype)
    sums: ProfitAndLoss = np.empty(LEAF, dtype=blocks.dtype)
    bound: ProfitAndLoss = np.empty(1, dtype=blocks.dtype)
    for account in range(results.shape[1]):
        start, stop = row_start[account], row_start[account + 1]
        rows, quantities = instrument[start:stop], quantity[start:stop]
        _lower_bounds(affine, group, rows, quantities, lower, slopes, slack)
        bound[0] = first_bound[account]
        count = 0
        if bound[0] < np.inf:
            count = _read_below(blocks, sizes, lower, rows, quantities, kept, 0, bound, sums, worst)
        if count < kept:
            bound[0] = np.inf
            count = _read_lowest(blocks, sizes, lower, rows, quantities, kept, bound, sums, worst)
            count = _read_below(blocks, sizes, lower, rows, quantities, kept, count, bound, sums, worst)
        least_ascending(worst, count, kept)
        summarise(worst[:kept], expected, spread, scenarios, results[:, account])


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

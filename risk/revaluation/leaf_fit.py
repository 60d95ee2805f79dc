"""Profits gathered by leaf, and each instrument's affine fit over each leaf, in one pass over the matrix."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from risk.arrays import FloatArray
from risk.compilation import compiled
from risk.revaluation.instrument_rows import ProfitAndLoss

__all__ = ["LEAF", "MOST_LEGS", "fill_leaves"]

LEAF: Final = 64  # scenarios: one instrument's leaf is four cache lines in single precision
MOST_LEGS: Final = 128  # accounts of more legs read every leaf


@compiled
def fill_leaves(
    matrix: ProfitAndLoss,
    order: NDArray[np.int64],
    sizes: NDArray[np.int64],
    group: NDArray[np.int64],
    designs: FloatArray,
    solvers: FloatArray,
    rounding: float,
    blocks: ProfitAndLoss,
    affine: ProfitAndLoss,
) -> None:
    """Fills `blocks` and `affine` as `ScenarioIndex` describes them.

    designs: (groups, leaves, 1 + factors, LEAF) one and the places z. solvers: the designs' pseudo-inverses,
    same shape. A row of the matrix stays in a near cache while its leaves are picked from it.
    """
    line, profits = np.empty(designs.shape[2]), np.empty(LEAF)
    for i in range(matrix.shape[0]):
        first = 0
        for leaf in range(sizes.size):
            size = sizes[leaf]
            for s in range(size):
                blocks[leaf, i, s] = matrix[i, order[first + s]]
                profits[s] = matrix[i, order[first + s]]
            _least_squares(profits[:size], solvers[group[i], leaf], line)
            slack = _centred(profits[:size], designs[group[i], leaf], line, rounding)
            for f in range(line.size):
                affine[i, f, leaf] = line[f]
            affine[i, line.size, leaf] = slack
            first += size


@compiled
def _least_squares(profits: FloatArray, solver: FloatArray, line: FloatArray) -> None:
    line[:] = 0.0
    for s in range(profits.size):
        for f in range(line.size):
            line[f] += solver[f, s] * profits[s]


@compiled
def _centred(profits: FloatArray, design: FloatArray, line: FloatArray, rounding: float) -> float:
    """Moves line[0] to the middle of the errors. Returns their half range with room for rounding."""
    above, below, largest = -np.inf, np.inf, 0.0
    for s in range(profits.size):
        error = profits[s]
        for f in range(line.size):
            error -= line[f] * design[f, s]
        above, below = max(above, error), min(below, error)
        largest = max(largest, abs(profits[s]))
    line[0] += 0.5 * above + 0.5 * below
    half = 0.5 * above - 0.5 * below
    size = half + largest
    for f in range(line.size):
        size += abs(line[f])
    return half + rounding * size

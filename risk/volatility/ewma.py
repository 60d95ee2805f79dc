"""Exponentially weighted variance."""

import math

import numpy as np
from numpy.typing import ArrayLike

from risk._checks import finite_array
from risk.arrays import FloatArray
from risk.compilation import compiled
from risk.errors import InvalidInput, NotEnoughObservations

__all__ = ["ewma_variance"]


def ewma_variance(*, returns: ArrayLike, decay: float, initial_variance: float | None = None) -> FloatArray:
    """h_{t+1} = decay h_t + (1 - decay) r_t^2 (RiskMetrics 1996: 0.94 daily, 0.97 monthly).

    Shapes: returns (T,) of zero mean per step, output (T + 1,): element t is known before return t, the
    last is the forecast of the next step. h_0 is `initial_variance`, or the mean square of all returns.
    Raises InvalidInput for a decay outside (0, 1), a negative initial variance, or returns that are not
    finite; NotEnoughObservations if empty.
    """
    moves = finite_array(name="returns", values=returns, dimensions=1)
    if not 0.0 < decay < 1.0:
        raise InvalidInput(f"decay must lie inside (0, 1), for example 0.94, got {decay!r}")
    if moves.size == 0:
        raise NotEnoughObservations("ewma_variance needs at least 1 return, got 0")
    start = float(np.mean(moves**2)) if initial_variance is None else float(initial_variance)
    if not (math.isfinite(start) and start >= 0.0):
        raise InvalidInput(f"initial_variance must be non-negative and finite, got {start!r}")
    return _ewma_path(moves, decay, start)


@compiled
def _ewma_path(moves: FloatArray, decay: float, start: float) -> FloatArray:
    path = np.empty(moves.size + 1)
    path[0] = start
    for t in range(moves.size):
        path[t + 1] = decay * path[t] + (1.0 - decay) * moves[t] * moves[t]
    return path

"""Dynamic conditional correlation, DCC(1,1) with correlation targeting, in two steps.

Engle (2002): with z_t the residuals standardised by each column's own GARCH, C the sample correlation of z,
Q_t = (1 - a - b) C + a z_{t-1} z_{t-1}' + b Q_{t-1}, Q_0 = C, R_t = diag(Q_t)^(-1/2) Q_t diag(Q_t)^(-1/2).
Second step: maximise -(1/2) sum_t (ln |R_t| + z_t' R_t^-1 z_t - z_t' z_t) over a, b >= 0, a + b < 1.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from risk._checks import finite_array
from risk.arrays import FloatArray
from risk.compilation import compiled
from risk.errors import ConvergenceError, InvalidInput, NotEnoughObservations

__all__ = ["DynamicCorrelation", "correlation_path", "fit_dynamic_correlation"]

MINIMUM_OBSERVATIONS: Final = 100
_MAXIMUM_PERSISTENCE: Final = 0.9999
# (a + b, a / (a + b)); the second is the floor where correlation does not move.
_STARTS: Final = ((0.97, 0.03), (0.9, 0.1), (0.5, 0.1))


@dataclass(frozen=True, slots=True, eq=False)
class DynamicCorrelation:
    """a, b; `correlations` (T, n, n), each known before its row; `next_correlation` (n, n); the correlation part
    of the log-likelihood."""

    news: float
    decay: float
    correlations: FloatArray
    next_correlation: FloatArray
    log_likelihood: float


def fit_dynamic_correlation(*, residuals: ArrayLike) -> DynamicCorrelation:
    """Second step on residuals z (T, n), each column of variance about 1, T >= 100, n >= 2.

    The first step is `fit_garch` or `fit_gjr` by column. Raises NotEnoughObservations, InvalidInput for values
    not finite or columns that are linear combinations of each other, ConvergenceError.
    """
    rows = finite_array(name="residuals", values=residuals, dimensions=2)
    if rows.shape[0] < MINIMUM_OBSERVATIONS or rows.shape[1] < 2:
        raise NotEnoughObservations(f"DCC needs {MINIMUM_OBSERVATIONS} rows of 2 factors, got {rows.shape}")
    target = _target(rows)

    def loss(point: FloatArray) -> float:
        total = _likelihood(rows, target, point[0] * point[1], point[0] * (1.0 - point[1]))
        return float(-total / rows.shape[0])

    runs = [
        optimize.minimize(
            loss, start, method="L-BFGS-B", bounds=_BOUNDS, jac="3-point", options={"ftol": 1e-14}
        )
        for start in _STARTS
    ]
    best = min(runs, key=lambda run: float(run.fun))
    free = np.clip(best.x - best.jac, *np.transpose(_BOUNDS)) - best.x
    if not (np.isfinite(best.fun) and np.abs(free).max() <= 1e-3):
        raise ConvergenceError(f"DCC search stopped at {best.x} with gradient {best.jac}")
    news, decay = float(best.x[0] * best.x[1]), float(best.x[0] * (1.0 - best.x[1]))
    path = correlation_path(residuals=rows, news=news, decay=decay)
    return DynamicCorrelation(news, decay, path[:-1], path[-1], -float(best.fun) * rows.shape[0])


def correlation_path(*, residuals: ArrayLike, news: float, decay: float) -> FloatArray:
    """R_t (T + 1, n, n) at given a = `news`, b = `decay`: element t is known before row t. Raises InvalidInput
    unless a, b >= 0 and a + b < 1."""
    rows = finite_array(name="residuals", values=residuals, dimensions=2)
    if not (news >= 0.0 and decay >= 0.0 and news + decay < 1.0):
        raise InvalidInput(f"DCC needs news, decay >= 0 and news + decay < 1, got {news}, {decay}")
    return _path(rows, _target(rows), news, decay)


_BOUNDS: Final = ((0.0, _MAXIMUM_PERSISTENCE), (0.0, 1.0))


def _target(rows: FloatArray) -> FloatArray:
    moments = rows.T @ rows / rows.shape[0]
    scale = np.sqrt(np.diag(moments))
    if not (scale > 0.0).all():
        raise InvalidInput(f"column {int(np.argmin(scale))} never moves: it has no correlation")
    target = np.asarray(moments / np.outer(scale, scale))
    if np.linalg.eigvalsh(target)[0] < 1e-10:
        raise InvalidInput("columns are linear combinations of each other: their correlation is singular")
    return target


@compiled
def _path(rows: FloatArray, target: FloatArray, news: float, decay: float) -> FloatArray:
    count, size = rows.shape
    path, level = np.empty((count + 1, size, size)), target.copy()
    for t in range(count + 1):
        for i in range(size):
            for j in range(size):
                path[t, i, j] = level[i, j] / np.sqrt(level[i, i] * level[j, j])
        if t < count:
            for i in range(size):
                for j in range(size):
                    kept = (1.0 - news - decay) * target[i, j] + decay * level[i, j]
                    level[i, j] = kept + news * rows[t, i] * rows[t, j]
    return path


@compiled
def _likelihood(rows: FloatArray, target: FloatArray, news: float, decay: float) -> float:
    """Cholesky of each R_t by hand: matrices of a few factors are too small for a library call."""
    path = _path(rows, target, news, decay)
    count, size = rows.shape
    factor, solved, total = np.zeros((size, size)), np.zeros(size), 0.0
    for t in range(count):
        for i in range(size):
            for j in range(i + 1):
                rest = path[t, i, j]
                for k in range(j):
                    rest -= factor[i, k] * factor[j, k]
                factor[i, j] = np.sqrt(rest) if i == j else rest / factor[j, j]
            move = rows[t, i]
            for k in range(i):
                move -= factor[i, k] * solved[k]
            solved[i] = move / factor[i, i]
            total -= np.log(factor[i, i]) + 0.5 * (solved[i] * solved[i] - rows[t, i] * rows[t, i])
    return total

"""Generators of joint moves over the horizon, as simple relative moves (count, 2n) in the order of factors.

Simulated moves are centred: each column's mean of (1 + move) is exactly 1, so a scenario set carries no
drift and a forward stays a martingale. Historical moves are what happened and are not centred.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from risk._checks import checked_count, finite_array
from risk.arrays import FloatArray, positive
from risk.compilation import compiled
from risk.dependence.multivariate_t import fit_multivariate_t
from risk.errors import InvalidInput
from risk.returns.history import History, log_moves, window_moves
from risk.volatility.garch import GarchFit, fit_or_target

__all__ = ["filtered_historical_moves", "historical_moves", "student_t_moves"]


def historical_moves(*, history: History, horizon_steps: int, count: int) -> FloatArray:
    """The newest `count` overlapping windows of `horizon_steps`, oldest first; fewer when there are not so
    many.

    Raises NotEnoughObservations when the history is not longer than one window.
    """
    checked_count(name="count", value=count, least=1)
    return window_moves(history=history, steps=horizon_steps)[-count:]


def filtered_historical_moves(
    *,
    history: History,
    horizon_steps: int,
    count: int,
    generator: np.random.Generator,
    maximum_log_move: float,
    recent_variance: ArrayLike | None = None,
) -> FloatArray:
    """Filtered historical simulation (Barone-Adesi, Giannopoulos and Vosper 1999), joint over all factors.

    Each underlying's step log returns are filtered by GARCH(1,1); the residuals z, less their mean, and the
    step log moves of 30-day volatility of the same bar stay together as one row. A path draws
    horizon_steps rows with replacement: r = sqrt(h) z, h' = omega + alpha r^2 + beta h, from h =
    recent_variance (n,) per step or the GARCH forecast. Sums over the path, bounded by +-maximum_log_move,
    then centred. Raises as `fit_garch`, and InvalidInput for a recent variance that is not positive.
    """
    checked_count(name="count", value=count, least=1)
    checked_count(name="horizon_steps", value=horizon_steps, least=1)
    steps = log_moves(history=history, steps=1)
    fits = [fit_or_target(returns=column - column.mean()) for column in steps[:, 0::2].T]
    residuals = np.column_stack([fit.standardised_residuals for fit in fits])
    volatility_steps = steps[:, 1::2] - steps[:, 1::2].mean(axis=0)
    draws = generator.integers(0, steps.shape[0], size=(count, horizon_steps))
    sums = _bootstrap(
        draws,
        residuals - residuals.mean(axis=0),
        volatility_steps,
        np.array([[f.parameters.omega, f.parameters.alpha, f.parameters.beta] for f in fits]),
        _start_variance(fits=fits, recent_variance=recent_variance),
    )
    return _centred(sums, maximum_log_move=maximum_log_move)


def student_t_moves(
    *,
    history: History,
    horizon_steps: int,
    count: int,
    generator: np.random.Generator,
    maximum_log_move: float,
) -> FloatArray:
    """Draws of the multivariate t fitted to the overlapping log moves of the horizon, its location left
    out.

    x = L g sqrt(nu / c), g normal (2n), c chi-square(nu), L L' the fitted scatter: spot and volatility
    share the tail event. Bounded by +-maximum_log_move, then centred. Raises as `fit_multivariate_t`.
    """
    checked_count(name="count", value=count, least=1)
    fit = fit_multivariate_t(observations=log_moves(history=history, steps=horizon_steps))
    normals = generator.standard_normal((count, fit.location.size))
    divisors = generator.chisquare(fit.degrees_of_freedom, size=(count, 1)) / fit.degrees_of_freedom
    draws = normals @ np.linalg.cholesky(fit.scatter).T / np.sqrt(divisors)
    return _centred(draws, maximum_log_move=maximum_log_move)


def _centred(log_draws: FloatArray, *, maximum_log_move: float) -> FloatArray:
    if not (math.isfinite(maximum_log_move) and maximum_log_move > 0.0):
        raise InvalidInput(f"maximum_log_move must be positive and finite, got {maximum_log_move}")
    ratios = np.exp(np.clip(log_draws, -maximum_log_move, maximum_log_move))
    return np.asarray(ratios / ratios.mean(axis=0) - 1.0)


def _start_variance(*, fits: list[GarchFit], recent_variance: ArrayLike | None) -> FloatArray:
    if recent_variance is None:
        return np.array([fit.next_variance for fit in fits])
    start = finite_array(name="recent_variance", values=recent_variance, dimensions=1)
    if start.size != len(fits):
        raise InvalidInput(f"recent_variance holds {start.size} values for {len(fits)} underlyings")
    return positive("recent_variance", start)


@compiled
def _bootstrap(
    draws: NDArray[np.int64],
    residuals: FloatArray,
    volatility_steps: FloatArray,
    parameters: FloatArray,
    start: FloatArray,
) -> FloatArray:
    """Log moves (paths, 2n): each path runs its own variance through the rows it draws."""
    paths, horizon = draws.shape
    underlyings = residuals.shape[1]
    sums = np.zeros((paths, 2 * underlyings))
    for path in range(paths):
        for u in range(underlyings):
            variance = start[u]
            for step in range(horizon):
                row = draws[path, step]
                move = np.sqrt(variance) * residuals[row, u]
                variance = parameters[u, 0] + parameters[u, 1] * move * move + parameters[u, 2] * variance
                sums[path, 2 * u] += move
                sums[path, 2 * u + 1] += volatility_steps[row, u]
    return sums

"""GARCH(1,1) and GJR-GARCH by quasi maximum likelihood: model, likelihood and search are in the sibling files.

The search runs over coordinates in which stationarity and the signs are bounds of a box, from the two best
of several starts: hourly crypto returns put the persistence close to 1, where omega / (1 - p) is hardly
identified.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from risk._checks import finite_array
from risk.arrays import FloatArray
from risk.errors import ConvergenceError, InvalidInput, NotEnoughObservations
from risk.volatility.likelihood import news
from risk.volatility.model import GarchParameters, Presample, conditional_variances, presample_variance
from risk.volatility.search import minimise

__all__ = ["GarchFit", "fit_garch", "fit_gjr", "fit_or_target", "targeted_garch"]

Distribution = Literal["normal", "student_t"]

MAXIMUM_PERSISTENCE: Final = 0.9999
MINIMUM_OBSERVATIONS: Final = 100
_LEAST_DEGREES: Final = 2.05
_MOST_DEGREES: Final = 500.0
# (persistence, share of news) pairs from which the best likelihood starts the search.
_STARTS: Final = ((0.5, 0.3), (0.9, 0.1), (0.95, 0.2), (0.98, 0.05), (0.98, 0.1), (0.995, 0.03))
_START_DEGREES: Final = 8.0
_START_LEVERAGE: Final = 0.2
_LARGEST_GRADIENT: Final = 1e-3  # of the mean log-likelihood: far below one observation's share of noise
# Hourly and daily returns of liquid assets fit close to these.
_TARGETED: Final = (0.05, 0.94)


@dataclass(frozen=True, slots=True)
class GarchFit:
    """A fitted model with its path: variances (T,) per step, z = r / sqrt(h) (T,), and h of the next
    step."""

    parameters: GarchParameters
    log_likelihood: float
    variances: FloatArray
    standardised_residuals: FloatArray
    next_variance: float
    at_stationarity_bound: bool


def fit_garch(
    *, returns: ArrayLike, distribution: Distribution = "normal", presample: Presample = "backcast"
) -> GarchFit:
    """Quasi maximum likelihood GARCH(1,1) of zero-mean step returns (T,), T >= 100.

    alpha + beta is kept at or below 0.9999 (`at_stationarity_bound` says when that binds), degrees of
    freedom inside [2.05, 500]. Raises NotEnoughObservations, InvalidInput for returns that are not finite
    or never move, ConvergenceError if the gradient of the mean log-likelihood stays above 1e-3.
    Deterministic.
    """
    return _fit(returns, distribution=distribution, presample=presample, leverage=False)


def fit_gjr(
    *, returns: ArrayLike, distribution: Distribution = "normal", presample: Presample = "backcast"
) -> GarchFit:
    """As `fit_garch` with the leverage term gamma; alpha and alpha + gamma are kept at or above 0, and alpha +
    gamma / 2 + beta at or below 0.9999."""
    return _fit(returns, distribution=distribution, presample=presample, leverage=True)


def fit_or_target(*, returns: ArrayLike) -> GarchFit:
    """`fit_garch` under the normal law, or `targeted_garch` where its search does not converge: a broken record widens
    the model's error and never silences the keeper. Raises as `fit_garch`, but for ConvergenceError."""
    try:
        return fit_garch(returns=returns)
    except ConvergenceError:
        return targeted_garch(returns=returns)


def targeted_garch(*, returns: ArrayLike) -> GarchFit:
    """GARCH(1,1) with alpha 0.05, beta 0.94 and the sample's variance; its log-likelihood is not computed (NaN)."""
    moves = finite_array(name="returns", values=returns, dimensions=1)
    alpha, beta = _TARGETED
    omega = (1.0 - alpha - beta) * float(np.mean(moves**2))
    parameters = GarchParameters(omega=omega, alpha=alpha, beta=beta)
    return _along(moves, parameters, presample_variance(returns=moves), math.nan)


def _fit(returns: ArrayLike, *, distribution: Distribution, presample: Presample, leverage: bool) -> GarchFit:
    if distribution not in ("normal", "student_t"):
        raise InvalidInput(f"distribution must be 'normal' or 'student_t', got {distribution!r}")
    moves = finite_array(name="returns", values=returns, dimensions=1)
    if moves.size < MINIMUM_OBSERVATIONS:
        raise NotEnoughObservations(f"GARCH needs {MINIMUM_OBSERVATIONS} returns, got {moves.size}")
    scale = math.sqrt(float(np.mean(moves**2)))
    before = presample_variance(returns=moves, convention=presample)
    if not scale > 0.0 or not before > 0.0:
        raise InvalidInput(f"GARCH needs returns that move, root mean square {scale}, presample {before}")
    starts, low, high = _box(heavy=distribution == "student_t", leverage=leverage)
    squares, downs = news(moves / scale)
    theta, loss, gradient, steps = minimise(squares, downs, before / scale**2, starts, low, high)
    require_optimum(theta=theta, loss=loss, gradient=gradient, steps=steps, low=low, high=high)
    likelihood = -moves.size * (float(loss) + math.log(scale))
    return _along(moves, _natural(theta=theta, scale=scale), before, likelihood)


def _along(moves: FloatArray, parameters: GarchParameters, presample: float, likelihood: float) -> GarchFit:
    path = conditional_variances(returns=moves, parameters=parameters, presample=presample)
    return GarchFit(
        parameters=parameters,
        log_likelihood=likelihood,
        variances=path[:-1],
        standardised_residuals=moves / np.sqrt(path[:-1]),
        next_variance=float(path[-1]),
        at_stationarity_bound=parameters.persistence >= MAXIMUM_PERSISTENCE - 1e-9,
    )


def _box(*, heavy: bool, leverage: bool) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Starts (m, 5), low (5,) and high (5,) in the coordinates of `likelihood`; low == high fixes one."""
    tilt = _START_LEVERAGE if leverage else 0.0
    tail = 1.0 / _START_DEGREES if heavy else 0.0
    low, high = _LOW.copy(), _HIGH.copy()
    if not leverage:
        low[3] = high[3] = 0.0
    if not heavy:
        low[4] = high[4] = 0.0
    starts = np.array([[math.log(1.0 - p), math.log(1.0 - p), share, tilt, tail] for p, share in _STARTS])
    return starts, low, high


_LOW: Final = np.array([-18.0, math.log(1.0 - MAXIMUM_PERSISTENCE), 0.0, -1.0, 1.0 / _MOST_DEGREES])
_HIGH: Final = np.array([14.0, math.log(1.0 - 1e-6), 1.0, 1.0, 1.0 / _LEAST_DEGREES])


def require_optimum(
    *, theta: FloatArray, loss: float, gradient: FloatArray, steps: int, low: FloatArray, high: FloatArray
) -> None:
    """The gradient, where the box leaves it room, must vanish: the optimiser's own flag is about its
    effort. Raises ConvergenceError."""
    free = np.clip(theta - gradient, low, high) - theta
    if not (math.isfinite(loss) and np.abs(free).max() <= _LARGEST_GRADIENT):
        raise ConvergenceError(
            f"GARCH search stopped at {theta} with gradient {gradient} after {steps} iterations"
        )


def _natural(*, theta: FloatArray, scale: float) -> GarchParameters:
    log_omega, log_rest, share, leverage, tail = (float(x) for x in theta)
    persistence = -math.expm1(log_rest)
    return GarchParameters(
        omega=math.exp(log_omega) * scale**2,
        alpha=persistence * share * (1.0 - leverage),
        beta=persistence * (1.0 - share),
        degrees_of_freedom=1.0 / tail if tail > 0.0 else None,
        gamma=2.0 * persistence * share * leverage,
    )

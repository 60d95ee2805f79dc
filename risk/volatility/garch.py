"""Conditional variance: exponentially weighted, and GARCH(1,1) by quasi maximum likelihood.

GARCH(1,1) with zero mean (Bollerslev 1986): r_t = sqrt(h_t) z_t, h_t = omega + alpha r_{t-1}^2 + beta
h_{t-1}.

Pre-sample convention: both r_0^2 and h_0, before the first return, are the backcast, the mean of the first
min(75, T) squared returns under weights 0.94^i. Estimates differ in the fifth digit under another
convention.

Likelihood of z: standard normal, or Student-t scaled to variance 1. The likelihood and its analytic
gradient are one compiled recursion; L-BFGS-B maximises over (ln omega, ln(1 - p), s, 1 / nu) with p =
alpha + beta the persistence and s = alpha / p, so stationarity p < 1 is a box constraint, from the two
best of several starts: hourly crypto returns put p close to 1, where omega / (1 - p) is hardly identified.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special

from risk._checks import finite_array
from risk.arrays import FloatArray
from risk.compilation import compiled
from risk.errors import ConvergenceError, InvalidInput, NotEnoughObservations

__all__ = [
    "GarchFit",
    "GarchParameters",
    "backcast_variance",
    "conditional_variances",
    "ewma_variance",
    "fit_garch",
    "fit_or_target",
    "targeted_garch",
]

Distribution = Literal["normal", "student_t"]

MAXIMUM_PERSISTENCE: Final = 0.9999
MINIMUM_OBSERVATIONS: Final = 100
_BACKCAST_LENGTH: Final = 75
_BACKCAST_DECAY: Final = 0.94
_LEAST_DEGREES: Final = 2.05
_MOST_DEGREES: Final = 500.0
# (persistence, alpha share) pairs from which the best likelihood starts the search.
_STARTS: Final = ((0.5, 0.3), (0.9, 0.1), (0.95, 0.2), (0.98, 0.05), (0.98, 0.1), (0.995, 0.03))
_START_DEGREES: Final = 8.0
_LARGEST_GRADIENT: Final = 1e-3  # of the mean log-likelihood: far below one observation's share of noise


# Hourly and daily returns of liquid assets fit close to these.
_TARGETED: Final = (0.05, 0.94)


@dataclass(frozen=True, slots=True)
class GarchParameters:
    """omega in squared return units per step; alpha, beta dimensionless; degrees_of_freedom None:
    normal."""

    omega: float
    alpha: float
    beta: float
    degrees_of_freedom: float | None = None

    @property
    def persistence(self) -> float:
        return self.alpha + self.beta

    @property
    def long_run_variance(self) -> float:
        return self.omega / (1.0 - self.persistence)


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


def backcast_variance(*, returns: ArrayLike) -> float:
    """Pre-sample variance: mean of the first min(75, T) squared returns under weights 0.94^i."""
    moves = finite_array(name="returns", values=returns, dimensions=1)[:_BACKCAST_LENGTH]
    weights = _BACKCAST_DECAY ** np.arange(moves.size)
    return float(weights @ moves**2 / weights.sum())


def conditional_variances(*, returns: ArrayLike, parameters: GarchParameters, presample: float) -> FloatArray:
    """h_t of GARCH(1,1), shape (T + 1,): element t is known before return t, the last forecasts the next
    step.

    `presample` stands for both r^2 and h before the first return. Raises InvalidInput unless omega > 0,
    alpha, beta >= 0 and alpha + beta < 1.
    """
    moves = finite_array(name="returns", values=returns, dimensions=1)
    p = parameters
    if not (p.omega > 0.0 and p.alpha >= 0.0 and p.beta >= 0.0 and p.persistence < 1.0):
        raise InvalidInput(f"GARCH needs omega > 0, alpha, beta >= 0, alpha + beta < 1, got {parameters}")
    return _garch_path(moves, p.omega, p.alpha, p.beta, presample)


def fit_garch(*, returns: ArrayLike, distribution: Distribution = "normal") -> GarchFit:
    """Quasi maximum likelihood GARCH(1,1) of zero-mean step returns (T,), T >= 100.

    alpha + beta is kept at or below 0.9999 (`at_stationarity_bound` says when that binds), degrees of
    freedom inside [2.05, 500]. Raises NotEnoughObservations, InvalidInput for returns that are not finite
    or never move, ConvergenceError if the gradient of the mean log-likelihood stays above 1e-3.
    Deterministic.
    """
    moves = finite_array(name="returns", values=returns, dimensions=1)
    if moves.size < MINIMUM_OBSERVATIONS:
        raise NotEnoughObservations(f"GARCH needs {MINIMUM_OBSERVATIONS} returns, got {moves.size}")
    scale = float(np.sqrt(np.mean(moves**2)))
    backcast = backcast_variance(returns=moves)
    if not scale > 0.0 or not backcast > 0.0:
        raise InvalidInput(f"GARCH needs returns that move, root mean square {scale}, backcast {backcast}")
    unit = moves / scale
    best = _search(squares=unit**2, presample=backcast / scale**2, heavy=distribution == "student_t")
    parameters = _natural(theta=best.x, scale=scale)
    path = conditional_variances(returns=moves, parameters=parameters, presample=backcast)
    return GarchFit(
        parameters=parameters,
        log_likelihood=-float(best.fun) * moves.size - moves.size * math.log(scale),
        variances=path[:-1],
        standardised_residuals=moves / np.sqrt(path[:-1]),
        next_variance=float(path[-1]),
        at_stationarity_bound=parameters.persistence >= MAXIMUM_PERSISTENCE - 1e-9,
    )


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
    presample = backcast_variance(returns=moves)
    path = conditional_variances(returns=moves, parameters=parameters, presample=presample)
    return GarchFit(
        parameters=parameters,
        log_likelihood=math.nan,
        variances=path[:-1],
        standardised_residuals=moves / np.sqrt(path[:-1]),
        next_variance=float(path[-1]),
        at_stationarity_bound=False,
    )


def _search(*, squares: FloatArray, presample: float, heavy: bool) -> optimize.OptimizeResult:
    def objective(theta: FloatArray) -> tuple[float, FloatArray]:
        return _mean_loss(theta, squares, presample)

    bounds = [(-18.0, 14.0), (math.log(1.0 - MAXIMUM_PERSISTENCE), math.log(1.0 - 1e-6)), (0.0, 1.0)]
    tail = []
    if heavy:
        bounds.append((1.0 / _MOST_DEGREES, 1.0 / _LEAST_DEGREES))
        tail = [1.0 / _START_DEGREES]
    starts = [np.array([math.log(1.0 - p), math.log(1.0 - p), share, *tail]) for p, share in _STARTS]
    starts.sort(key=lambda theta: objective(theta)[0])
    runs = [
        optimize.minimize(
            objective,
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"ftol": 1e-12, "gtol": 1e-8, "maxiter": 500},
        )
        for start in starts[:2]
    ]
    best = min(runs, key=lambda run: float(run.fun))
    _require_optimum(best, bounds=np.array(bounds))
    return best


def _require_optimum(best: optimize.OptimizeResult, *, bounds: FloatArray) -> None:
    """The gradient, where the box leaves it room, must vanish: the optimiser's own flag is about its
    effort."""
    free = np.clip(best.x - best.jac, bounds[:, 0], bounds[:, 1]) - best.x
    if not (np.isfinite(best.fun) and np.abs(free).max() <= _LARGEST_GRADIENT):
        raise ConvergenceError(
            f"GARCH search stopped at {best.x} with gradient {best.jac} after {best.nit} iterations"
        )


def _natural(*, theta: FloatArray, scale: float) -> GarchParameters:
    persistence, share = -math.expm1(float(theta[1])), float(theta[2])
    return GarchParameters(
        omega=math.exp(float(theta[0])) * scale**2,
        alpha=persistence * share,
        beta=persistence * (1.0 - share),
        degrees_of_freedom=1.0 / float(theta[3]) if theta.size == 4 else None,
    )


def _mean_loss(theta: FloatArray, squares: FloatArray, presample: float) -> tuple[float, FloatArray]:
    """Mean negative log-likelihood and its gradient in theta = (ln omega, ln(1 - p), s[, 1 / nu])."""
    omega, p, share = math.exp(theta[0]), -math.expm1(theta[1]), theta[2]
    degrees = 1.0 / theta[3] if theta.size == 4 else 0.0
    loss, d_omega, d_alpha, d_beta, d_degrees = _loss_and_slopes(
        squares, omega, p * share, p * (1.0 - share), presample, degrees
    )
    n = squares.size
    gradient = [
        d_omega * omega,
        (d_alpha * share + d_beta * (1.0 - share)) * (p - 1.0),
        (d_alpha - d_beta) * p,
    ]
    if degrees:
        constant, slope = _student_constant(degrees=degrees)
        loss, d_degrees = loss - n * constant, d_degrees - n * slope
        gradient.append(-d_degrees * degrees**2)
    else:
        loss += n * 0.5 * math.log(2.0 * math.pi)
    return loss / n, np.array(gradient) / n


def _student_constant(*, degrees: float) -> tuple[float, float]:
    """ln of the unit-variance Student-t density's constant, and its derivative in the degrees of
    freedom."""
    half = degrees / 2.0
    value = special.gammaln(half + 0.5) - special.gammaln(half) - 0.5 * math.log(math.pi * (degrees - 2.0))
    slope = 0.5 * (special.digamma(half + 0.5) - special.digamma(half)) - 0.5 / (degrees - 2.0)
    return float(value), float(slope)


@compiled
def _ewma_path(moves: FloatArray, decay: float, start: float) -> FloatArray:
    path = np.empty(moves.size + 1)
    path[0] = start
    for t in range(moves.size):
        path[t + 1] = decay * path[t] + (1.0 - decay) * moves[t] * moves[t]
    return path


@compiled
def _garch_path(moves: FloatArray, omega: float, alpha: float, beta: float, presample: float) -> FloatArray:
    path = np.empty(moves.size + 1)
    path[0] = omega + (alpha + beta) * presample
    for t in range(moves.size):
        path[t + 1] = omega + alpha * moves[t] * moves[t] + beta * path[t]
    return path


@compiled
def _loss_and_slopes(
    squares: FloatArray, omega: float, alpha: float, beta: float, presample: float, degrees: float
) -> tuple[float, float, float, float, float]:
    """Sum of -ln density without constants, and slopes in omega, alpha, beta, degrees (0: normal)."""
    loss, slope_omega, slope_alpha, slope_beta, slope_degrees = 0.0, 0.0, 0.0, 0.0, 0.0
    h, last = presample, presample
    h_omega, h_alpha, h_beta = 0.0, 0.0, 0.0
    for t in range(squares.size):
        h_omega = 1.0 + beta * h_omega
        h_alpha = last + beta * h_alpha
        h_beta = h + beta * h_beta
        h = omega + alpha * last + beta * h
        last = squares[t]
        ratio = last / h
        if degrees == 0.0:
            loss += 0.5 * (math.log(h) + ratio)
            slope = 0.5 * (1.0 - ratio) / h
        else:
            scaled = ratio / (degrees - 2.0)
            log_term = math.log1p(scaled)
            pull = (degrees + 1.0) * scaled / (1.0 + scaled)
            loss += 0.5 * (math.log(h) + (degrees + 1.0) * log_term)
            slope = 0.5 * (1.0 - pull) / h
            slope_degrees += 0.5 * (log_term - pull / (degrees - 2.0))
        slope_omega += slope * h_omega
        slope_alpha += slope * h_alpha
        slope_beta += slope * h_beta
    return loss, slope_omega, slope_alpha, slope_beta, slope_degrees

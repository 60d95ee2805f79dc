"""The GARCH(1,1) family as numbers: parameters, pre-sample variance, variance path and forecast.

Zero mean, r_t = sqrt(h_t) z_t. GJR (Glosten, Jagannathan and Runkle 1993): h_t = omega + (alpha + gamma
1[r_{t-1} < 0]) r_{t-1}^2 + beta h_{t-1}; gamma = 0 is GARCH(1,1) (Bollerslev 1986). For z of symmetric law
the persistence is p = alpha + gamma / 2 + beta.

Pre-sample convention: r^2 and h before the first return are one number, its sign is taken as negative with
weight 1/2. That number is the backcast, the mean of the first min(75, T) squared returns under weights
0.94^i (the convention of `arch`), or the mean square of the sample. Estimates differ in the fifth digit
from one convention to the other.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from risk._checks import checked_count, finite_array
from risk.arrays import FloatArray
from risk.compilation import compiled
from risk.errors import InvalidInput, NotEnoughObservations

__all__ = [
    "GarchParameters",
    "Presample",
    "backcast_variance",
    "conditional_variances",
    "forecast_variances",
    "presample_variance",
]

Presample = Literal["backcast", "sample"]

_BACKCAST_LENGTH: Final = 75
_BACKCAST_DECAY: Final = 0.94


@dataclass(frozen=True, slots=True)
class GarchParameters:
    """omega in squared return units per step; alpha, beta, gamma dimensionless, gamma 0: no leverage;
    degrees_of_freedom None: normal."""

    omega: float
    alpha: float
    beta: float
    degrees_of_freedom: float | None = None
    gamma: float = 0.0

    @property
    def persistence(self) -> float:
        return self.alpha + 0.5 * self.gamma + self.beta

    @property
    def long_run_variance(self) -> float:
        return self.omega / (1.0 - self.persistence)


def require_stationary(parameters: GarchParameters) -> None:
    """Raises InvalidInput unless omega > 0, alpha, alpha + gamma, beta >= 0 and the persistence is below 1."""
    p = parameters
    positive = p.omega > 0.0 and p.alpha >= 0.0 and p.alpha + p.gamma >= 0.0 and p.beta >= 0.0
    if not (positive and p.persistence < 1.0):
        raise InvalidInput(
            "GARCH needs omega > 0, alpha, alpha + gamma, beta >= 0, "
            f"alpha + beta < 1 (plus gamma / 2), got {parameters}"
        )


def backcast_variance(*, returns: ArrayLike) -> float:
    """Mean of the first min(75, T) squared returns under weights 0.94^i. Raises NotEnoughObservations if
    empty."""
    moves = finite_array(name="returns", values=returns, dimensions=1)[:_BACKCAST_LENGTH]
    if moves.size == 0:
        raise NotEnoughObservations("a backcast needs at least 1 return, got 0")
    weights = _BACKCAST_WEIGHTS[: moves.size]
    return float(weights @ moves**2 / weights.sum())


def presample_variance(*, returns: ArrayLike, convention: Presample = "backcast") -> float:
    """The number that stands for r^2 and h before the first return (T,), in squared return units."""
    if convention == "backcast":
        return backcast_variance(returns=returns)
    if convention == "sample":
        moves = finite_array(name="returns", values=returns, dimensions=1)
        if moves.size == 0:
            raise NotEnoughObservations("a sample variance needs at least 1 return, got 0")
        return float(np.mean(moves**2))
    raise InvalidInput(f"presample must be 'backcast' or 'sample', got {convention!r}")


def conditional_variances(*, returns: ArrayLike, parameters: GarchParameters, presample: float) -> FloatArray:
    """h_t, shape (T + 1,): element t is known before return t, the last forecasts the next step.

    `presample` stands for both r^2 and h before the first return. Raises InvalidInput for a presample below
    0 and parameters that are not stationary.
    """
    moves = finite_array(name="returns", values=returns, dimensions=1)
    require_stationary(parameters)
    if not 0.0 <= presample < np.inf:
        raise InvalidInput(f"presample must be non-negative and finite, got {presample!r}")
    p = parameters
    return _path(moves, p.omega, p.alpha, p.gamma, p.beta, float(presample))


def forecast_variances(*, parameters: GarchParameters, next_variance: float, steps: int) -> FloatArray:
    """Expected variance of each of the next `steps` steps, shape (steps,): element 0 is `next_variance`.

    E[h_{T+k}] = V + p^(k-1) (h_{T+1} - V), V = omega / (1 - p); the variance of the sum of the returns is
    the sum of the elements. Squared return units per step. Raises InvalidInput.
    """
    require_stationary(parameters)
    checked_count(name="steps", value=steps, least=1)
    if not 0.0 < next_variance < np.inf:
        raise InvalidInput(f"next_variance must be positive and finite, got {next_variance!r}")
    long_run = parameters.long_run_variance
    return np.asarray(long_run + parameters.persistence ** np.arange(steps) * (next_variance - long_run))


_BACKCAST_WEIGHTS: Final = _BACKCAST_DECAY ** np.arange(_BACKCAST_LENGTH)


@compiled
def _path(
    moves: FloatArray, omega: float, alpha: float, gamma: float, beta: float, presample: float
) -> FloatArray:
    path = np.empty(moves.size + 1)
    path[0] = omega + (alpha + 0.5 * gamma + beta) * presample
    for t in range(moves.size):
        reaction = alpha + gamma if moves[t] < 0.0 else alpha
        path[t + 1] = omega + reaction * moves[t] * moves[t] + beta * path[t]
    return path

"""Merton's jump-diffusion with common jump times: compensated, so that every price is a martingale.

d ln S_i = (growth - s_i^2 / 2 - lambda k_i) dt + s_i dW_i + J_i dN, N Poisson of rate lambda shared by all underlyings,
J ~ N(m, D C D), D = diag(d), k_i = exp(m_i + d_i^2 / 2) - 1, dW correlated by C as well. Each marginal is Merton's, and
E S(t) = S(0) e^(growth t): leaving out lambda k is the usual mistake, wrong by e^(lambda k t).

Price of a European option given the number of jumps n: Black-76 with forward F e^(-lambda k T + n ln(1 + k)) and
variance s^2 T + n d^2, weighted by the Poisson probability of n. Source: R. Merton, Option pricing when underlying
stock returns are discontinuous, 1976.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from risk._checks import checked_count, finite_array
from risk.arrays import FloatArray, non_negative, positive, read_only
from risk.errors import InvalidInput
from risk.pricing.black76 import black76_price
from risk.scenarios.diffusion import correlation_root

__all__ = ["JumpDiffusion", "merton_paths", "merton_price"]

_MOST_EXPECTED_JUMPS: Final = 1_000.0
_SERIES_DEVIATIONS: Final = 12.0


@dataclass(frozen=True, slots=True, eq=False)
class JumpDiffusion:
    """volatility: (n,) of the diffusion, per 1.00 and sqrt(year). jump_intensity: jumps a year, at least 0.
    mean_log_jump, jump_deviation: (n,) of ln(price after / price before). Raises InvalidInput."""

    volatility: FloatArray
    jump_intensity: float
    mean_log_jump: FloatArray
    jump_deviation: FloatArray

    def __post_init__(self) -> None:
        for name in ("volatility", "mean_log_jump", "jump_deviation"):
            values = finite_array(name=name, values=getattr(self, name), dimensions=1).copy()
            if name != "mean_log_jump":
                non_negative(name, values)
            object.__setattr__(self, name, read_only(values))
        if not self.volatility.size or not (
            self.volatility.shape == self.mean_log_jump.shape == self.jump_deviation.shape
        ):
            raise InvalidInput(
                f"volatility {self.volatility.shape}, mean_log_jump {self.mean_log_jump.shape} and "
                f"jump_deviation {self.jump_deviation.shape} must match and hold an underlying"
            )
        non_negative("jump_intensity", self.jump_intensity)

    @property
    def compensator(self) -> FloatArray:
        """lambda k, (n,), per year: what the drift gives back for the mean jump."""
        mean = np.expm1(self.mean_log_jump + 0.5 * self.jump_deviation**2)
        return np.asarray(self.jump_intensity * mean)


def merton_paths(
    *,
    spot: ArrayLike,
    parameters: JumpDiffusion,
    correlation: ArrayLike,
    years: float,
    steps: int,
    paths: int,
    generator: np.random.Generator,
    growth: float = 0.0,
) -> FloatArray:
    """Price paths (paths, steps + 1, n), exact in law at every step; n jumps of a step are one normal draw.

    Order of draws: diffusion normals, jump counts, jump normals. Units and errors as `gbm_paths`.
    """
    start = positive("spot", finite_array(name="spot", values=spot, dimensions=1))
    if start.shape != parameters.volatility.shape:
        raise InvalidInput(f"spot {start.shape} and volatility {parameters.volatility.shape} must match")
    checked_count(name="steps", value=steps, least=1)
    checked_count(name="paths", value=paths, least=1)
    step = float(non_negative("years", years)) / steps
    root = correlation_root(correlation=correlation, underlyings=start.size)
    shape = (paths, steps, start.size)
    diffusion = parameters.volatility * math.sqrt(step) * (generator.standard_normal(shape) @ root.T)
    counts = generator.poisson(parameters.jump_intensity * step, size=(paths, steps, 1))
    sizes = parameters.jump_deviation * (generator.standard_normal(shape) @ root.T)
    jumps = counts * parameters.mean_log_jump + np.sqrt(counts) * sizes
    drift = float(growth) - 0.5 * parameters.volatility**2 - parameters.compensator
    logs = np.cumsum(drift * step + diffusion + jumps, axis=1)
    logs = np.concatenate([np.zeros((paths, 1, start.size)), logs], axis=1)
    return np.asarray(start * np.exp(logs))


def merton_price(
    *, forward: float, strike: float, years: float, parameters: JumpDiffusion, is_call: bool
) -> float:
    """Undiscounted price by Merton's series, one underlying, quote currency.

    The series stops 12 standard deviations above the larger of the Poisson means under price and share measure, so
    what is left out is below 1e-15 (forward + strike). Raises InvalidInput above 1,000 expected jumps.
    """
    if parameters.volatility.size != 1:
        raise InvalidInput(f"merton_price takes one underlying, got {parameters.volatility.size}")
    expected = parameters.jump_intensity * float(non_negative("years", years))
    growth_of_jump = float(parameters.mean_log_jump[0] + 0.5 * parameters.jump_deviation[0] ** 2)
    most = expected * max(1.0, math.exp(growth_of_jump))
    if most > _MOST_EXPECTED_JUMPS:
        raise InvalidInput(f"{most:.4g} expected jumps, at most {_MOST_EXPECTED_JUMPS:.0f} are summed")
    jumps = np.arange(int(most + _SERIES_DEVIATIONS * math.sqrt(most)) + 40, dtype=np.float64)
    log_factorials = np.concatenate([[0.0], np.cumsum(np.log(jumps[1:]))])
    weights = np.exp(-expected + jumps * math.log(expected) - log_factorials) if expected else jumps == 0.0
    variance = parameters.volatility[0] ** 2 * years + jumps * parameters.jump_deviation[0] ** 2
    forwards = forward * np.exp(-float(parameters.compensator[0]) * years + jumps * growth_of_jump)
    prices = black76_price(
        forward=forwards, strike=strike, volatility=np.sqrt(variance), years=1.0, is_call=is_call
    )
    return float(np.sum(weights * prices))

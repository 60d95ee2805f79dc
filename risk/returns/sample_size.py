"""How many observations an estimate in the tail needs, and how far off a small sample is.

A tail of share 1 - c holds T (1 - c) of T independent observations. Returns over h steps are independent only
where their windows do not overlap: T steps hold floor(T / h) of them. The asymptotic deviation of the quantile of
a normal sample, in units of its sigma, is

    sqrt(c (1 - c) / T) / phi(z_c)

30 daily returns at 95 %: 1.5 points in the tail, deviation 0.39 on a quantile of 1.645; one 30-day return.
Source: Kendall and Stuart, "The Advanced Theory of Statistics", vol. 1, section 10.11.
"""

import math
from typing import Final

from scipy.special import ndtri

from risk._checks import checked_confidence, checked_count
from risk.errors import NotEnoughObservations

__all__ = ["normal_quantile_deviation", "observations_needed", "require_tail_observations"]

LEAST_TAIL_POINTS: Final = 10


def observations_needed(
    *, confidence: float, horizon_steps: int = 1, tail_points: int = LEAST_TAIL_POINTS
) -> int:
    """ceil(tail_points / (1 - confidence)) windows of `horizon_steps` each, in steps."""
    level = checked_confidence(confidence)
    points = checked_count(name="tail_points", value=tail_points, least=1)
    horizon = checked_count(name="horizon_steps", value=horizon_steps, least=1)
    return horizon * math.ceil(points / (1.0 - level) - 1e-6)  # 1 - 0.99 is short of 0.01 by an ulp


def require_tail_observations(
    *, count: int, confidence: float, horizon_steps: int = 1, tail_points: int = LEAST_TAIL_POINTS
) -> None:
    """Raises NotEnoughObservations, saying how many are needed, unless `count` steps are enough."""
    steps = checked_count(name="count", value=count, least=0)
    needed = observations_needed(confidence=confidence, horizon_steps=horizon_steps, tail_points=tail_points)
    if steps < needed:
        raise NotEnoughObservations(
            f"{confidence} over {horizon_steps} step(s) needs {needed} observations for {tail_points} "
            f"independent ones in the tail, got {steps} ({steps // horizon_steps} independent in all)"
        )


def normal_quantile_deviation(*, count: int, confidence: float) -> float:
    """sqrt(c (1 - c) / T) / phi(z_c), in sigmas, for T independent normal observations."""
    level = checked_confidence(confidence)
    observations = checked_count(name="count", value=count, least=1)
    z = float(ndtri(level))
    density = math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    return math.sqrt(level * (1.0 - level) / observations) / density

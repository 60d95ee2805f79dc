"""The size of one loss, on an even lattice 0, h, 2h, ..., (n - 1) h.

Rounding a loss down to the lattice gives a law that is nowhere larger, rounding it up one that is nowhere smaller
(first-order stochastic dominance); sums, maxima, quantiles and expected shortfalls keep the order, so the two
lattices bracket the exact answer: the difference is the discretisation error, stated and not estimated (Embrechts
and Frei 2009, "Panjer recursion versus FFT for compound distributions", section 2). What lies beyond the lattice is
`beyond`, its mass, and counts as at least n h.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from scipy import special

from risk._checks import checked_count
from risk.arrays import FloatArray, positive, read_only
from risk.errors import InvalidInput

__all__ = ["LossLattice", "Rounding", "exponential_severity", "fixed_severity", "lognormal_severity"]

_SNAP: Final = 1e-12

Rounding: TypeAlias = Literal["down", "up"]


@dataclass(frozen=True, slots=True, eq=False)
class LossLattice:
    """mass[k] = P(loss = k step), k < n; beyond = P(loss >= n step), 1 - the sum. step: money, above 0."""

    mass: FloatArray
    step: float
    beyond: float

    @classmethod
    def of(cls, *, mass: FloatArray, step: float) -> "LossLattice":
        """Raises InvalidInput unless the masses are non-negative and sum to at most 1 (1e-9 of rounding)."""
        total = math.fsum(mass.tolist())
        if mass.ndim != 1 or mass.size == 0 or not (mass >= 0.0).all() or not total <= 1.0 + 1e-9:
            raise InvalidInput(f"masses must be at least 0 and sum to at most 1, got a sum of {total!r}")
        width = float(positive("step", step))
        return cls(mass=read_only(np.array(mass)), step=width, beyond=max(0.0, 1.0 - total))


def fixed_severity(*, loss: float, step: float, points: int, rounding: Rounding) -> LossLattice:
    """One certain loss, such as exposure at default x loss given default; loss in [0, infinity).

    A loss within 1e-12 of a lattice point is that point, so that 0.3 on a step of 0.1 is not rounded.
    """
    if not 0.0 <= loss < math.inf:
        raise InvalidInput(f"loss must be finite and at least 0, got {loss!r}")
    place = loss / _checked_step(step=step, points=points, rounding=rounding)
    nearest = round(place)
    if abs(place - nearest) > _SNAP * max(1.0, place):
        nearest = math.ceil(place) if rounding == "up" else math.floor(place)
    mass = np.zeros(points)
    mass[nearest : nearest + 1] = 1.0
    return LossLattice.of(mass=mass, step=step)


def exponential_severity(*, mean: float, step: float, points: int, rounding: Rounding) -> LossLattice:
    """F(x) = 1 - exp(-x / mean); mean above 0."""
    scale = float(positive("mean", mean))
    return _discretised(
        lambda edge: np.negative(np.expm1(-edge / scale)),
        step=step,
        points=points,
        rounding=rounding,
    )


def lognormal_severity(
    *, log_mean: float, log_deviation: float, step: float, points: int, rounding: Rounding
) -> LossLattice:
    """F(x) = Phi((ln x - log_mean) / log_deviation); log_deviation above 0, the median is exp(log_mean)."""
    deviation = float(positive("log_deviation", log_deviation))
    if not math.isfinite(log_mean):
        raise InvalidInput(f"log_mean must be finite, got {log_mean!r}")

    def distribution(edge: FloatArray) -> FloatArray:
        logarithm = np.full(edge.shape, -np.inf)
        np.log(edge, out=logarithm, where=edge > 0.0)
        return np.asarray(special.ndtr((logarithm - log_mean) / deviation))

    return _discretised(distribution, step=step, points=points, rounding=rounding)


def _discretised(
    distribution: Callable[[FloatArray], FloatArray], *, step: float, points: int, rounding: Rounding
) -> LossLattice:
    """mass[k] = P((k - 1) h < X <= k h) rounded up (and P(X <= 0) at 0), P(k h < X <= (k + 1) h) rounded down."""
    width = _checked_step(step=step, points=points, rounding=rounding)
    first = 0 if rounding == "up" else 1
    edges = np.asarray(width * np.arange(first, points + first), dtype=np.float64)
    at_edges = distribution(edges)
    return LossLattice.of(mass=np.asarray(np.diff(np.append(0.0, at_edges)), dtype=np.float64), step=width)


def _checked_step(*, step: float, points: int, rounding: Rounding) -> float:
    checked_count(name="points", value=points, least=2)
    if rounding not in ("down", "up"):
        raise InvalidInput(f"rounding must be 'down' or 'up', got {rounding!r}")
    return float(positive("step", step))

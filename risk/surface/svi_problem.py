"""What the search for a smile works on: quotes, guard points, bounds and starts in units of the deviation."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from risk.arrays import FloatArray
from risk.surface.svi import MAXIMUM_LOG_MONEYNESS, MAXIMUM_WING_SLOPE, SviSlice
from risk.surface.svi_search import search

__all__ = ["SmileProblem", "slice_of", "smile_problem", "solve"]

_STARTS: Final = ((0.3, 0.5), (0.3, 2.0))  # (wing slope, width) in deviations
_GUARD_POINTS: Final = 25
_FLOOR_POINTS: Final = 49
_FLOOR_DEVIATIONS: Final = 9.0
_FLOOR_ROOM: Final = 1.0 + 1e-5
_SLOPE_ROOM: Final = 0.999


@dataclass(frozen=True, slots=True)
class SmileProblem:
    """unit: at-the-money deviation. The arrays are those of `risk.surface.svi_search.search`."""

    unit: float
    quotes: FloatArray
    guard: FloatArray
    threshold: float
    lower: FloatArray
    upper: FloatArray
    starts: FloatArray


def smile_problem(
    *,
    log_moneyness: FloatArray,
    deviation: FloatArray,
    weight: FloatArray,
    threshold: float = math.inf,
    floor: SviSlice | None = None,
) -> SmileProblem:
    """deviation: volatility sqrt(years). threshold: Huber's, as a deviation. floor: the expiry before, if any."""
    k = log_moneyness
    order = np.argsort(k, kind="stable")
    unit = float(np.interp(0.0, k[order], deviation[order]))
    reach = float(max(np.max(np.abs(k)), 4.0 * unit))
    lower, upper = _bounds(unit=unit, reach=reach)
    if floor is not None:
        slopes = floor.b * np.array([1.0 - floor.rho, 1.0 + floor.rho]) / unit
        lower[1:3] = np.clip(slopes, lower[1:3], 0.999 * upper[1:3])
    starts = np.array([[0.5, slope, slope, 0.0, width] for slope, width in _STARTS])
    return SmileProblem(
        unit=unit,
        quotes=np.stack([k / unit, deviation / unit, weight / weight.sum()]),
        guard=_guard(unit=unit, reach=reach, floor=floor),
        threshold=threshold / unit,
        lower=lower,
        upper=upper,
        starts=np.clip(starts, lower * (1.0 + 1e-6), upper * (1.0 - 1e-6)),
    )


def solve(problem: SmileProblem) -> tuple[FloatArray, float]:
    """(unknowns, cost) of the best local minimum."""
    p = problem
    return search(p.starts, p.quotes, p.guard, p.unit, p.threshold, p.lower, p.upper)


def slice_of(unknowns: FloatArray, *, unit: float) -> SviSlice:
    """The raw slice of unknowns (least variance, left slope, right slope, vertex, width) in units."""
    least, left, right, vertex, width = (float(value) for value in unknowns)
    b = 0.5 * (left + right) * unit
    rho = (right - left) / (right + left)
    sigma = width * unit
    a = least * unit * unit - b * sigma * math.sqrt(1.0 - rho * rho)
    return SviSlice(a=a, b=b, rho=rho, m=vertex * unit, sigma=sigma)


def _guard(*, unit: float, reach: float, floor: SviSlice | None) -> FloatArray:
    points = np.linspace(-1.5 * reach, 1.5 * reach, _GUARD_POINTS)
    if floor is None:
        return np.stack([points / unit, np.zeros_like(points)])
    edge = max(1.5 * reach, _FLOOR_DEVIATIONS * unit)
    vertex = floor.m + floor.sigma * np.linspace(-3.0, 3.0, 13)
    points = np.sort(np.concatenate([points, np.linspace(-edge, edge, _FLOOR_POINTS), vertex]))
    return np.stack([points, np.sqrt(floor.total_variance(points)) * _FLOOR_ROOM]) / unit


def _bounds(*, unit: float, reach: float) -> tuple[FloatArray, FloatArray]:
    steepest = _SLOPE_ROOM * MAXIMUM_WING_SLOPE / unit
    farthest = min(reach, MAXIMUM_LOG_MONEYNESS) / unit
    widest = min(max(5.0, 2.0 * farthest), MAXIMUM_LOG_MONEYNESS / unit)
    lower = np.array([1e-4, 1e-4, 1e-4, -farthest, 1e-2])
    upper = np.array([25.0, steepest, steepest, farthest, widest])
    return lower, upper

"""Fitting a smile so that what comes out always passes the on-chain box and has no butterfly arbitrage.

Unknowns, all with simple bounds: least total variance v, left and right wing slopes l = b (1 - rho) and
r = b (1 + rho), vertex m and width sigma, in units of the at-the-money deviation. The box of the chain
(b (1 + |rho|) = max(l, r) <= 2, least variance >= 0) is then a box of the search. Butterfly arbitrage is held
off by a penalty on negative g(k) and, for certain, by a last blend with the flat slice.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares

from risk.arrays import FloatArray, finite, non_negative, positive
from risk.errors import InvalidInput, NotEnoughObservations
from risk.surface.svi import (
    MAXIMUM_LOG_MONEYNESS,
    MAXIMUM_WING_SLOPE,
    SviSlice,
    butterfly_density,
    butterfly_violation,
    calendar_violation,
    violation_grid,
)

__all__ = ["LEAST_QUOTES", "SviFit", "fit_svi", "repair_butterfly", "repair_calendar"]

LEAST_QUOTES: Final = 5
"""A slice has five parameters: fewer quotes give a flat one."""
_STARTS: Final = ((0.3, 0.5), (0.3, 2.0))  # (wing slope, width) in deviations
_PENALTY: Final = 10.0
_PENALTY_POINTS: Final = 25
_DENSITY_MARGIN: Final = 1e-3
_MOST_EVALUATIONS: Final = 60
_BLEND_STEPS: Final = 60
_SLOPE_ROOM: Final = 0.999


@dataclass(frozen=True, slots=True)
class SviFit:
    """A fitted slice and how well it fits.

    rms_error: weighted root mean square error of implied volatility, per 1.00. quotes: how many were used.
    is_flat: whether there were too few quotes for a smile. repaired: whether the last blend was needed.
    """

    slice: SviSlice
    rms_error: float
    quotes: int
    is_flat: bool
    repaired: bool


def fit_svi(
    *,
    log_moneyness: npt.ArrayLike,
    implied_volatility: npt.ArrayLike,
    years: float,
    weights: npt.ArrayLike | None = None,
) -> SviFit:
    """Weighted least squares of implied volatility over the quotes of one expiry; deterministic.

    Minimises sum weight (sqrt(w(k)/T) - volatility)^2. Shapes: three equal vectors (weights default to 1).
    Domain: volatility and years positive, weights at least 0 and not all 0; quotes of weight 0 do not count.
    Raises InvalidInput, and NotEnoughObservations when no quote counts.
    """
    k, volatility, weight = _quotes(log_moneyness, implied_volatility, weights)
    horizon = float(positive("years", years))
    if k.size == 0:
        raise NotEnoughObservations("a smile needs at least 1 quote of positive weight, got 0")
    level = math.sqrt(float(np.average(volatility**2, weights=weight)))
    fitted = SviSlice.flat(volatility=level, years=horizon)
    if np.unique(k).size >= LEAST_QUOTES:
        fitted = _search(k=k, deviation=volatility * math.sqrt(horizon), weight=weight)
    safe = repair_butterfly(fitted)
    error = safe.implied_volatility(k, years=horizon) - volatility
    return SviFit(
        slice=safe,
        rms_error=math.sqrt(float(np.average(error**2, weights=weight))),
        quotes=int(k.size),
        is_flat=bool(np.unique(k).size < LEAST_QUOTES),
        repaired=safe != fitted,
    )


def repair_butterfly(slice_: SviSlice) -> SviSlice:
    """`slice_` if g(k) >= 0 on its grid, else its closest such blend with the flat slice of its own w(0).

    a and b shrink together towards (w(0), 0), where g = 1 everywhere: the blend exists and ends in the box.
    """
    if butterfly_violation(slice_) == 0.0:
        return slice_
    grid = violation_grid(slice_)
    level = max(float(slice_.total_variance(0.0)), 1e-12)
    low, high = 0.0, 1.0
    for _ in range(_BLEND_STEPS):
        middle = 0.5 * (low + high)
        good = butterfly_violation(_blend(slice_, level=level, share=middle), log_moneyness=grid) == 0.0
        low, high = (middle, high) if good else (low, middle)
    blended = _blend(slice_, level=level, share=low)
    return blended if butterfly_violation(blended) == 0.0 else _blend(slice_, level=level, share=0.0)


def repair_calendar(*, near: SviSlice, far: SviSlice) -> SviSlice:
    """`far` raised by a constant until it is nowhere below `near` on both grids, then repaired."""
    lifted = far
    for _ in range(_BLEND_STEPS):
        excess = calendar_violation(near, lifted)
        if excess == 0.0:
            return lifted
        raised = SviSlice(
            a=lifted.a + excess * (1.0 + 1e-9) + 1e-15,
            b=lifted.b,
            rho=lifted.rho,
            m=lifted.m,
            sigma=lifted.sigma,
        )
        lifted = repair_butterfly(raised)
    return lifted


def _quotes(
    log_moneyness: npt.ArrayLike, implied_volatility: npt.ArrayLike, weights: npt.ArrayLike | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    k = finite("log_moneyness", log_moneyness)
    volatility = positive("implied_volatility", implied_volatility)
    weight = np.ones_like(k) if weights is None else non_negative("weights", weights)
    if k.ndim != 1 or k.shape != volatility.shape or k.shape != weight.shape:
        raise InvalidInput(
            f"quotes must be equal vectors, got log_moneyness {k.shape}, "
            f"implied_volatility {volatility.shape}, weights {weight.shape}"
        )
    counts = weight > 0.0
    return k[counts], volatility[counts], weight[counts]


def _search(*, k: FloatArray, deviation: FloatArray, weight: FloatArray) -> SviSlice:
    unit = float(np.interp(0.0, np.sort(k), deviation[np.argsort(k, kind="stable")]))
    share = np.sqrt(weight / weight.sum())
    reach = float(max(np.max(np.abs(k)), 4.0 * unit))
    guard = np.linspace(-1.5 * reach, 1.5 * reach, _PENALTY_POINTS)

    def residuals(unknowns: FloatArray) -> FloatArray:
        candidate = _slice_of(unknowns, unit=unit)
        misfit = (np.sqrt(candidate.total_variance(k)) - deviation) / unit * share
        density = butterfly_density(candidate, log_moneyness=guard)
        return np.concatenate([misfit, _PENALTY * np.minimum(0.0, density - _DENSITY_MARGIN)])

    lower, upper = _bounds(unit=unit, reach=reach)
    fits = []
    for slope, width in _STARTS:
        start = np.clip([0.5, slope, slope, 0.0, width], lower * (1.0 + 1e-6), upper * (1.0 - 1e-6))
        fits.append(least_squares(residuals, start, bounds=(lower, upper), max_nfev=_MOST_EVALUATIONS))
    best = min(fits, key=lambda fit: float(fit.cost))
    return _slice_of(best.x, unit=unit)


def _bounds(*, unit: float, reach: float) -> tuple[FloatArray, FloatArray]:
    steepest = _SLOPE_ROOM * MAXIMUM_WING_SLOPE / unit
    farthest = min(reach, MAXIMUM_LOG_MONEYNESS) / unit
    widest = min(max(5.0, 2.0 * farthest), MAXIMUM_LOG_MONEYNESS / unit)
    lower = np.array([1e-4, 1e-4, 1e-4, -farthest, 1e-2])
    upper = np.array([25.0, steepest, steepest, farthest, widest])
    return lower, upper


def _slice_of(unknowns: FloatArray, *, unit: float) -> SviSlice:
    least, left, right, vertex, width = (float(value) for value in unknowns)
    b = 0.5 * (left + right) * unit
    rho = (right - left) / (right + left)
    sigma = width * unit
    a = least * unit * unit - b * sigma * math.sqrt(1.0 - rho * rho)
    return SviSlice(a=a, b=b, rho=rho, m=vertex * unit, sigma=sigma)


def _blend(slice_: SviSlice, *, level: float, share: float) -> SviSlice:
    a = share * slice_.a + (1.0 - share) * level
    return SviSlice(a=a, b=share * slice_.b, rho=slice_.rho, m=slice_.m, sigma=slice_.sigma)

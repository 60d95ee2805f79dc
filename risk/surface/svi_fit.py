"""Fitting a smile so that what comes out always passes the on-chain box and has no butterfly arbitrage.

Unknowns, all with simple bounds: least total variance v, left and right wing slopes l = b (1 - rho) and
r = b (1 + rho), vertex m and width sigma, in units of the at-the-money deviation. The box of the chain
(b (1 + |rho|) = max(l, r) <= 2, Lee's bound; least variance >= 0) is then a box of the search. Butterfly arbitrage
is held off by a penalty on negative g(k) and, for certain, by a last blend with the flat slice.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from risk.arrays import FloatArray, finite, non_negative, positive
from risk.errors import InvalidInput, NotEnoughObservations
from risk.surface.repair import repair_butterfly
from risk.surface.svi import SviSlice
from risk.surface.svi_problem import slice_of, smile_problem, solve

__all__ = ["LEAST_QUOTES", "SviFit", "fit_svi"]

LEAST_QUOTES: Final = 5
"""A slice has five parameters: fewer quotes give a flat one."""


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
    stale_beyond: float | None = None,
    floor: SviSlice | None = None,
) -> SviFit:
    """Weighted least squares of implied volatility over the quotes of one expiry; deterministic.

    Minimises sum weight huber(sqrt(w(k)/T) - volatility), where huber is the square up to `stale_beyond` (per 1.00;
    everywhere when absent) and linear beyond, so that a stale quote pulls no harder than one that far off. Shapes:
    three equal vectors (weights default to 1). `floor`: the smile of the expiry before, which this one is kept above
    by a penalty (`repair_calendar` makes it certain). Domain: volatility, years and stale_beyond positive, weights at
    least 0 and not all 0; quotes of weight 0 do not count. Raises InvalidInput, and NotEnoughObservations when no
    quote counts.
    """
    k, volatility, weight = _quotes(log_moneyness, implied_volatility, weights)
    horizon = float(positive("years", years))
    threshold = math.inf if stale_beyond is None else float(positive("stale_beyond", stale_beyond))
    if k.size == 0:
        raise NotEnoughObservations("a smile needs at least 1 quote of positive weight, got 0")
    is_flat = bool(np.unique(k).size < LEAST_QUOTES)
    if is_flat:
        level = math.sqrt(float(np.average(volatility**2, weights=weight)))
        fitted = SviSlice.flat(volatility=level, years=horizon)
    else:
        problem = smile_problem(
            log_moneyness=k,
            deviation=volatility * math.sqrt(horizon),
            weight=weight,
            threshold=threshold * math.sqrt(horizon),
            floor=floor,
        )
        fitted = slice_of(solve(problem)[0], unit=problem.unit)
    safe = repair_butterfly(fitted)
    error = safe.implied_volatility(k, years=horizon) - volatility
    return SviFit(
        slice=safe,
        rms_error=math.sqrt(float(np.average(error**2, weights=weight))),
        quotes=int(k.size),
        is_flat=is_flat,
        repaired=safe != fitted,
    )


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

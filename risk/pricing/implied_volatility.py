"""Implied volatility of Black-76, by a bracketed Newton search on the normalised out-of-the-money price.

With x = -|ln(F/K)| and v = s sqrt(T), the out-of-the-money price over sqrt(F K) is
b(x, v) = e^(x/2) N(x/v + v/2) - e^(-x/2) N(x/v - v/2), written without cancellation as
b = n(h) e^(-t^2/2) (Y(h + t) - Y(h - t)), Y(z) = N(z)/n(z), h = x/v, t = v/2. Below the inflection
v = sqrt(2|x|) the search solves 1/ln b, which is almost a parabola there; above it, ln(b_max - b).
Source: P. Jaeckel, Let's be rational, 2015 (the objectives); the code is our own.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import erfcx

from risk.arrays import BoolArray, FloatArray, IntArray, finite, flags, non_negative, positive
from risk.errors import ConvergenceError

__all__ = ["ImpliedVolatility", "VolatilityStatus", "implied_volatility"]

_SQRT_2: Final = 1.4142135623730951
_SQRT_PI_OVER_2: Final = 1.2533141373155003
_LOG_SQRT_2PI: Final = 0.9189385332046727
_NEWTON_ITERATIONS: Final = 30  # bisection alone afterwards: certain, and never seen to be needed in full
_MAX_ITERATIONS: Final = 200
_TOLERANCE: Final = 4e-16
_CLOSE: Final = 1e-6
_SERIES_WIDTH: Final = 0.1
_SERIES_ORDER: Final = 15
_HIGHEST_DEVIATION: Final = 76.0  # b(x, v) equals its supremum in float64 beyond v = 2 * 38


class VolatilityStatus(IntEnum):
    """Why a volatility is what it is. All but FOUND and INTRINSIC come with NaN."""

    FOUND = 0
    INTRINSIC = 1  # the price is intrinsic exactly: volatility 0
    BELOW_INTRINSIC = 2
    ABOVE_MAXIMUM = 3  # at or above forward (call) or strike (put): no finite volatility
    EXPIRED = 4  # no time left: every volatility gives intrinsic


@dataclass(frozen=True, slots=True, eq=False)
class ImpliedVolatility:
    """volatility: per 1.00 and sqrt(year), NaN where status says so. status: VolatilityStatus values."""

    volatility: FloatArray
    status: IntArray


def implied_volatility(
    *,
    price: npt.ArrayLike,
    forward: npt.ArrayLike,
    strike: npt.ArrayLike,
    years: npt.ArrayLike,
    is_call: npt.ArrayLike,
) -> ImpliedVolatility:
    """The volatility at which Black-76 gives `price`; shapes broadcast.

    Domain: price finite, forward and strike positive, years at least 0, is_call boolean; a price with no
    volatility is a status, not an error. Relative error 1e-12, or what one rounding of the price moves the
    result by where that is more (in the money, or close to the maximum).
    Raises InvalidInput with the value, ConvergenceError if the search fails (no known input does).
    """
    target, f, k, t, call = np.broadcast_arrays(
        finite("price", price),
        positive("forward", forward),
        positive("strike", strike),
        non_negative("years", years),
        flags("is_call", is_call),
    )
    intrinsic = np.maximum(np.where(call, f - k, k - f), 0.0)
    status = _classify(price=target, intrinsic=intrinsic, maximum=np.where(call, f, k), years=t)
    volatility = np.full(target.shape, np.nan)
    volatility[status == VolatilityStatus.INTRINSIC] = 0.0
    found = status == VolatilityStatus.FOUND
    beta = (target - intrinsic)[found] / np.sqrt(f[found]) / np.sqrt(k[found])
    log_moneyness = -np.abs(np.log(f[found] / k[found]))
    volatility[found] = _solve(beta=beta, x=log_moneyness) / np.sqrt(t[found])
    return ImpliedVolatility(volatility=volatility, status=status)


def _classify(
    *, price: FloatArray, intrinsic: FloatArray, maximum: FloatArray, years: FloatArray
) -> IntArray:
    status = np.full(price.shape, int(VolatilityStatus.FOUND), dtype=np.int64)
    status[price == intrinsic] = VolatilityStatus.INTRINSIC
    status[price < intrinsic] = VolatilityStatus.BELOW_INTRINSIC
    status[price >= maximum] = VolatilityStatus.ABOVE_MAXIMUM
    status[years == 0.0] = VolatilityStatus.EXPIRED
    return status


def _solve(*, beta: FloatArray, x: FloatArray) -> FloatArray:
    inflection = np.sqrt(-2.0 * x)
    log_at_inflection = _log_normalised(x=x, v=np.maximum(inflection, 1e-300))
    log_beta = np.log(beta)
    lower_branch = (log_beta < log_at_inflection) & (x < 0.0)
    low = np.where(lower_branch, 0.0, inflection)
    high = np.where(lower_branch, inflection, _HIGHEST_DEVIATION)
    v = _first_guess(x=x, beta=beta, log_beta=log_beta, lower_branch=lower_branch)
    v = np.where((v > low) & (v < high), v, 0.5 * (low + high))
    for iteration in range(_MAX_ITERATIONS):
        log_b = _log_normalised(x=x, v=v)
        low, high = np.where(log_b < log_beta, v, low), np.where(log_b >= log_beta, v, high)
        following = v + _step(x=x, v=v, log_b=log_b, log_beta=log_beta, lower_branch=lower_branch)
        inside = (following > low) & (following < high) & (iteration < _NEWTON_ITERATIONS)
        # Far above the root the supremum less b rounds to 0 and so does the step: only a close price settles.
        settled = (np.abs(following - v) <= _TOLERANCE * v) & (np.abs(log_b - log_beta) < _CLOSE)
        following = np.where(inside | settled, following, 0.5 * (low + high))
        if np.all(settled | (high - low <= _TOLERANCE * high)):
            return following
        v = following
    worst = int(np.argmax(high - low))
    raise ConvergenceError(
        f"implied volatility: bracket [{low[worst]!r}, {high[worst]!r}] after {_MAX_ITERATIONS} steps "
        f"at log-moneyness {x[worst]!r}, normalised price {beta[worst]!r}"
    )


def _first_guess(
    *, x: FloatArray, beta: FloatArray, log_beta: FloatArray, lower_branch: BoolArray
) -> FloatArray:
    """Tail asymptotic ln beta = -x^2 / (2 v^2) below the inflection, Corrado-Miller's rational form above."""
    with np.errstate(invalid="ignore"):
        tail = -x / np.sqrt(-2.0 * np.where(lower_branch, log_beta, -1.0))
        spread = 2.0 * np.sinh(-0.5 * x)
        sum_ = beta + 0.5 * spread
        rational = _SQRT_PI_OVER_2 * (sum_ + np.sqrt(sum_ * sum_ - spread * spread / np.pi))
        rational /= np.cosh(0.5 * x)
    return np.where(lower_branch, tail, rational)


def _step(
    *, x: FloatArray, v: FloatArray, log_b: FloatArray, log_beta: FloatArray, lower_branch: BoolArray
) -> FloatArray:
    h, t = x / v, 0.5 * v
    log_vega = -0.5 * (h * h + t * t) - _LOG_SQRT_2PI
    log_slope = np.exp(log_vega - log_b)  # d ln b / dv
    gap = np.expm1(log_b - log_beta)  # b / beta - 1, exact near the root
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        tail = (log_beta - log_b) * log_b / log_beta / log_slope
        room = np.exp(0.5 * x) - np.exp(log_beta)
        upper_gap = np.log1p(-gap * np.exp(log_beta) / room)
        upper = upper_gap * (np.exp(0.5 * x) - np.exp(log_b)) * np.exp(-log_vega)
    return np.where(lower_branch, tail, upper)


def _log_normalised(*, x: FloatArray, v: FloatArray) -> FloatArray:
    h, t = x / v, 0.5 * v
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        wide = _mills(h + t) - _mills(h - t)
    difference = np.where((t < _SERIES_WIDTH) & (h > -10.0), _mills_difference_series(h=h, t=t), wide)
    return np.log(difference) - 0.5 * (h * h + t * t) - _LOG_SQRT_2PI


def _mills(z: FloatArray) -> FloatArray:
    return _SQRT_PI_OVER_2 * erfcx(-z / _SQRT_2)


def _mills_difference_series(*, h: FloatArray, t: FloatArray) -> FloatArray:
    """Y(h + t) - Y(h - t) by its odd Taylor series; Y' = 1 + h Y, Y^(n) = h Y^(n-1) + (n-1) Y^(n-2)."""
    h = np.maximum(h, -10.0)
    t = np.minimum(t, _SERIES_WIDTH)
    before = _mills(h)
    current = 1.0 + h * before
    power = t.copy()
    total = current * power
    for order in range(2, _SERIES_ORDER + 1):
        before, current = current, h * current + (order - 1) * before
        power = power * t / order
        if order % 2 == 1:
            total = total + current * power
    return 2.0 * total

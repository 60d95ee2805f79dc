"""Implied volatility of Black-76 for arrays of quotes, to the last digits that a price holds.

The attainable accuracy: a relative change of one rounding (1.1e-16) in the price moves the deviation v = s sqrt(T)
by 1.1e-16 price / (v dprice/dv) of itself, and no method does better. In the money and near the maximum that ratio
is large, because there the price is almost all intrinsic value, or almost all of its maximum; out of the money it
is below 1. The search itself adds a few 1e-16. Source: P. Jaeckel, Let's be rational, 2015; the code is our own.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from risk.arrays import FloatArray, IntArray, finite, flags, non_negative, positive
from risk.errors import ConvergenceError
from risk.pricing.normalised_black import solve_kernel

__all__ = ["ImpliedVolatility", "VolatilityStatus", "implied_volatility"]


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
    volatility is a status, not an error. Relative error 2e-15 times (1 + the module's ratio), the
    price's own rounding included.
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
    maximum = np.where(call, f, k)
    status = _classify(price=target, intrinsic=intrinsic, maximum=maximum, years=t)
    volatility = np.full(target.shape, np.nan)
    volatility[status == VolatilityStatus.INTRINSIC] = 0.0
    found = status == VolatilityStatus.FOUND
    f, k = f[found], k[found]
    scale = np.sqrt(f) * np.sqrt(k)
    deviation = _deviations(f, k, (target - intrinsic)[found] / scale, (maximum - target)[found] / scale)
    volatility[found] = deviation / np.sqrt(t[found])
    return ImpliedVolatility(volatility=volatility, status=status)


def _deviations(f: FloatArray, k: FloatArray, beta: FloatArray, room: FloatArray) -> FloatArray:
    deviation = np.empty(f.size)
    failed = solve_kernel(f, k, beta, room, deviation)
    if failed >= 0:
        raise ConvergenceError(
            f"implied volatility: no convergence at forward {f[failed]!r}, strike {k[failed]!r}, "
            f"normalised price {beta[failed]!r}"
        )
    return deviation


def _classify(
    *, price: FloatArray, intrinsic: FloatArray, maximum: FloatArray, years: FloatArray
) -> IntArray:
    status = np.full(price.shape, int(VolatilityStatus.FOUND), dtype=np.int64)
    status[price == intrinsic] = VolatilityStatus.INTRINSIC
    status[price < intrinsic] = VolatilityStatus.BELOW_INTRINSIC
    status[price >= maximum] = VolatilityStatus.ABOVE_MAXIMUM
    status[years == 0.0] = VolatilityStatus.EXPIRED
    return status

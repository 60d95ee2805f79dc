"""Black-76 price and Greeks of European options on a forward, undiscounted.

With forward F, strike K, volatility s (per 1.00 and sqrt(year)), time T (years of 365 days), v = s sqrt(T),
d1 = ln(F/K)/v + v/2, d2 = d1 - v, and c = +1 for a call, -1 for a put:

    price = c (F N(c d1) - K N(c d2))        delta = dV/dF = c N(c d1)       gamma = d2V/dF2 = n(d1) / (F v)
    vega  = dV/ds = F n(d1) sqrt(T)          theta = dV/dt = -F n(d1) s / (2 sqrt(T)), per year

At v = 0 the price is intrinsic and delta is its slope, 1/2 at F = K; there gamma and theta have no finite
limit and are 0, vega is F n(0) sqrt(T). Source: F. Black, The pricing of commodity contracts, 1976.
Absolute error of the price: 4e-16 (F + K) from rounding, plus that of `exp` and `erfc`.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from risk.arrays import BoolArray, FloatArray, broadcast_for_kernel, flags, non_negative, positive
from risk.compilation import compiled

__all__ = ["OptionValues", "black76", "black76_price", "black76_reference"]

_INVERSE_SQRT_2: Final = 0.7071067811865475244
_INVERSE_SQRT_2PI: Final = 0.3989422804014326779


@dataclass(frozen=True, slots=True, eq=False)
class OptionValues:
    """Price and Greeks, one array each, of the broadcast shape of the inputs.

    price: quote currency. delta: per unit of forward. gamma: per squared unit. vega: per 1.00 of volatility.
    theta: per year of passing time, negative for a decaying option.
    """

    price: FloatArray
    delta: FloatArray
    gamma: FloatArray
    vega: FloatArray
    theta: FloatArray


def black76(
    *,
    forward: npt.ArrayLike,
    strike: npt.ArrayLike,
    volatility: npt.ArrayLike,
    years: npt.ArrayLike,
    is_call: npt.ArrayLike,
) -> OptionValues:
    """Price and Greeks of the module's formulas by the compiled kernel.

    Shapes broadcast. Domain: forward and strike positive, volatility and years at least 0, is_call boolean.
    Raises InvalidInput with the first value outside.
    """
    f, k, s, t, call = _checked(
        forward=forward, strike=strike, volatility=volatility, years=years, is_call=is_call
    )
    columns = np.empty((5, f.size))
    _values_kernel(f.ravel(), k.ravel(), s.ravel(), t.ravel(), call.ravel(), columns)
    return OptionValues(*(column.reshape(f.shape) for column in columns))


def black76_price(
    *,
    forward: npt.ArrayLike,
    strike: npt.ArrayLike,
    volatility: npt.ArrayLike,
    years: npt.ArrayLike,
    is_call: npt.ArrayLike,
) -> FloatArray:
    """Price alone, quote currency. Domain and errors as `black76`."""
    f, k, s, t, call = _checked(
        forward=forward, strike=strike, volatility=volatility, years=years, is_call=is_call
    )
    prices = np.empty(f.size)
    _price_kernel(f.ravel(), k.ravel(), s.ravel(), t.ravel(), call.ravel(), prices)
    return prices.reshape(f.shape)


def black76_reference(
    *,
    forward: npt.ArrayLike,
    strike: npt.ArrayLike,
    volatility: npt.ArrayLike,
    years: npt.ArrayLike,
    is_call: npt.ArrayLike,
) -> OptionValues:
    """The same formulas written a second time in plain numpy and scipy: the twin that judges the kernel."""
    f, k, s, t, call = _checked(
        forward=forward, strike=strike, volatility=volatility, years=years, is_call=is_call
    )
    sign = np.where(call, 1.0, -1.0)
    deviation = s * np.sqrt(t)
    live = deviation > 0.0
    safe = np.where(live, deviation, 1.0)
    log_moneyness = np.log(f / k)
    at_money = log_moneyness == 0.0
    d1 = np.where(
        live, log_moneyness / safe + 0.5 * safe, np.where(at_money, 0.0, np.copysign(np.inf, f - k))
    )
    d2 = np.where(live, d1 - deviation, d1)
    density = _INVERSE_SQRT_2PI * np.exp(-0.5 * d1 * d1)
    decay = np.divide(density * s, 2.0 * np.sqrt(t), out=np.zeros_like(f), where=live)
    return OptionValues(
        price=np.where(
            live, sign * (f * ndtr(sign * d1) - k * ndtr(sign * d2)), np.maximum(sign * (f - k), 0.0)
        ),
        delta=sign * ndtr(sign * d1),
        gamma=np.where(live, density / (f * safe), 0.0),
        vega=f * density * np.sqrt(t),
        theta=-f * decay,
    )


def _checked(
    *,
    forward: npt.ArrayLike,
    strike: npt.ArrayLike,
    volatility: npt.ArrayLike,
    years: npt.ArrayLike,
    is_call: npt.ArrayLike,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, BoolArray]:
    call = flags("is_call", is_call)
    f, k, s, t, flag = broadcast_for_kernel(
        positive("forward", forward),
        positive("strike", strike),
        non_negative("volatility", volatility),
        non_negative("years", years),
        call.astype(np.float64),
    )
    return f, k, s, t, flag > 0.0


@compiled
def _normal_cdf(x: float) -> float:
    return 0.5 * math.erfc(-x * _INVERSE_SQRT_2)


@compiled
def price_one(f: float, k: float, s: float, t: float, call: bool) -> float:
    """Price of one option, for kernels of this package; inputs are not checked."""
    sign = 1.0 if call else -1.0
    deviation = s * math.sqrt(t)
    if deviation <= 0.0:
        return max(sign * (f - k), 0.0)
    d1 = math.log(f / k) / deviation + 0.5 * deviation
    return sign * (f * _normal_cdf(sign * d1) - k * _normal_cdf(sign * (d1 - deviation)))


@compiled
def _price_kernel(
    f: FloatArray, k: FloatArray, s: FloatArray, t: FloatArray, call: BoolArray, out: FloatArray
) -> None:
    for i in range(f.size):
        out[i] = price_one(f[i], k[i], s[i], t[i], call[i])


@compiled
def _values_kernel(
    f: FloatArray, k: FloatArray, s: FloatArray, t: FloatArray, call: BoolArray, out: FloatArray
) -> None:
    for i in range(f.size):
        sign = 1.0 if call[i] else -1.0
        root = math.sqrt(t[i])
        deviation = s[i] * root
        if deviation <= 0.0:
            at_money = f[i] == k[i]
            out[0, i] = max(sign * (f[i] - k[i]), 0.0)
            out[1, i] = sign * (0.5 if at_money else (1.0 if sign * (f[i] - k[i]) > 0.0 else 0.0))
            out[2, i] = 0.0
            out[3, i] = f[i] * _INVERSE_SQRT_2PI * root if at_money else 0.0
            out[4, i] = 0.0
            continue
        d1 = math.log(f[i] / k[i]) / deviation + 0.5 * deviation
        density = _INVERSE_SQRT_2PI * math.exp(-0.5 * d1 * d1)
        first = _normal_cdf(sign * d1)
        out[0, i] = sign * (f[i] * first - k[i] * _normal_cdf(sign * (d1 - deviation)))
        out[1, i] = sign * first
        out[2, i] = density / (f[i] * deviation)
        out[3, i] = f[i] * density * root
        out[4, i] = -f[i] * density * s[i] / (2.0 * root)

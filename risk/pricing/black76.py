"""Black-76 price and Greeks of European options on a forward, undiscounted.

With forward F, strike K, volatility s (per 1.00 and sqrt(year)), time T (years of 365 days), v = s sqrt(T),
d1 = ln(F/K)/v + v/2, d2 = d1 - v, and c = +1 for a call, -1 for a put:

    price = c (F N(c d1) - K N(c d2))        delta = dV/dF = c N(c d1)       gamma = d2V/dF2 = n(d1) / (F v)
    vega  = dV/ds = F n(d1) sqrt(T)          theta = dV/dt = -F n(d1) s / (2 sqrt(T)), per year

At v = 0 the price is intrinsic and delta is its slope, 1/2 at F = K; there gamma and theta have no finite
limit and are 0, vega is F n(0) sqrt(T). Source: F. Black, The pricing of commodity contracts, 1976.
Error of the price, vega and delta: a few 1e-16 of F + K, of F sqrt(T) and of 1. Forwards and strikes outside
[1e-290, 1e290] are taken at that bound within ln(F/K).
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from risk.arrays import BoolArray, FloatArray, broadcast_for_kernel, flags, non_negative, positive
from risk.errors import InvalidInput
from risk.pricing.black76_kernel import values_kernel
from risk.pricing.black76_one import INVERSE_SQRT_2PI

__all__ = ["OptionValues", "black76", "black76_price", "black76_reference"]


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
    out: OptionValues | None = None,
) -> OptionValues:
    """Price and Greeks of the module's formulas by the compiled kernel.

    Shapes broadcast. Domain: forward and strike positive, volatility and years at least 0, is_call boolean.
    out: arrays to write into and return, of the broadcast shape, float64, contiguous and apart from each other and
    from the inputs; new memory costs a quarter of the time of a large array. Their content is lost even on an error.
    Raises InvalidInput with the first value outside.
    """
    return _run(forward, strike, volatility, years, is_call, out=out, rows=5)


def black76_price(
    *,
    forward: npt.ArrayLike,
    strike: npt.ArrayLike,
    volatility: npt.ArrayLike,
    years: npt.ArrayLike,
    is_call: npt.ArrayLike,
) -> FloatArray:
    """Price alone, quote currency. Domain and errors as `black76`."""
    return _run(forward, strike, volatility, years, is_call, out=None, rows=1).price


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
    density = INVERSE_SQRT_2PI * np.exp(-0.5 * d1 * d1)
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


def _run(*terms: npt.ArrayLike, out: OptionValues | None, rows: int) -> OptionValues:
    """The first `rows` values; the rest is empty. The kernel tests the domain as it reads; names come after."""
    *numbers, call = terms
    flag = flags("is_call", call)
    columns = [np.asarray(number, dtype=np.float64) for number in numbers]
    f, k, s, t = columns
    shape = f.shape
    if any(column.shape != shape for column in (*columns, flag)):
        f, k, s, t, flag_column = broadcast_for_kernel(*columns, flag.astype(np.float64))
        shape, flag = f.shape, flag_column > 0.0
    inputs = f, k, s, t = [np.require(column.ravel(), None, ["C", "W"]) for column in (f, k, s, t)]
    chosen = np.require(flag.ravel(), None, ["C", "W"])
    values = _new_values(shape, rows=rows) if out is None else _checked_out(out, shape=shape, inputs=inputs)
    price, delta, gamma, vega, theta = (getattr(values, n).reshape(-1) for n in OptionValues.__slots__)
    if not values_kernel(f, k, s, t, chosen, price, delta, gamma, vega, theta):
        forward, strike, volatility, years = columns
        _checked(forward=forward, strike=strike, volatility=volatility, years=years, is_call=call)
    return values


def _new_values(shape: tuple[int, ...], *, rows: int) -> OptionValues:
    memory = np.empty((rows, math.prod(shape)))
    return OptionValues(*(row.reshape(shape) for row in memory), *(np.empty(0) for _ in range(5 - rows)))


def _checked_out(out: OptionValues, *, shape: tuple[int, ...], inputs: list[FloatArray]) -> OptionValues:
    taken = [*inputs]
    for name in OptionValues.__slots__:
        array = getattr(out, name)
        flagged = array.flags
        if (
            array.dtype != np.float64
            or array.shape != shape
            or not (flagged.c_contiguous and flagged.writeable)
        ):
            raise InvalidInput(
                f"out.{name} must be contiguous, writable float64 of shape {shape}, got {array.shape}"
            )
        if any(np.may_share_memory(array, other) for other in taken):
            raise InvalidInput(f"out.{name} must not share memory with an input or another result")
        taken.append(array)
    return out


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

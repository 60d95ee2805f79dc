"""The compiled passes of Black-76: blocks that stay in the first-level cache, one short branch-free loop a pass.

Several short loops beat one long one: the processor then overlaps consecutive options instead of waiting for
one option's chain of polynomials. All passes work in one scratch array at constant offsets, so that LLVM sees
that nothing overlaps and writes vector code. Options without variance are put right afterwards, one by one.
"""

import math
from typing import Final

import numpy as np

from risk.arrays import BoolArray, FloatArray
from risk.compilation import compiled
from risk.pricing.elementary import decaying_exponential, log_ratio, two_tails_over_density

__all__ = ["INVERSE_SQRT_2PI", "price_kernel", "values_kernel"]

INVERSE_SQRT_2PI: Final = 0.3989422804014326779
_BLOCK: Final = 256
_LARGEST: Final = 1.7976931348623157e308
_SMALLEST: Final = 2.2250738585072014e-308
_HIGHEST_DEVIATION: Final = 1e150  # its square is finite, and every price is at its maximum long before


@compiled
def values_kernel(
    f: FloatArray, k: FloatArray, s: FloatArray, t: FloatArray, call: BoolArray, out: FloatArray
) -> bool:
    """Price, delta, gamma, vega, theta into the rows of `out`; False if an input lies outside the domain."""
    work = np.empty(6 * _BLOCK)
    good = True
    for first in range(0, f.size, _BLOCK):
        count = min(_BLOCK, f.size - first)
        good = _in_domain(f, k, s, t, first, count) and good
        live = _tails(f, k, s, t, work, first, count)
        _values(f, k, s, call, work, first, count)
        for row in range(5):
            for i in range(count):
                out[row, first + i] = work[row * _BLOCK + i]
        if not live:
            _values_without_variance(f, k, s, t, call, out, first, count)
    return good


@compiled
def price_kernel(
    f: FloatArray, k: FloatArray, s: FloatArray, t: FloatArray, call: BoolArray, out: FloatArray
) -> bool:
    """Price into `out`, to the last bit that of `values_kernel`; False if an input lies outside the domain."""
    work = np.empty(6 * _BLOCK)
    good = True
    for first in range(0, f.size, _BLOCK):
        count = min(_BLOCK, f.size - first)
        good = _in_domain(f, k, s, t, first, count) and good
        live = _tails(f, k, s, t, work, first, count)
        _prices(f, k, call, work, first, count)
        for i in range(count):
            out[first + i] = work[i]
        if not live:
            for j in range(first, first + count):
                if s[j] * math.sqrt(t[j]) <= 0.0:
                    out[j] = max(f[j] - k[j] if call[j] else k[j] - f[j], 0.0) + 0.0
    return good


@compiled
def _in_domain(f: FloatArray, k: FloatArray, s: FloatArray, t: FloatArray, first: int, count: int) -> bool:
    bad = 0
    for j in range(first, first + count):
        prices = (f[j] > 0.0) & (f[j] <= _LARGEST) & (k[j] > 0.0) & (k[j] <= _LARGEST)
        others = (s[j] >= 0.0) & (s[j] <= _LARGEST) & (t[j] >= 0.0) & (t[j] <= _LARGEST)
        bad += 0 if prices & others else 1
    return bad == 0


@compiled
def _tails(
    f: FloatArray, k: FloatArray, s: FloatArray, t: FloatArray, work: FloatArray, first: int, count: int
) -> bool:
    """Rows of `work`: v, d1, e = exp(-d1^2/2), N(-|d1|)/e, N(-|d2|) over exp(-d2^2/2), sqrt(T). Whether all v > 0."""
    dead = 0
    for i in range(count):
        root = math.sqrt(t[first + i])
        work[5 * _BLOCK + i] = root
        v = s[first + i] * root
        v = v if v < _HIGHEST_DEVIATION else _HIGHEST_DEVIATION
        work[i] = v
        work[_BLOCK + i] = log_ratio(f[first + i], k[first + i]) / v + 0.5 * v
        dead += 0 if v > 0.0 else 1
    for i in range(count):
        d1 = work[_BLOCK + i]
        work[2 * _BLOCK + i] = decaying_exponential(-0.5 * d1 * d1)
    for i in range(count):
        d1 = work[_BLOCK + i]
        tails = two_tails_over_density(abs(d1), abs(d1 - work[i]))
        work[3 * _BLOCK + i], work[4 * _BLOCK + i] = tails
    return dead == 0


@compiled
def _price(f: float, k: float, sign: float, d1: float, d2: float, first: float, second: float) -> float:
    """The price from the tails beyond |d1| and |d2|; `second` is already multiplied by the strike."""
    in_forward = first if sign * d1 < 0.0 else 1.0 - first
    in_strike = second if sign * d2 < 0.0 else k - second
    return sign * (f * in_forward - in_strike) + 0.0  # a put's zero is not -0.0


@compiled
def _prices(f: FloatArray, k: FloatArray, call: BoolArray, work: FloatArray, first: int, count: int) -> None:
    for i in range(count):
        sign = 1.0 if call[first + i] else -1.0
        d1, e = work[_BLOCK + i], work[2 * _BLOCK + i]
        beyond_first = e * work[3 * _BLOCK + i]
        beyond_second = f[first + i] * (e * work[4 * _BLOCK + i])  # K n(d2) = F n(d1)
        work[i] = _price(f[first + i], k[first + i], sign, d1, d1 - work[i], beyond_first, beyond_second)


@compiled
def _values(
    f: FloatArray,
    k: FloatArray,
    s: FloatArray,
    call: BoolArray,
    work: FloatArray,
    first: int,
    count: int,
) -> None:
    for i in range(count):
        sign = 1.0 if call[first + i] else -1.0
        forward, volatility = f[first + i], s[first + i]
        v, d1, e = work[i], work[_BLOCK + i], work[2 * _BLOCK + i]
        beyond_first = e * work[3 * _BLOCK + i]
        beyond_second = forward * (e * work[4 * _BLOCK + i])
        area = forward * v
        gamma = INVERSE_SQRT_2PI * e / (area if area > _SMALLEST else _SMALLEST)
        work[i] = _price(forward, k[first + i], sign, d1, d1 - v, beyond_first, beyond_second)
        work[_BLOCK + i] = sign * (beyond_first if sign * d1 < 0.0 else 1.0 - beyond_first)
        work[2 * _BLOCK + i] = gamma
        work[3 * _BLOCK + i] = INVERSE_SQRT_2PI * e * forward * work[5 * _BLOCK + i]
        work[4 * _BLOCK + i] = -0.5 * (forward * volatility) * gamma * (forward * volatility)


@compiled
def _values_without_variance(
    f: FloatArray,
    k: FloatArray,
    s: FloatArray,
    t: FloatArray,
    call: BoolArray,
    out: FloatArray,
    first: int,
    count: int,
) -> None:
    for j in range(first, first + count):
        root = math.sqrt(t[j])
        if s[j] * root > 0.0:
            continue
        sign = 1.0 if call[j] else -1.0
        at_money = f[j] == k[j]
        out[0, j] = max(sign * (f[j] - k[j]), 0.0) + 0.0
        out[1, j] = sign * (0.5 if at_money else (1.0 if sign * (f[j] - k[j]) > 0.0 else 0.0))
        out[2, j] = 0.0
        out[3, j] = f[j] * INVERSE_SQRT_2PI * root if at_money else 0.0
        out[4, j] = 0.0

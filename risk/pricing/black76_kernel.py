"""The compiled passes of Black-76: blocks that stay in the first-level cache, one short branch-free loop a pass.

Several short loops beat one long one: the processor then overlaps consecutive options instead of waiting for
one option's chain of polynomials. All passes work in one scratch array at constant offsets and each writes one
row of the result, so that LLVM needs few tests for overlap and writes vector code. Options outside the ordinary
range are put right afterwards, one by one: an option's value depends on nothing but the option.
"""

import math
from typing import Final

import numpy as np

from risk.arrays import BoolArray, FloatArray
from risk.compilation import compiled, fused_multiply_add
from risk.pricing.black76_one import INVERSE_SQRT_2PI, in_domain, price_of, values_of_one
from risk.pricing.elementary import (
    decaying_exponential,
    logarithm_of_parts,
    nearest_binary_multiple,
    two_tails_over_density,
)

__all__ = ["values_kernel"]

_BLOCK: Final = 256
# Ordinary: forward and strike within [1e-90, 1e90], deviation within [1e-50, 1e50]. No product below then leaves
# the normal numbers. Positive numbers are ordered as their bits are, and NaN, infinities and negatives lie outside.
_LEAST_PRICE: Final = np.int64(np.float64(1e-90).view(np.int64))
_MOST_PRICE: Final = np.int64(np.float64(1e90).view(np.int64))
_LEAST_DEVIATION: Final = np.int64(np.float64(1e-50).view(np.int64))
_MOST_DEVIATION: Final = np.int64(np.float64(1e50).view(np.int64))


@compiled
def values_kernel(
    f: FloatArray,
    k: FloatArray,
    s: FloatArray,
    t: FloatArray,
    call: BoolArray,
    price: FloatArray,
    delta: FloatArray,
    gamma: FloatArray,
    vega: FloatArray,
    theta: FloatArray,
) -> bool:
    """Values into the last five arrays; with an empty `delta` only the price. False if an input lies outside the
    domain."""
    work = np.empty(7 * _BLOCK)
    good = True
    for first in range(0, f.size, _BLOCK):
        here = slice(first, min(first + _BLOCK, f.size))
        fb, kb, sb, tb, flags = f[here], k[here], s[here], t[here], call[here]
        ordinary = _deviations(fb, kb, sb, tb, work)
        _tails(fb, work)
        _prices(fb, kb, flags, work, price[here])
        if delta.size:
            _deltas(flags, work, delta[here])
            _gammas(work, gamma[here])
            _vegas(fb, work, vega[here])
            _thetas(fb, sb, work, theta[here])
        if not ordinary:
            rows = price[here], delta[here], gamma[here], vega[here], theta[here]
            good = _put_right(fb, kb, sb, tb, flags, work, rows) and good
    return good


@compiled
def _deviations(f: FloatArray, k: FloatArray, s: FloatArray, t: FloatArray, work: FloatArray) -> bool:
    """Rows of `work`: v, artanh's argument, the exponent, 1/(F v), sqrt(T). Whether all options are ordinary.

    One division serves both quotients: it and the root take longer than all else here.
    """
    strange = np.int64(0)
    for i in range(f.size):
        a, b = f[i], k[i]
        root = math.sqrt(t[i])
        v = s[i] * root
        strange |= _strange(a, b, v)
        exponent, b = nearest_binary_multiple(a, b)
        area, total = a * v, a + b
        inverse = 1.0 / (total * area)
        work[i] = v
        work[_BLOCK + i] = (a - b) * area * inverse
        work[2 * _BLOCK + i] = exponent
        work[5 * _BLOCK + i] = root
        work[6 * _BLOCK + i] = total * inverse
    return bool(strange >= 0)


@compiled
def _strange(f: float, k: float, v: float) -> int:
    """Negative, by its sign bit, if one of the three lies outside the ordinary range."""
    a = np.float64(f).view(np.int64)
    b = np.float64(k).view(np.int64)
    c = np.float64(v).view(np.int64)
    prices = (a - _LEAST_PRICE) | (_MOST_PRICE - a) | (b - _LEAST_PRICE) | (_MOST_PRICE - b)
    return int(prices | (c - _LEAST_DEVIATION) | (_MOST_DEVIATION - c))


@compiled
def _tails(f: FloatArray, work: FloatArray) -> None:
    """Rows of `work`: v, d1, e = exp(-d1^2/2), N(-|d1|)/e, N(-|d2|) over exp(-d2^2/2); the last two stay."""
    for i in range(f.size):
        ratio = logarithm_of_parts(work[2 * _BLOCK + i], work[_BLOCK + i])
        work[_BLOCK + i] = fused_multiply_add(ratio, f[i] * work[6 * _BLOCK + i], 0.5 * work[i])
    for i in range(f.size):
        d1 = work[_BLOCK + i]
        work[2 * _BLOCK + i] = decaying_exponential(-0.5 * d1 * d1)
    for i in range(f.size):
        d1 = work[_BLOCK + i]
        tails = two_tails_over_density(abs(d1), abs(d1 - work[i]))
        work[3 * _BLOCK + i], work[4 * _BLOCK + i] = tails


@compiled
def _prices(f: FloatArray, k: FloatArray, call: BoolArray, work: FloatArray, out: FloatArray) -> None:
    for i in range(out.size):
        sign = 1.0 if call[i] else -1.0
        d1, e = work[_BLOCK + i], work[2 * _BLOCK + i]
        out[i] = price_of(
            f[i], k[i], sign, d1, d1 - work[i], e * work[3 * _BLOCK + i], f[i] * (e * work[4 * _BLOCK + i])
        )


@compiled
def _deltas(call: BoolArray, work: FloatArray, out: FloatArray) -> None:
    for i in range(out.size):
        sign = 1.0 if call[i] else -1.0
        beyond = work[2 * _BLOCK + i] * work[3 * _BLOCK + i]
        out[i] = sign * (beyond if sign * work[_BLOCK + i] < 0.0 else 1.0 - beyond)


@compiled
def _gammas(work: FloatArray, out: FloatArray) -> None:
    for i in range(out.size):
        out[i] = INVERSE_SQRT_2PI * work[2 * _BLOCK + i] * work[6 * _BLOCK + i]


@compiled
def _vegas(f: FloatArray, work: FloatArray, out: FloatArray) -> None:
    for i in range(out.size):
        out[i] = INVERSE_SQRT_2PI * work[2 * _BLOCK + i] * f[i] * work[5 * _BLOCK + i]


@compiled
def _thetas(f: FloatArray, s: FloatArray, work: FloatArray, out: FloatArray) -> None:
    for i in range(out.size):
        gamma = INVERSE_SQRT_2PI * work[2 * _BLOCK + i] * work[6 * _BLOCK + i]
        moved = f[i] * s[i]
        out[i] = -0.5 * moved * gamma * moved


@compiled
def _put_right(
    f: FloatArray,
    k: FloatArray,
    s: FloatArray,
    t: FloatArray,
    call: BoolArray,
    work: FloatArray,
    rows: tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray],
) -> bool:
    """The options outside the ordinary range once more. Whether all of them lie in the domain."""
    good = True
    price, delta, gamma, vega, theta = rows
    for i in range(f.size):
        if _strange(f[i], k[i], work[i]) >= 0:
            continue
        good = in_domain(f[i], k[i], s[i], t[i]) and good
        values = values_of_one(f[i], k[i], s[i], t[i], 1.0 if call[i] else -1.0)
        price[i] = values[0]
        if delta.size:
            delta[i], gamma[i], vega[i], theta[i] = values[1], values[2], values[3], values[4]
    return good

"""Branch-free logarithm, exponential and normal tail, which LLVM turns into vector code inside a kernel's loop.

Each is a polynomial or a rational form without a branch, a table or a call; where a product and a sum are fused
is written out, so a result does not depend on the machine. Coefficients: minimax fits made with 50 digits.
"""

from typing import Final

import numpy as np

from risk.compilation import compiled, fused_multiply_add

__all__ = [
    "decaying_exponential",
    "log_ratio",
    "logarithm_of_parts",
    "nearest_binary_multiple",
    "tail_over_density",
    "two_tails_over_density",
]

_LOG2_E: Final = 1.4426950408889634
_LN2_HIGH: Final = 0.6931471803691238  # 21 trailing zero bits: k times it is exact
_LN2_LOW: Final = 1.9082149292705877e-10
_ROUNDER: Final = 6755399441055744.0  # 1.5 * 2**52: adding it leaves the nearest integer in the low bits
_LEAST: Final = 1e-290
_MOST: Final = 1e290
_SHIFT: Final = np.uint64(52)
_HALF_BINADE: Final = np.uint64((2047 << 52) + (1 << 51))
_BIAS: Final = np.uint64(2047)
_EXPONENT_CARRIER: Final = np.uint64(0x433 << 52)  # the bits of 2**52
_CARRIER_VALUE: Final = 4503599627370496.0 + 2047.0
_SCALE_BIAS: Final = np.uint64(1023 + 512)
_UNSCALE: Final = 2.0**-512


@compiled
def log_ratio(numerator: float, denominator: float) -> float:
    """ln(numerator / denominator) within 2 units in the last place, also where the two nearly agree.

    With e the nearest integer to log2 of the ratio, ln = e ln 2 + 2 artanh((a - b 2^e) / (a + b 2^e)), whose
    difference is exact. Domain: positive; each is taken at the nearest point of [1e-290, 1e290].
    """
    a = numerator if numerator > _LEAST else _LEAST
    a = a if a < _MOST else _MOST
    b = denominator if denominator > _LEAST else _LEAST
    b = b if b < _MOST else _MOST
    exponent, b = nearest_binary_multiple(a, b)
    return logarithm_of_parts(exponent, (a - b) / (a + b))


@compiled
def nearest_binary_multiple(a: float, b: float) -> tuple[float, float]:
    """The nearest integer e to log2(a / b), and b 2^e. Domain: [1e-290, 1e290] both; elsewhere meaningless."""
    bits_b = np.float64(b).view(np.uint64)
    biased = (np.float64(a).view(np.uint64) - bits_b + _HALF_BINADE) >> _SHIFT
    exponent = np.uint64(biased | _EXPONENT_CARRIER).view(np.float64) - _CARRIER_VALUE
    return exponent, np.uint64(bits_b + ((biased - _BIAS) << _SHIFT)).view(np.float64)


@compiled
def logarithm_of_parts(exponent: float, s: float) -> float:
    """e ln 2 + 2 artanh(s), |s| <= 0.172. Pairs of terms (Estrin) make the chain of dependent steps short."""
    z = s * s
    z2 = z * z
    first = fused_multiply_add(z, 0.40000000000008185, 0.6666666666666666)
    second = fused_multiply_add(z, 0.22222223066701136, 0.28571428567165486)
    third = fused_multiply_add(z, 0.1538892506667566, 0.18181736189534645)
    fourth = fused_multiply_add(z, 0.13617639424378322, 0.13208584654641073)
    upper = fused_multiply_add(z2, fourth, third)
    p = fused_multiply_add(z2 * z2, upper, fused_multiply_add(z2, second, first))
    return exponent * _LN2_HIGH + (2.0 * s + (s * (z * p) + exponent * _LN2_LOW))


@compiled
def decaying_exponential(x: float) -> float:
    """e^x for x <= 0 within 1 unit in the last place, 0 below -745; subnormal results are rounded properly."""
    x = x if x > -800.0 else -800.0
    shifted = x * _LOG2_E + _ROUNDER
    k = shifted - _ROUNDER
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    r2 = r * r
    r4 = r2 * r2
    first = fused_multiply_add(r, 0.16666666666666669, 0.5)
    second = fused_multiply_add(r, 0.008333333333330062, 0.04166666666662413)
    third = fused_multiply_add(r, 0.00019841269863053618, 0.0013888888917213717)
    fourth = fused_multiply_add(r, 2.7557268459997064e-06, 2.4801521295954376e-05)
    fifth = fused_multiply_add(r, 2.510038549551032e-08, 2.7620088445409746e-07)
    upper = fused_multiply_add(r4, fifth, fused_multiply_add(r2, fourth, third))
    p = fused_multiply_add(r4, upper, fused_multiply_add(r2, second, first))
    scale = np.uint64((np.float64(shifted).view(np.uint64) + _SCALE_BIAS) << _SHIFT).view(np.float64)
    return ((1.0 + fused_multiply_add(r2, p, r)) * scale) * _UNSCALE


@compiled
def tail_over_density(x: float) -> float:
    """N(-x) e^(x^2/2), half of erfcx(x / sqrt 2), for 0 <= x <= 39; relative error below 1e-15.

    All coefficients are positive, so nothing cancels. x beyond 39 is taken at 39, where the density is 0.
    """
    p, q = _tail_terms(x)
    return p / q


@compiled
def two_tails_over_density(x: float, y: float) -> tuple[float, float]:
    """`tail_over_density` of both by one division, at two more roundings each. The denominators are below 1e12."""
    p, q = _tail_terms(x)
    r, s = _tail_terms(y)
    inverse = 1.0 / (q * s)
    return p * (s * inverse), r * (q * inverse)


@compiled
def _tail_terms(x: float) -> tuple[float, float]:
    x = x if x < 39.0 else 39.0
    p = fused_multiply_add(x, 1.3860224539653256992e-06, 3.7264686682340277992e-05)
    p = fused_multiply_add(x, p, 0.00049055893880503587591)
    p = fused_multiply_add(x, p, 0.0040904314765612433485)
    p = fused_multiply_add(x, p, 0.023628227151114591844)
    p = fused_multiply_add(x, p, 0.09771984792008170279)
    p = fused_multiply_add(x, p, 0.28938129152526934732)
    p = fused_multiply_add(x, p, 0.59411831201384485988)
    p = fused_multiply_add(x, p, 0.77492649129241219778)
    p = fused_multiply_add(x, p, 0.5)
    q = fused_multiply_add(x, 3.4742430723931215981e-06, 9.3408717281106822314e-05)
    q = fused_multiply_add(x, q, 0.0012331231496515156396)
    q = fused_multiply_add(x, q, 0.01034659990077507793)
    q = fused_multiply_add(x, q, 0.060449883099124686879)
    q = fused_multiply_add(x, q, 0.25501369589995060509)
    q = fused_multiply_add(x, q, 0.7821741972819162204)
    q = fused_multiply_add(x, q, 1.7146048485618909636)
    q = fused_multiply_add(x, q, 2.5614601627142613497)
    q = fused_multiply_add(x, q, 2.3477375433876807551)
    q = fused_multiply_add(x, q, 1.0)
    return p, q

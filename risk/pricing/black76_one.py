"""One option of any inputs whatever: tiny or huge prices, no variance, numbers outside the domain."""

import math
from typing import Final

from risk.compilation import compiled
from risk.pricing.elementary import decaying_exponential, log_ratio, two_tails_over_density

__all__ = ["INVERSE_SQRT_2PI", "in_domain", "price_of", "values_of_one"]

INVERSE_SQRT_2PI: Final = 0.3989422804014326779
_LARGEST: Final = 1.7976931348623157e308
_SMALLEST: Final = 2.2250738585072014e-308
_HIGHEST_DEVIATION: Final = 1e150  # its square is finite, and every price is at its maximum long before


@compiled
def in_domain(f: float, k: float, s: float, t: float) -> bool:
    """Forward and strike positive, volatility and time at least 0, all finite."""
    prices = (f > 0.0) & (f <= _LARGEST) & (k > 0.0) & (k <= _LARGEST)
    return prices & (s >= 0.0) & (s <= _LARGEST) & (t >= 0.0) & (t <= _LARGEST)


@compiled
def price_of(f: float, k: float, sign: float, d1: float, d2: float, first: float, second: float) -> float:
    """The price from N(-|d1|) and K N(-|d2|), the tails beyond; `sign` is +1 for a call and -1 for a put."""
    in_forward = first if sign * d1 < 0.0 else 1.0 - first
    in_strike = second if sign * d2 < 0.0 else k - second
    return sign * (f * in_forward - in_strike) + 0.0  # a put's zero is not -0.0


@compiled
def values_of_one(
    f: float, k: float, s: float, t: float, sign: float
) -> tuple[float, float, float, float, float]:
    """Price, delta, gamma, vega, theta. Outside the domain the numbers mean nothing."""
    root = math.sqrt(t)
    v = min(s * root, _HIGHEST_DEVIATION)
    if not v > 0.0:
        return _without_variance(f, k, root, sign)
    d1 = log_ratio(f, k) / v + 0.5 * v
    e = decaying_exponential(-0.5 * d1 * d1)
    tail, strike_tail = two_tails_over_density(abs(d1), abs(d1 - v))
    beyond = e * tail
    price = price_of(f, k, sign, d1, d1 - v, beyond, f * (e * strike_tail))  # K n(d2) = F n(d1)
    delta = sign * (beyond if sign * d1 < 0.0 else 1.0 - beyond)
    flow = INVERSE_SQRT_2PI * e * f
    if flow == 0.0:
        return price, delta, 0.0, 0.0, 0.0  # before 0 meets an infinity below
    gamma = INVERSE_SQRT_2PI * e / max(f * v, _SMALLEST)
    return price, delta, gamma, flow * root, -0.5 * flow * (s / root)


@compiled
def _without_variance(
    f: float, k: float, root: float, sign: float
) -> tuple[float, float, float, float, float]:
    worth = sign * (f - k)
    if f == k:
        return 0.0, 0.5 * sign, 0.0, f * INVERSE_SQRT_2PI * root, 0.0
    return max(worth, 0.0) + 0.0, sign if worth > 0.0 else sign * 0.0, 0.0, 0.0, 0.0

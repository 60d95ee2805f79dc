"""Cumulants, saddle and path sum of a quadratic loss, compiled: what the contour integral spends its time in.

The square roots of 1 - 2 l t are principal ones, each taken by itself: on the upper half plane none of the factors
crosses the negative axis, so their product has no branch cut where the logarithm of the product would.
"""

import cmath
import math
from typing import Final

from risk.arrays import FloatArray
from risk.compilation import compiled

__all__ = ["cumulants", "inside_domain", "path_sum", "real_saddle"]

_BISECTIONS: Final = 60
_SAME: Final = 1e-6  # of a logarithm: the saddle only has to lie where the integrand falls


@compiled
def cumulants(slope: FloatArray, curvature: FloatArray, t: float) -> tuple[float, float, float]:
    """K, K' and K'' of sum slope z + curvature (z^2 - 1) at a real t inside the domain."""
    k = first = second = 0.0
    for i in range(slope.size):
        bend, square = curvature[i], slope[i] * slope[i]
        room = 1.0 - 2.0 * bend * t
        k += -0.5 * math.log(room) - bend * t + 0.5 * square * t * t / room
        first += bend / room - bend + square * t * (1.0 - bend * t) / (room * room)
        second += 2.0 * bend * bend / (room * room) + square / (room * room * room)
    return k, first, second


@compiled
def inside_domain(s: float, leftmost: float, rightmost: float) -> float:
    """Maps the real line onto (leftmost, rightmost), either may be infinite; 0 to 0 and with slope 1 there."""
    if s >= 0.0:
        return s if math.isinf(rightmost) else rightmost * s / (rightmost + s)
    return s if math.isinf(leftmost) else leftmost * s / (leftmost + s)


@compiled
def real_saddle(slope: FloatArray, curvature: FloatArray, rightmost: float, x: float, order: int) -> float:
    """The minimum over t > 0 of K(t) - t x - order ln t, by bisection of its slope in ln of `inside_domain`'s s."""
    low, high = -1.0, 1.0
    while _tilt(slope, curvature, rightmost, x, order, low) > 0.0 and low > -700.0:
        low -= 2.0
    while _tilt(slope, curvature, rightmost, x, order, high) < 0.0:
        if high >= 40.0:
            return inside_domain(math.exp(high), 0.0, rightmost)
        high += 2.0
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        if _tilt(slope, curvature, rightmost, x, order, middle) < 0.0:
            low = middle
        else:
            high = middle
        if high - low < _SAME:
            break
    return inside_domain(math.exp(0.5 * (low + high)), 0.0, rightmost)


@compiled
def _tilt(
    slope: FloatArray, curvature: FloatArray, rightmost: float, x: float, order: int, s: float
) -> float:
    t = inside_domain(math.exp(s), 0.0, rightmost)
    return cumulants(slope, curvature, t)[1] - x - order / t


@compiled
def path_sum(
    slope: FloatArray,
    curvature: FloatArray,
    x: float,
    order: int,
    path: tuple[float, float, float, float, float],
    grid: tuple[float, float, int],
) -> tuple[float, float]:
    """(sum, largest absolute term) of Im[e^(K(t) - t x - height) t^-order dt/ds] over equal steps of s.

    path: start, width, side, bend, height of t = start + width (i y + side y^2 / (y + bend)), y = e^(s - e^-s).
    grid: first s, last s, nodes. A term that is no number ends the sum as NaN.
    """
    start, width, side, bend, height = path
    first, last, nodes = grid
    step = (last - first) / (nodes - 1)
    drift = x
    for i in range(curvature.size):
        drift += curvature[i]
    total = largest = 0.0
    for node in range(nodes):
        s = first + step * node
        fall = math.exp(-s)
        y = math.exp(s - fall)
        t = complex(start + width * side * y * y / (y + bend), width * y)
        speed = complex(side * y * (y + 2.0 * bend) / ((y + bend) * (y + bend)), 1.0) * (y * (1.0 + fall))
        exponent = -drift * t - height
        roots = t if order == 1 else t * t
        for i in range(slope.size):
            room = 1.0 - 2.0 * curvature[i] * t
            exponent += 0.5 * slope[i] * slope[i] * t * t / room
            roots *= cmath.sqrt(room)
        term = (cmath.exp(exponent) / roots * speed).imag
        total += term
        largest = largest if abs(term) <= largest else abs(term)
    return total * step, largest

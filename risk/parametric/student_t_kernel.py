"""The integrand of `risk.parametric.multivariate_t`, its saddle and its sum up the vertical, compiled.

b(t) = 1 + (2 t x - sum a^2 t^2 / (1 - 2 l t)) / nu. For t in the upper half plane b(t) / t lies in the lower, so
ln b = ln(b / t) + ln t has no branch cut on the path, and neither have the single roots of 1 - 2 l t.
"""

import cmath
import math
from typing import Final

from risk.arrays import FloatArray
from risk.compilation import compiled

__all__ = ["path_sum", "saddle"]

_GRID: Final = 401
_HALVINGS: Final = 80
_FARTHEST: Final = 1e15


@compiled
def path_sum(
    slope: FloatArray,
    curvature: FloatArray,
    terms: tuple[float, float, int],
    path: tuple[float, float, float],
    reach: float,
    nodes: int,
) -> float:
    """Sum of Re[b^(order - 1 - nu/2) D t^-order e^-height dt/ds] over equal steps of s in [-reach, reach].

    terms: x, nu, order. path: start, width, height of t = start + i width y, y = exp(pi/2 sinh s).
    """
    x, nu, order = terms
    start, width, height = path
    power, step = 0.5 * nu - (order - 1), 2.0 * reach / (nodes - 1)
    total = 0.0
    for node in range(nodes):
        s = step * node - reach
        y = math.exp(0.5 * math.pi * math.sinh(s))
        t = complex(start, width * y)
        over, roots = 1.0 / t + 2.0 * x / nu, t if order == 1 else t * t
        for i in range(slope.size):
            room = 1.0 - 2.0 * curvature[i] * t
            over -= slope[i] * slope[i] * t / room / nu
            roots *= cmath.sqrt(room)
        value = cmath.exp(-power * (cmath.log(over) + cmath.log(t)) - height) / roots
        total += value.real * y * (0.5 * math.pi) * math.cosh(s)
    return total * step


@compiled
def saddle(
    slope: FloatArray, curvature: FloatArray, x: float, nu: float, order: int
) -> tuple[float, float, float]:
    """(t, width, exponent) where the integrand on the real axis is least: good to a step of a grid, which is enough."""
    end = _domain_end(slope, curvature, x, nu)
    start, least = 0.5 * end, math.inf
    for point in range(_GRID):
        t = end / (1.0 + math.exp(30.0 - 50.0 * point / (_GRID - 1)))
        exponent = _exponent(slope, curvature, x, nu, order, t)
        if exponent < least:
            start, least = t, exponent
    return start, _width(slope, curvature, x, nu, order, start), least


@compiled
def _bracketed(slope: FloatArray, curvature: FloatArray, x: float, nu: float, t: float) -> float:
    """b(t) at a real t, not above 0 outside the domain."""
    total = 2.0 * t * x
    for i in range(slope.size):
        room = 1.0 - 2.0 * curvature[i] * t
        if room <= 0.0:
            return -1.0
        total -= slope[i] * slope[i] * t * t / room
    return 1.0 + total / nu


@compiled
def _exponent(slope: FloatArray, curvature: FloatArray, x: float, nu: float, order: int, t: float) -> float:
    b = _bracketed(slope, curvature, x, nu, t)
    if b <= 0.0:
        return math.inf
    total = -(0.5 * nu - (order - 1)) * math.log(b) - order * math.log(t)
    for bend in curvature:
        total -= 0.5 * math.log(1.0 - 2.0 * bend * t)
    return total


@compiled
def _width(slope: FloatArray, curvature: FloatArray, x: float, nu: float, order: int, t: float) -> float:
    """1 / sqrt of the exponent's second derivative."""
    first, second, curved = 2.0 * x, 0.0, 0.0
    for i in range(slope.size):
        bend, square = curvature[i], slope[i] * slope[i]
        room = 1.0 - 2.0 * bend * t
        first -= 2.0 * square * t * (1.0 - bend * t) / (room * room)
        second -= 2.0 * square / (room * room * room)
        curved += 2.0 * bend * bend / (room * room)
    b = _bracketed(slope, curvature, x, nu, t)
    bent = (0.5 * nu - (order - 1)) * ((first / nu / b) ** 2 - second / nu / b)
    return 1.0 / math.sqrt(bent + curved + order / (t * t))


@compiled
def _domain_end(slope: FloatArray, curvature: FloatArray, x: float, nu: float) -> float:
    """Largest t with b > 0 and D finite; b is concave with b(0) = 1, so there is one."""
    low, high = 0.0, 1.0
    while _bracketed(slope, curvature, x, nu, high) > 0.0:
        low, high = high, 2.0 * high
        if high > _FARTHEST:
            return high
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if _bracketed(slope, curvature, x, nu, middle) > 0.0:
            low = middle
        else:
            high = middle
    return low

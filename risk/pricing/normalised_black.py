"""The normalised out-of-the-money Black price, and the search for the deviation that gives it.

With x = -|ln(F/K)|, v = s sqrt(T), h = x/v, t = v/2 and Y(z) = N(z)/n(z), the out-of-the-money price over sqrt(F K)
is b = n(h) e^(-t^2/2) (Y(h + t) - Y(h - t)), its slope b' = n(h) e^(-t^2/2), and its distance from the maximum
e^(x/2) is c = b' (Y(-h - t) + Y(h - t)). Householder's third-order step solves for 1/ln b below the inflection
v = sqrt(2|x|), for b above it, and for ln c in the upper half of prices; a bracket guards every step.
Source: P. Jaeckel, Let's be rational, 2015, sections 3 to 6 (objectives); first guesses and code are our own.
"""

import math
from typing import Final

from risk.arrays import FloatArray
from risk.compilation import compiled
from risk.pricing.elementary import log_ratio, tail_over_density

__all__ = ["solve_kernel", "solve_one"]

_SQRT_2PI: Final = 2.5066282746310005
_LOG_SQRT_2PI: Final = 0.9189385332046727
_HIGHEST_DEVIATION: Final = 76.0  # c is below the least float64 beyond v = 2 * 38
_HOUSEHOLDER_STEPS: Final = 30  # bisection alone afterwards
_MOST_STEPS: Final = 200
_SETTLED: Final = 1e-5  # a step of fourth order this small leaves an error far below one rounding
_LOWER, _MIDDLE, _UPPER = 0, 1, 2


@compiled
def solve_kernel(f: FloatArray, k: FloatArray, beta: FloatArray, room: FloatArray, out: FloatArray) -> int:
    """Deviation of every option into `out`; -1, or the index of one whose search does not end.

    beta: (price - intrinsic) / sqrt(F K). room: (maximum - price) / sqrt(F K). Both positive.
    """
    for i in range(f.size):
        out[i], steps = solve_one(-abs(log_ratio(f[i], k[i])), beta[i], room[i])
        if steps > _MOST_STEPS:
            return i
    return -1


@compiled
def solve_one(x: float, beta: float, room: float) -> tuple[float, int]:
    """The deviation with normalised price `beta`, and the steps it takes (above 200: none found)."""
    inflection = math.sqrt(-2.0 * x)
    region = _MIDDLE if beta < room else _UPPER
    tangent = 0.0
    if x < 0.0:  # b is convex below the inflection and concave above: the tangent there bounds the root
        difference = _mills_difference(x, inflection)
        log_slope = _log_slope(x, inflection)
        if math.log(beta) < log_slope + math.log(difference):
            region = _LOWER
        tangent = inflection + (beta * math.exp(-log_slope) - difference)
    low = 0.0 if region == _LOWER else inflection
    high = inflection if region == _LOWER else _HIGHEST_DEVIATION
    v = _first_guess(x, beta, room, region)
    v = min(v, tangent) if region == _LOWER else max(v, tangent)
    if not low < v < high:
        v = 0.5 * (low + high)
    for step in range(1, _MOST_STEPS + 1):
        newton, second, third = _objective(x, v, beta, room, region)
        low, high = (v, high) if newton > 0.0 else (low, v)
        change = newton * (1.0 + 0.5 * second * newton) / (1.0 + newton * (second + third * newton / 6.0))
        following = v + change
        if abs(change) <= _SETTLED * v and step <= _HOUSEHOLDER_STEPS:
            return following, step
        if not low < following < high or step > _HOUSEHOLDER_STEPS:
            following = 0.5 * (low + high)
        if high - low <= 4e-16 * high:
            return following, step
        v = following
    return v, _MOST_STEPS + 1


@compiled
def _objective(x: float, v: float, beta: float, room: float, region: int) -> tuple[float, float, float]:
    """Newton's step of the region's objective g, then g''/g' and g'''/g'."""
    second = x * x / (v * v * v) - 0.25 * v
    third = second * second - 3.0 * x * x / (v * v * v * v) - 0.25
    log_slope = _log_slope(x, v)
    if region == _MIDDLE:
        return beta * math.exp(-log_slope) - _mills_difference(x, v), second, third
    if region == _UPPER:
        ratio = _mills(-x / v - 0.5 * v) + _mills(x / v - 0.5 * v)
        first = -1.0 / ratio  # of ln c
        newton = (log_slope + math.log(ratio) - math.log(room)) * ratio
        return newton, second - first, third - 3.0 * second * first + 2.0 * first * first
    first = 1.0 / _mills_difference(x, v)  # of ln b
    log_b, log_beta = log_slope - math.log(first), math.log(beta)
    newton = (log_beta - log_b) * log_b / (log_beta * first)
    of_log = third - 3.0 * second * first + 2.0 * first * first
    relative = first / log_b
    return (
        newton,
        second - first - 2.0 * relative,
        of_log - 6.0 * (second - first) * relative + 6.0 * relative * relative,
    )


@compiled
def _first_guess(x: float, beta: float, room: float, region: int) -> float:
    """Tail asymptotics at both ends, Corrado and Miller's quadratic form in between."""
    if region == _LOWER:
        return _lower_guess(x, beta)
    if region == _UPPER:
        level = room / (2.0 * math.cosh(0.5 * x))
        squared = -2.0 * math.log(level)
        for _ in range(2):
            squared = max(-2.0 * math.log(level * _SQRT_2PI * math.sqrt(1.0 + 0.5 * max(squared, 0.0))), 0.1)
        return 2.0 * math.sqrt(squared)
    spread = 2.0 * math.sinh(-0.5 * x)
    total = beta + 0.5 * spread
    root = math.sqrt(max(total * total - spread * spread / math.pi, 0.0))
    return 0.5 * _SQRT_2PI * (total + root) / math.cosh(0.5 * x)


@compiled
def _lower_guess(x: float, beta: float) -> float:
    """b is near n(h) e^(-t^2/2) v / (h^2 - t^2): repeated substitution into the exponent h^2/2."""
    goal = -math.log(beta) - _LOG_SQRT_2PI
    half = max(goal, 0.25)
    for _ in range(4):
        v = -x / math.sqrt(2.0 * half)
        half = max(goal + math.log(v / (1.0 + 2.0 * half)) - 0.125 * v * v, 0.25 * abs(x))
    return -x / math.sqrt(2.0 * half)


@compiled
def _log_slope(x: float, v: float) -> float:
    h, t = x / v, 0.5 * v
    return -0.5 * (h * h + t * t) - _LOG_SQRT_2PI


@compiled
def _mills_difference(x: float, v: float) -> float:
    """Y(h + t) - Y(h - t). By series where the two nearly agree and the recurrence is stable."""
    h, t = x / v, 0.5 * v
    if t > 0.5 or x < -1.0:
        return _mills(h + t) - _mills(h - t)
    before = _mills(h)
    current = 1.0 + h * before  # Y' = 1 + h Y, then Y^(n) = h Y^(n-1) + (n-1) Y^(n-2)
    power = t
    total = current * power
    for order in range(2, 23):
        before, current = current, h * current + (order - 1) * before
        power *= t / order
        if order % 2 == 1:
            total += current * power
    return 2.0 * total


@compiled
def _mills(z: float) -> float:
    """Y(z) = N(z)/n(z); below -39 by its asymptotic series, whose first neglected term is 1e-16 of it."""
    if z > 0.0:
        return _SQRT_2PI * (math.exp(0.5 * z * z) - tail_over_density(z))
    if z > -39.0:
        return _SQRT_2PI * tail_over_density(-z)
    w = 1.0 / (z * z)
    series = 1.0 - 3.0 * w * (1.0 - 5.0 * w * (1.0 - 7.0 * w * (1.0 - 9.0 * w * (1.0 - 11.0 * w))))
    return -(1.0 - w * series) / z

"""The compiled search for a smile: bounded Levenberg-Marquardt with analytic derivatives.

Everything is in units u of the at-the-money deviation: y = k / u, W = w / u^2, unknowns (v, l, r, m, s) with
W(y) = v - s sqrt(l r) + (r - l)/2 (y - m) + (l + r)/2 sqrt((y - m)^2 + s^2), so v is the least total variance and
l, r are the slopes of the wings. Minimises

    1/2 sum share_i huber(sqrt(W(y_i)) - d_i) + 1/2 P^2 sum_j [min(0, g(y_j) - margin)^2 + min(0, sqrt W(y_j) - f_j)^2]

with Durrleman's g and a floor f (no calendar arbitrage; 0 where there is none). Marquardt's scaling and Nielsen's
damping; a variable at a bound that the gradient pushes outwards is held there. Sources: K. Madsen, H. Nielsen and
O. Tingleff, Methods for non-linear least squares problems (2004); C. Kanzow, N. Yamashita and M. Fukushima, projected
Levenberg-Marquardt (2004).
"""

import math

import numpy as np

from risk.arrays import FloatArray
from risk.compilation import compiled

__all__ = ["DENSITY_MARGIN", "PENALTY", "search"]

PENALTY = 10.0
DENSITY_MARGIN = 1e-3
_UNKNOWNS = 5
_MOST_STEPS = 300
_ENOUGH = 1e-13
_LEAST_COST = 1e-26
_LEAST_VARIANCE = 1e-12


@compiled
def _variance(x: FloatArray, y: float, out: FloatArray) -> None:
    """Fills out[0] = (W, W', W'') and out[1:] with their derivatives by each unknown: shape (6, 3)."""
    v, left, right, m, s = x
    mean, tilt, middle = 0.5 * (left + right), 0.5 * (right - left), math.sqrt(left * right)
    z = y - m
    root = math.sqrt(z * z + s * s)
    lean, bend = z / root, s * s / (root * root * root)
    out[0, 0] = v - s * middle + tilt * z + mean * root
    out[0, 1] = tilt + mean * lean
    out[0, 2] = mean * bend
    out[1, 0], out[1, 1], out[1, 2] = 1.0, 0.0, 0.0
    out[2, 0], out[2, 1], out[2, 2] = (
        0.5 * (root - z - s * middle / left),
        0.5 * (lean - 1.0),
        0.5 * bend,
    )
    out[3, 0], out[3, 1], out[3, 2] = (
        0.5 * (root + z - s * middle / right),
        0.5 * (lean + 1.0),
        0.5 * bend,
    )
    out[4, 0], out[4, 1], out[4, 2] = -out[0, 1], -out[0, 2], 3.0 * mean * bend * z / (root * root)
    out[5, 0] = mean * s / root - middle
    out[5, 1] = -mean * z * s / (root * root * root)
    out[5, 2] = mean * bend * (2.0 / s - 3.0 * s / (root * root))


@compiled
def _add(gradient: FloatArray, normal: FloatArray, slope: FloatArray, residual: float, weight: float) -> None:
    for i in range(_UNKNOWNS):
        scaled = weight * slope[i]
        gradient[i] += scaled * residual
        for j in range(i + 1):
            normal[i, j] += scaled * slope[j]


@compiled
def _add_density(
    shape: FloatArray, y: float, unit: float, slope: FloatArray, gradient: FloatArray, normal: FloatArray
) -> float:
    """Adds the penalty on g(y) = (1 - y W'/2W)^2 - W'^2/4W - u^2 W'^2/16 + W''/2 below its margin."""
    w, first, second = max(shape[0, 0], _LEAST_VARIANCE), shape[0, 1], shape[0, 2]
    inner = 1.0 - 0.5 * y * first / w
    square = unit * unit / 16.0
    density: float = inner * inner - 0.25 * first * first / w - square * first * first + 0.5 * second
    short: float = density - DENSITY_MARGIN
    if short >= 0.0:
        return 0.0
    for i in range(_UNKNOWNS):
        dw, d_first = shape[i + 1, 0], shape[i + 1, 1]
        turn = (d_first - first * dw / w) / w
        slope[i] = (
            -inner * y * turn
            - 0.25 * first * (turn + d_first / w)
            - 2.0 * square * first * d_first
            + 0.5 * shape[i + 1, 2]
        )
    _add(gradient, normal, slope, short, PENALTY * PENALTY)
    return 0.5 * PENALTY * PENALTY * short * short


@compiled
def _add_deviation(
    shape: FloatArray,
    target: float,
    weight: float,
    threshold: float,
    slope: FloatArray,
    gradient: FloatArray,
    normal: FloatArray,
) -> float:
    """Adds weight huber(sqrt(W) - target): quadratic to `threshold`, linear beyond."""
    root = math.sqrt(max(shape[0, 0], _LEAST_VARIANCE))
    error = root - target
    for i in range(_UNKNOWNS):
        slope[i] = 0.5 * shape[i + 1, 0] / root
    size = abs(error)
    if size <= threshold:
        _add(gradient, normal, slope, error, weight)
        return 0.5 * weight * error * error
    _add(gradient, normal, slope, error, weight * threshold / size)
    return weight * threshold * (size - 0.5 * threshold)


@compiled
def _evaluate(
    x: FloatArray,
    quotes: FloatArray,
    guard: FloatArray,
    unit: float,
    threshold: float,
    gradient: FloatArray,
    normal: FloatArray,
    shape: FloatArray,
    slope: FloatArray,
) -> float:
    """The cost at x; fills its gradient and the lower half of the Gauss-Newton matrix."""
    gradient[:] = 0.0
    normal[:] = 0.0
    cost = 0.0
    for i in range(quotes.shape[1]):
        _variance(x, quotes[0, i], shape)
        cost += _add_deviation(shape, quotes[1, i], quotes[2, i], threshold, slope, gradient, normal)
    for j in range(guard.shape[1]):
        _variance(x, guard[0, j], shape)
        cost += _add_density(shape, guard[0, j], unit, slope, gradient, normal)
        if guard[1, j] * guard[1, j] > shape[0, 0]:
            weight = PENALTY * PENALTY
            cost += _add_deviation(shape, guard[1, j], weight, math.inf, slope, gradient, normal)
    return cost


@compiled
def _step(
    x: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    gradient: FloatArray,
    normal: FloatArray,
    damping: float,
    factor: FloatArray,
    step: FloatArray,
) -> None:
    """step = -(N + damping diag N)^-1 gradient over the free unknowns, by Cholesky, cut at the bounds."""
    free = np.empty(_UNKNOWNS)
    for i in range(_UNKNOWNS):
        held = (x[i] <= lower[i] and gradient[i] > 0.0) or (x[i] >= upper[i] and gradient[i] < 0.0)
        free[i] = 0.0 if held else 1.0
    for i in range(_UNKNOWNS):
        for j in range(i + 1):
            value = normal[i, j] * free[i] * free[j]
            if i == j:
                value = value * (1.0 + damping) + 1e-14 + 1.0 - free[i]
            for n in range(j):
                value -= factor[i, n] * factor[j, n]
            factor[i, j] = math.sqrt(max(value, 1e-16)) if i == j else value / factor[j, j]
    for i in range(_UNKNOWNS):
        value = -gradient[i] * free[i]
        for n in range(i):
            value -= factor[i, n] * step[n]
        step[i] = value / factor[i, i]
    for i in range(_UNKNOWNS - 1, -1, -1):
        value = step[i]
        for n in range(i + 1, _UNKNOWNS):
            value -= factor[n, i] * step[n]
        step[i] = value / factor[i, i]
    for i in range(_UNKNOWNS):
        step[i] = min(max(x[i] + step[i], lower[i]), upper[i]) - x[i]


@compiled
def _promise(step: FloatArray, gradient: FloatArray, normal: FloatArray) -> float:
    """The fall of the cost that the quadratic model expects of a step."""
    fall = 0.0
    for i in range(_UNKNOWNS):
        fall -= step[i] * (gradient[i] + 0.5 * normal[i, i] * step[i])
        for j in range(i):
            fall -= step[i] * step[j] * normal[i, j]
    return fall


@compiled
def _descend(
    x: FloatArray,
    quotes: FloatArray,
    guard: FloatArray,
    unit: float,
    threshold: float,
    lower: FloatArray,
    upper: FloatArray,
) -> float:
    """Moves x to a local minimum; returns its cost."""
    gradient, normal = np.empty(_UNKNOWNS), np.empty((_UNKNOWNS, _UNKNOWNS))
    next_gradient, next_normal = np.empty_like(gradient), np.empty_like(normal)
    shape, slope = np.empty((_UNKNOWNS + 1, 3)), np.empty(_UNKNOWNS)
    factor, step = np.empty_like(normal), np.empty(_UNKNOWNS)
    cost = _evaluate(x, quotes, guard, unit, threshold, gradient, normal, shape, slope)
    damping, growth = 1e-3, 2.0
    for _ in range(_MOST_STEPS):
        _step(x, lower, upper, gradient, normal, damping, factor, step)
        promise = _promise(step, gradient, normal)
        if cost <= _LEAST_COST or abs(promise) <= _ENOUGH * cost:
            break
        trial = x + step
        reached = _evaluate(trial, quotes, guard, unit, threshold, next_gradient, next_normal, shape, slope)
        if reached < cost:
            gain = (cost - reached) / promise if promise > 0.0 else 0.0
            x[:], cost = trial, reached
            gradient, next_gradient = next_gradient, gradient
            normal, next_normal = next_normal, normal
            damping = max(damping * max(1.0 / 3.0, 1.0 - (2.0 * gain - 1.0) ** 3), 1e-12)
            growth = 2.0
        else:
            damping *= growth
            growth *= 2.0
            if damping > 1e16:
                break
    return cost


@compiled
def search(
    starts: FloatArray,
    quotes: FloatArray,
    guard: FloatArray,
    unit: float,
    threshold: float,
    lower: FloatArray,
    upper: FloatArray,
) -> tuple[FloatArray, float]:
    """The best of the local minima below each start: (unknowns, cost).

    starts: (n, 5). quotes: (3, count) of y, sqrt(W), share. guard: (2, points) of y, floor of sqrt(W). threshold:
    Huber's, in units of the deviation; infinity for least squares. The first of equal minima wins.
    """
    best, least = starts[0].copy(), math.inf
    for n in range(starts.shape[0]):
        x = starts[n].copy()
        cost = _descend(x, quotes, guard, unit, threshold, lower, upper)
        if cost < least:
            best, least = x, cost
    return best, least

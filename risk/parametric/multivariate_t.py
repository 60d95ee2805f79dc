"""Exact tail of the delta-gamma-vega loss under a multivariate t: VaR and CVaR without simulation.

Factors x = sqrt(V) y with y Gaussian and V = nu / chi-square(nu), so L = sqrt(V) a'z + V sum l_i z_i^2 in the loss's
own axes. L > x just where (L - x) / V > 0, whose transform is known (P. Glasserman, P. Heidelberger and P. Shahabuddin,
2002). With

    b(t) = 1 + (2 t x - sum a_i^2 t^2 / (1 - 2 l_i t)) / nu,     D(t) = prod (1 - 2 l_i t)^(-1/2):

    P(L > x)    = 1/(2 pi i) Int b^(-nu/2) D dt / t
    E[(L - x)+] = 1/(2 pi i) Int nu / (nu - 2) b^(1 - nu/2) D dt / t^2

upwards through a real t > 0 where b > 0 and D is finite. For t in the upper half plane b(t) / t lies in the lower, so
ln b = ln(b / t) + ln t has no branch cut on the path.
"""

import math
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from risk.arrays import finite
from risk.errors import ConvergenceError, InvalidInput
from risk.parametric.quadratic_loss import ComplexArray, QuadraticLoss, quadratic_loss
from risk.parametric.search import bracket, checked_tail_confidence
from risk.parametric.tails import ParametricTail

__all__ = ["multivariate_t_tail", "student_t_integral"]

_LEAST_DEGREES: Final = 2.05  # the mean beyond VaR diverges at 2
_MOST_DEGREES: Final = 500.0  # beyond, the integrand oscillates and the Gaussian tail is within its own error
_LEVELS: Final = (240, 480, 960, 1_920, 3_840, 7_680, 15_360, 30_720)
_REACH: Final = 3.7  # y = exp(pi/2 sinh s) spans 1e-14 to 1e14
_ACCURACY: Final = 1e-9
_AT_THE_END: Final = 1e-9


def multivariate_t_tail(
    *,
    delta: npt.ArrayLike,
    gamma: npt.ArrayLike,
    covariance: npt.ArrayLike,
    degrees_of_freedom: float,
    confidence: float,
    drift: float = 0.0,
) -> ParametricTail:
    """VaR and CVaR of -(drift + d'x + x'G x / 2), x multivariate t of mean 0 and this covariance.

    Shapes, units and drift as `quadratic_loss`; covariance that of the factors: the scale is (nu - 2) / nu of it.
    Error: about 1e-7 of the standard deviation, and 1e-5 of it where a factor's part is below that. Raises InvalidInput
    for degrees of freedom outside [2.05, 500] or a confidence outside [0.5, 1), ConvergenceError.
    """
    nu = float(finite("degrees_of_freedom", degrees_of_freedom))
    if not _LEAST_DEGREES <= nu <= _MOST_DEGREES:
        raise InvalidInput(f"degrees_of_freedom must lie in [{_LEAST_DEGREES}, {_MOST_DEGREES}], got {nu!r}")
    tail = 1.0 - checked_tail_confidence(confidence)
    scale = finite("covariance", covariance) * ((nu - 2.0) / nu)
    loss = quadratic_loss(delta=delta, gamma=gamma, covariance=scale, drift=drift)
    if loss.deviation == 0.0:
        return ParametricTail(value_at_risk=loss.mean, expected_shortfall=loss.mean)

    def gap(y: float) -> float:
        return student_t_integral(loss, x=y, degrees_of_freedom=nu, order=1) - tail

    low, high = bracket(gap, what="multivariate t VaR", centre=2.0)
    y = float(brentq(gap, low, high, xtol=1e-10, rtol=1e-12))
    excess = student_t_integral(loss, x=y, degrees_of_freedom=nu, order=2)
    unbent = loss.mean - loss.deviation * float(loss.curvature.sum())  # -drift
    value = unbent + loss.deviation * y
    return ParametricTail(value_at_risk=value, expected_shortfall=value + loss.deviation * excess / tail)


def student_t_integral(loss: QuadraticLoss, *, x: float, degrees_of_freedom: float, order: int) -> float:
    """P(L > x) for order 1, E[(L - x)+] for order 2, of L = sqrt(V) a'z + V sum l z^2 in the loss's standard units.

    Raises ConvergenceError.
    """
    lowest, highest = (end + float(loss.curvature.sum()) for end in loss.support())
    if x >= highest - _AT_THE_END:
        return 0.0
    if x <= lowest + _AT_THE_END:
        mean = degrees_of_freedom / (degrees_of_freedom - 2.0) * float(loss.curvature.sum())
        return 1.0 if order == 1 else mean - x
    start, width, height = _saddle(loss, x=x, nu=degrees_of_freedom, order=order)
    before = math.nan
    for nodes in _LEVELS:
        s, step = np.linspace(-_REACH, _REACH, nodes, retstep=True)
        y = np.exp(0.5 * math.pi * np.sinh(s))
        exponent = _exponent(loss, t=start + 1j * width * y, x=x, nu=degrees_of_freedom, order=order)
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            values = np.exp(exponent - height).real * y * (0.5 * math.pi) * np.cosh(s)
        total = float(values.sum()) * float(step)
        if abs(total - before) <= _ACCURACY * abs(total):
            return _guarded(total * width * math.exp(height) / math.pi, x=x, order=order)
        before = total
    raise ConvergenceError(
        f"t integral of order {order} at {x!r}, nu {degrees_of_freedom!r}: {before!r}, {loss}"
    )


def _exponent(loss: QuadraticLoss, *, t: ComplexArray, x: float, nu: float, order: int) -> ComplexArray:
    """Logarithm of the integrand, on the positive real axis or above it."""
    room = 1.0 - 2.0 * np.multiply.outer(t, loss.curvature)
    # b / t, so that its logarithm stays on one sheet.
    over = 1.0 / t + (2.0 * x - t * (loss.slope**2 / room).sum(axis=-1)) / nu
    power = 0.5 * nu - (order - 1)
    extra = math.log(nu / (nu - 2.0)) if order == 2 else 0.0
    log_t = np.log(t)
    return np.asarray(
        extra - power * (np.log(over) + log_t) - 0.5 * np.log(room).sum(axis=-1) - order * log_t
    )


def _saddle(loss: QuadraticLoss, *, x: float, nu: float, order: int) -> tuple[float, float, float]:
    """(t, width, exponent) where the integrand on the real axis is least: good to a step of a grid, which is enough."""
    end = _domain_end(loss, x=x, nu=nu)
    candidates = end / (1.0 + np.exp(-np.linspace(-30.0, 20.0, 401)))
    with np.errstate(divide="ignore", invalid="ignore"):
        exponents = _exponent(loss, t=candidates.astype(np.complex128), x=x, nu=nu, order=order).real
    best = int(np.nanargmin(exponents))
    start = float(candidates[best])
    return start, _width(loss, t=start, x=x, nu=nu, order=order), float(exponents[best])


def _width(loss: QuadraticLoss, *, t: float, x: float, nu: float, order: int) -> float:
    """1 / sqrt of the exponent's second derivative."""
    room = 1.0 - 2.0 * loss.curvature * t
    square = loss.slope**2
    b = 1.0 + (2.0 * t * x - float(np.sum(square * t * t / room))) / nu
    first = (2.0 * x - float(np.sum(2.0 * square * t * (1.0 - loss.curvature * t) / room**2))) / nu
    second = -float(np.sum(2.0 * square / room**3)) / nu
    bend = (0.5 * nu - (order - 1)) * ((first / b) ** 2 - second / b)
    return 1.0 / math.sqrt(bend + float(np.sum(2.0 * loss.curvature**2 / room**2)) + order / t**2)


def _domain_end(loss: QuadraticLoss, *, x: float, nu: float) -> float:
    """Largest t with b > 0 and D finite; b is concave with b(0) = 1, so there is one."""

    def inside(t: float) -> bool:
        room = 1.0 - 2.0 * loss.curvature * t
        return bool(
            room.min() > 0.0 and 1.0 + (2.0 * t * x - float(np.sum(loss.slope**2 * t * t / room))) / nu > 0.0
        )

    low, high = 0.0, 1.0
    while inside(high):
        low, high = high, 2.0 * high
        if high > 1e15:
            return high
    for _ in range(80):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if inside(middle) else (low, middle)
    return low


def _guarded(value: float, *, x: float, order: int) -> float:
    if not (math.isfinite(value) and value >= -1e-8 and (order == 2 or value <= 1.0 + 1e-8)):
        raise ConvergenceError(f"t integral of order {order} at {x!r} gives {value!r}")
    return max(0.0, min(value, 1.0)) if order == 1 else max(0.0, value)

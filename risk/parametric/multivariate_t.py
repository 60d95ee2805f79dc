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

import numpy.typing as npt
from scipy.optimize import brentq

from risk.arrays import finite
from risk.errors import ConvergenceError, InvalidInput
from risk.parametric.quadratic_loss import QuadraticLoss, quadratic_loss
from risk.parametric.search import LEAST_PROBABILITY, bracket, checked_tail_confidence
from risk.parametric.student_t_kernel import path_sum, saddle
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
        beyond = student_t_integral(loss, x=y, degrees_of_freedom=nu, order=1)
        return math.log(max(beyond, LEAST_PROBABILITY) / tail)

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
    nu = degrees_of_freedom
    start, width, height = saddle(loss.slope, loss.curvature, x, nu, order)
    before = math.nan
    for nodes in _LEVELS:
        total = path_sum(loss.slope, loss.curvature, (x, nu, order), (start, width, height), _REACH, nodes)
        if abs(total - before) <= _ACCURACY * abs(total):
            value = total * width * math.exp(height) / math.pi
            return _guarded(value if order == 1 else value * nu / (nu - 2.0), x=x, order=order)
        before = total
    raise ConvergenceError(f"t integral of order {order} at {x!r}, nu {nu!r}: {before!r}, {loss}")


def _guarded(value: float, *, x: float, order: int) -> float:
    if not (math.isfinite(value) and value >= -1e-8 and (order == 2 or value <= 1.0 + 1e-8)):
        raise ConvergenceError(f"t integral of order {order} at {x!r} gives {value!r}")
    return max(0.0, min(value, 1.0)) if order == 1 else max(0.0, value)

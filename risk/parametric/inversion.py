"""Exact tail integrals of a quadratic loss in Gaussian factors, by inversion along a path from the real saddle.

P(Y > x) = 1/(2 pi i) Int e^(K(t) - t x) dt/t and E[(Y - x)+] with dt/t^2 in its place, over any path that starts at
a real t > 0 inside the domain of K and ends at infinity in the upper half plane, where nothing is singular; the
lower half is its mirror image. The path leaves the saddle upwards and leans to the side where the integrand decays.
A value that no law of mean 0 and variance 1 can have, or a path that does not settle, gives way to Imhof's integral.
"""

import math
from itertools import product
from typing import Final

import numpy as np

from risk.errors import ConvergenceError
from risk.parametric.contour_kernel import path_sum, real_saddle
from risk.parametric.imhof import imhof_integral
from risk.parametric.quadratic_loss import QuadraticLoss

__all__ = ["contour_integral", "is_possible", "tail_integral"]

_FIRST_NODE: Final = -3.5
_LAST_NODE: Final = 9.0
_AT_THE_END: Final = 1e-9  # closer to the largest possible loss than this, nothing is beyond
_BULGE: Final = 1e4  # an integrand that grows this much cancels too many digits
_NODES: Final = (160, 320, 640, 1_280)
_LAST_RESORT: Final = (5_120, 10_240)
_ACCURACY: Final = 1e-8  # of the integral, relative
_IMPOSSIBLE: Final = (
    1e-4  # room for curvatures and slopes counted as none, which leave the variance a little off 1
)


def tail_integral(loss: QuadraticLoss, *, x: float, order: int) -> float:
    """P(Y > x) for order 1, E[(Y - x)+] for order 2: by the contour if that is possible, else by Imhof's integral.

    Raises ConvergenceError where both fail.
    """
    try:
        value = contour_integral(loss, x=x, order=order)
        if is_possible(value, x=x, order=order):
            return value
    except (ConvergenceError, ValueError, ZeroDivisionError, OverflowError):
        pass  # no real saddle, a path that does not settle: the axis needs neither
    value = imhof_integral(loss, x=x, order=order)
    if not is_possible(value, x=x, order=order):
        raise ConvergenceError(f"tail integral of order {order} at {x!r} deviations gives {value!r}, {loss}")
    return value


def is_possible(value: float, *, x: float, order: int) -> bool:
    """Whether a law of mean 0 and variance 1 can have this tail, within 1e-4; false for NaN.

    Order 1: Cantelli, P(Y > x) <= 1 / (1 + x^2) above 0 and its mirror below. Order 2: max(0, -x) <= E[(Y - x)+]
    <= (sqrt(1 + x^2) - x) / 2 (H. Scarf 1958).
    """
    if order == 1:
        bound = 1.0 / (1.0 + x * x)
        least, most = (0.0, bound) if x > 0.0 else (1.0 - bound, 1.0)
    else:
        least, most = max(0.0, -x), 0.5 * (math.hypot(1.0, x) - x)
    return least - _IMPOSSIBLE <= value <= most + _IMPOSSIBLE


def contour_integral(loss: QuadraticLoss, *, x: float, order: int) -> float:
    """1/(2 pi i) Int e^(K(t) - t x) t^-order dt for the standardised loss: the upper ray's real part, doubled."""
    lowest, highest = loss.support()
    if x >= highest - _AT_THE_END:
        return 0.0
    if x <= lowest:
        return 1.0 if order == 1 else -x
    start = real_saddle(loss.slope, loss.curvature, loss.rightmost, x, order)
    for levels, (tilt, straight) in product((_NODES, _LAST_RESORT), _rays(loss)):
        # Far out the exponent is -t (x - asymptote): lean to the side where that decays.
        side = tilt if x > loss.asymptote() else -tilt
        value = _integrate(loss, x=x, order=order, start=start, side=side, straight=straight, levels=levels)
        if value is not None:
            return value
    raise ConvergenceError(f"contour integral at {x!r} deviations, order {order}, saddle {start!r}, {loss}")


def _rays(loss: QuadraticLoss) -> list[tuple[float, float]]:
    """(bend, height up to which the path stays vertical): beyond 1 / (2 |curvature|) a factor only oscillates."""
    scales = np.unique(np.abs(loss.curvature[loss.curvature != 0.0]))[::-1]
    return [(0.3, 0.0), (0.1, 0.0), *((1.0, 0.5 / float(scale)) for scale in scales), (0.0, 0.0)]


def _integrate(
    loss: QuadraticLoss,
    *,
    x: float,
    order: int,
    start: float,
    side: float,
    straight: float,
    levels: tuple[int, ...],
) -> float | None:
    """Double-exponential quadrature up the path, refined until two levels agree; None when they do not."""
    k, _, second = loss.cumulants(start)
    height = k - start * x - order * math.log(start)
    width = 1.0 / math.sqrt(second + order / start**2)
    path = start, width, side, straight / width, height
    before = math.nan
    for nodes in levels:
        grid = _FIRST_NODE, _LAST_NODE, nodes
        total, largest = path_sum(loss.slope, loss.curvature, x, order, path, grid)
        if not (largest <= _BULGE and math.isfinite(total)):
            return None
        if abs(total - before) <= _ACCURACY * abs(total):
            return total * width * math.exp(height) / math.pi
        before = total
    return None

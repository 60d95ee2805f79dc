"""Tail integrals of a quadratic loss by inversion along the imaginary axis: the fallback of the contour.

With f the characteristic function of the standardised loss Y (mean 0, variance 1):

    P(Y > x)     = 1/2 + 1/pi Int_0^inf Im[e^(-iux) f(u)] / u du            (J. Imhof 1961; R. Davies 1980)
    E[(Y - x)+]  = -x/2 + 1/pi Int_0^inf (1 - Re[e^(-iux) f(u)]) / u^2 du,

the second from E|Y - x|. Far out f(u) is e^(iuc) times a slow function, c the loss at the vertex of all curved factors,
so what remains beyond the first stretch is a Fourier integral of frequency x - c (QUADPACK's QAWF). Nothing is
shared with the contour but the cumulant function. Error: 1e-8 absolute, in probability or standard deviations;
the integrand is bounded everywhere, so it cannot blow up as a path off the axis can.
"""

import math
from collections.abc import Callable
from typing import Final, Literal

import numpy as np
from scipy.integrate import quad

from risk.arrays import FloatArray
from risk.errors import ConvergenceError
from risk.parametric.quadratic_loss import ComplexArray, QuadraticLoss

__all__ = ["imhof_integral"]

_PIECES: Final = 128
_NODES: Final = 40
_STRETCH: Final = 64.0  # integrated piece by piece; Y has variance 1, so this is many of its scales
_SPENT: Final = 1e-17  # a characteristic function below this adds nothing
_STILL: Final = 1e-7  # a frequency below this does not turn within any range that matters
_ACCURACY: Final = 1e-7


def imhof_integral(loss: QuadraticLoss, *, x: float, order: int) -> float:
    """P(Y > x) for order 1, E[(Y - x)+] for order 2, of the standardised loss. Raises ConvergenceError."""
    if order == 1:
        return 0.5 + (_near(loss, x=x, order=1) + _far(loss, x=x, order=1)) / math.pi
    within = _near(loss, x=x, order=2) + 1.0 / _STRETCH
    return -0.5 * x + (within - _far(loss, x=x, order=2)) / math.pi


def _turned(loss: QuadraticLoss, *, u: FloatArray, x: float) -> ComplexArray:
    """e^(-iux) f(u)."""
    return np.asarray(np.exp(loss.complex_cumulant(1j * u) - 1j * u * x))


def _near(loss: QuadraticLoss, *, x: float, order: int) -> float:
    """The integral up to _STRETCH by Gauss-Legendre on equal pieces, finer where x makes it turn faster."""
    pieces = _PIECES * (1 + int(abs(x) / 40.0))
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    width = _STRETCH / pieces
    u = (width * (np.arange(pieces)[:, None] + 0.5 * (nodes + 1.0))).ravel()
    turned = _turned(loss, u=u, x=x)
    values = turned.imag / u if order == 1 else (1.0 - turned.real) / (u * u)
    return 0.5 * width * float(values @ np.tile(weights, pieces))


def _far(loss: QuadraticLoss, *, x: float, order: int) -> float:
    """Int_S^inf Im[...] / u or Re[...] / u^2, S = _STRETCH."""
    if abs(_turned(loss, u=np.array([_STRETCH]), x=0.0)[0]) < _SPENT:
        return 0.0
    vertex = loss.asymptote()
    frequency = x - vertex

    def slow(u: float) -> complex:
        return complex(_turned(loss, u=np.array([u]), x=vertex)[0]) / u**order

    # Im[(p + iq)(cos - i sin)] = q cos - p sin, Re[...] = p cos + q sin, of the angle frequency u.
    def real(u: float) -> float:
        return slow(u).real

    def imaginary(u: float) -> float:
        return slow(u).imag

    if order == 1:
        return _fourier(imaginary, frequency, "cos") - _fourier(real, frequency, "sin")
    return _fourier(real, frequency, "cos") + _fourier(imaginary, frequency, "sin")


def _fourier(function: Callable[[float], float], frequency: float, weight: Literal["cos", "sin"]) -> float:
    if abs(frequency) < _STILL:
        if weight == "sin":
            return 0.0
        value, error, *_ = quad(function, _STRETCH, math.inf, limit=400, full_output=1)
    else:
        value, error, *_ = quad(
            function,
            _STRETCH,
            math.inf,
            weight=weight,
            wvar=abs(frequency),
            epsabs=1e-11,
            limlst=400,
            limit=400,
            full_output=1,
        )
    if not error <= _ACCURACY:  # NaN included
        raise ConvergenceError(f"Imhof integral: error {error!r} at frequency {frequency!r}")
    return math.copysign(1.0, frequency) * float(value) if weight == "sin" else float(value)

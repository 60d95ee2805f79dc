"""The loss of the delta-gamma-vega approximation in its own axes: what every parametric tail starts from.

With factors x ~ N(0, S), P&L = drift + d'x + x'G x / 2 and loss Q = -P&L. Diagonalised, with S = L L' and
-L'G L / 2 = U diag(l) U', b = -U'L'd: Q = -drift + sum b_i z_i + l_i z_i^2, whose cumulant function is

    K(t) = -drift t + sum( -ln(1 - 2 l_i t) / 2 + b_i^2 t^2 / (2 (1 - 2 l_i t)) ),   t < 1 / (2 max l)
"""

import math
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from risk.arrays import FloatArray, finite
from risk.errors import InvalidInput
from risk.parametric.contour_kernel import cumulants, inside_domain

__all__ = ["QuadraticLoss", "quadratic_loss"]

ComplexArray: TypeAlias = npt.NDArray[np.complexfloating]

_NEGLIGIBLE: Final = 1e-5
"""Slope or curvature, in units of the standard deviation, that counts as none: it moves VaR by about as much."""


@dataclass(frozen=True, slots=True, eq=False)
class QuadraticLoss:
    """Q = mean + deviation Y, where Y = sum slope_i z_i + curvature_i (z_i^2 - 1) has mean 0 and variance 1.

    slope, curvature: (factors,). A deviation of 0 means a constant loss.
    """

    mean: float
    deviation: float
    slope: FloatArray
    curvature: FloatArray

    @property
    def rightmost(self) -> float:
        """Upper end of the cumulant function's domain, of the standardised loss; may be infinite."""
        steepest = float(self.curvature.max(initial=0.0))
        return math.inf if steepest <= 0.0 else 0.5 / steepest

    @property
    def leftmost(self) -> float:
        """Lower end of the same."""
        steepest = float(self.curvature.min(initial=0.0))
        return -math.inf if steepest >= 0.0 else 0.5 / steepest

    def cumulants(self, t: float) -> tuple[float, float, float]:
        """K, K' and K'' of the standardised loss Y at a real t inside the domain."""
        return cumulants(self.slope, self.curvature, t)

    def complex_cumulant(self, t: ComplexArray) -> ComplexArray:
        """K of the standardised loss on the upper half plane, shape of `t`."""
        room = 1.0 - 2.0 * np.multiply.outer(t, self.curvature)
        square = np.multiply.outer(t * t, 0.5 * self.slope**2)
        return np.asarray((-0.5 * np.log(room) + square / room).sum(axis=-1) - t * self.curvature.sum())

    def inside(self, s: float) -> float:
        """Maps the real line onto the open domain of the cumulant function, 0 to 0 and with slope 1 there."""
        return inside_domain(s, self.leftmost, self.rightmost)

    def support(self) -> tuple[float, float]:
        """Least and largest value of the standardised loss: finite where every factor curves it one way."""
        bent = self.curvature != 0.0
        if np.any(self.slope[~bent] != 0.0) or not np.any(bent):
            return -math.inf, math.inf
        end = self.asymptote()
        return (
            -math.inf if np.any(self.curvature < 0.0) else end,
            math.inf if np.any(self.curvature > 0.0) else end,
        )

    def asymptote(self) -> float:
        """The loss at the vertex of all curved factors; far from 0 the exponent K(t) - t x is -t (x - this)."""
        bent = self.curvature != 0.0
        return float(-np.sum(0.25 * self.slope[bent] ** 2 / self.curvature[bent]) - self.curvature.sum())


def quadratic_loss(
    *, delta: npt.ArrayLike, gamma: npt.ArrayLike, covariance: npt.ArrayLike, drift: float = 0.0
) -> QuadraticLoss:
    """Diagonalises the loss of P&L = drift + d'x + x'G x / 2 with x ~ N(0, covariance).

    drift: expected profit that no factor moves, such as theta x horizon. delta: (n,), money per unit of factor.
    gamma: (n, n) symmetric. covariance: (n, n), positive semidefinite.
    Raises InvalidInput on shapes, NaN, an asymmetric gamma or an indefinite covariance.
    """
    d, g, s = finite("delta", delta), finite("gamma", gamma), finite("covariance", covariance)
    n = d.size
    if d.ndim != 1 or g.shape != (n, n) or s.shape != (n, n):
        raise InvalidInput(
            f"delta, gamma, covariance must be (n,), (n, n), (n, n): {d.shape}, {g.shape}, {s.shape}"
        )
    for name, matrix in (("gamma", g), ("covariance", s)):
        if not np.allclose(matrix, matrix.T, rtol=1e-10, atol=1e-12 * float(np.abs(matrix).max(initial=0.0))):
            raise InvalidInput(
                f"{name} must be symmetric, largest difference {np.abs(matrix - matrix.T).max()!r}"
            )
    variances, axes = np.linalg.eigh(s)
    if n and variances[0] < -1e-10 * max(variances[-1], 0.0):
        raise InvalidInput(
            f"covariance must be positive semidefinite, least eigenvalue {float(variances[0])!r}"
        )
    root = axes * np.sqrt(np.maximum(variances, 0.0))
    curvature, frame = np.linalg.eigh(-0.5 * root.T @ g @ root)
    slope = -frame.T @ root.T @ d
    deviation = math.sqrt(float(np.sum(slope**2 + 2.0 * curvature**2)))
    mean = float(curvature.sum()) - float(finite("drift", drift))
    if deviation == 0.0:
        return QuadraticLoss(mean=mean, deviation=0.0, slope=np.zeros(n), curvature=np.zeros(n))
    return QuadraticLoss(
        mean=mean,
        deviation=deviation,
        slope=_trimmed(slope / deviation),
        curvature=_trimmed(curvature / deviation),
    )


def _trimmed(values: FloatArray) -> FloatArray:
    return np.where(np.abs(values) < _NEGLIGIBLE, 0.0, values)

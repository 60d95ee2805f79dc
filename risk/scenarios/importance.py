"""Importance sampling of a book's tail by exponential twisting of its delta-gamma loss.

P&L ~ drift + d'x + x'G x / 2, x ~ N(0, S). With S = A A', -A'G A / 2 = U diag(l) U', b = -U'A'd and x = A U z the
approximate loss is Q = -drift + sum b_i z_i + l_i z_i^2. Drawing under the density twisted by e^(t Q - K(t)),

    z_i ~ N(t b_i / (1 - 2 t l_i), 1 / (1 - 2 t l_i)),     likelihood ratio e^(K(t) - t Q),

with t > 0 the root of K'(t) = threshold, makes the threshold the mean of Q, and beyond it the ratio is below
e^(K(t) - t threshold). The full revaluation of the moves x
then needs far fewer draws; the ratios keep it unbiased whatever the quality of the
approximation. Source: Glasserman, Heidelberger and Shahabuddin, Variance reduction techniques for estimating
value-at-risk, Management Science 46, 2000.
"""

import math
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from risk._checks import finite_array
from risk.arrays import FloatArray, finite
from risk.dependence.covariance import is_positive_semidefinite
from risk.errors import InvalidInput

__all__ = ["DeltaGammaTwist", "TwistedMoves"]

_LARGEST_STEP: Final = 1.0 - 1e-12
_FARTHEST: Final = 1e6


@dataclass(frozen=True, slots=True, eq=False)
class TwistedMoves:
    """moves: (n, factors) in the unit of the covariance, to be revalued in full. likelihood_ratios: (n,), mean 1.
    approximate_loss: (n,) Q of each move, quote currency, positive = loss."""

    moves: FloatArray
    likelihood_ratios: FloatArray
    approximate_loss: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class DeltaGammaTwist:
    """A book's approximate loss in its own axes and the twist t (per quote currency) of the draws."""

    axes: FloatArray
    slope: FloatArray
    curvature: FloatArray
    constant: float
    twist: float

    @classmethod
    def of(
        cls,
        *,
        delta: ArrayLike,
        gamma: ArrayLike,
        covariance: ArrayLike,
        threshold: float,
        drift: float = 0.0,
    ) -> Self:
        """Arguments as `risk.parametric.quadratic_loss`; threshold: the loss of interest, near the VaR wanted
        (`saddlepoint_value_at_risk`), above the mean of Q. Raises InvalidInput, also when no twist reaches it."""
        d = finite_array(name="delta", values=delta, dimensions=1)
        axes, slope, curvature = _own_axes(
            delta=d,
            gamma=finite_array(name="gamma", values=gamma, dimensions=2),
            covariance=finite_array(name="covariance", values=covariance, dimensions=2),
        )
        constant = -float(finite("drift", drift))
        target = float(finite("threshold", threshold)) - constant
        twist = _twist(slope=slope, curvature=curvature, target=target)
        return cls(axes=axes, slope=slope, curvature=curvature, constant=constant, twist=twist)

    def moves(self, *, normals: ArrayLike) -> TwistedMoves:
        """Twisted draws made of standard normals (n, factors) by shift and scale. Raises InvalidInput."""
        standard = finite_array(name="normals", values=normals, dimensions=2)
        if standard.shape[1] != self.slope.size:
            raise InvalidInput(f"normals must be (n, {self.slope.size}), got shape {standard.shape}")
        room = 1.0 - 2.0 * self.twist * self.curvature
        z = self.twist * self.slope / room + standard / np.sqrt(room)
        loss = z @ self.slope + (z * z) @ self.curvature
        cumulant = _cumulant(slope=self.slope, curvature=self.curvature, twist=self.twist)
        return TwistedMoves(
            moves=z @ self.axes.T,
            likelihood_ratios=np.exp(cumulant - self.twist * loss),
            approximate_loss=self.constant + loss,
        )


def _own_axes(
    *, delta: FloatArray, gamma: FloatArray, covariance: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    size = delta.size
    if size == 0 or gamma.shape != (size, size) or covariance.shape != (size, size):
        raise InvalidInput(
            f"delta, gamma, covariance must be (n,), (n, n), (n, n): {delta.shape}, {gamma.shape}, {covariance.shape}"
        )
    if np.abs(gamma - gamma.T).max() > 1e-10 * np.abs(gamma).max():
        raise InvalidInput(f"gamma must be symmetric, largest difference {np.abs(gamma - gamma.T).max()}")
    if not is_positive_semidefinite(matrix=covariance):
        raise InvalidInput(f"covariance has the eigenvalue {float(np.linalg.eigvalsh(covariance)[0])}")
    variances, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(variances, 0.0))
    curvature, frame = np.linalg.eigh(-0.5 * root.T @ gamma @ root)
    axes = root @ frame
    return axes, np.asarray(-axes.T @ delta), curvature


def _cumulant(*, slope: FloatArray, curvature: FloatArray, twist: float) -> float:
    room = 1.0 - 2.0 * twist * curvature
    return float(np.sum(-0.5 * np.log(room) + 0.5 * (twist * slope) ** 2 / room))


def _twisted_mean(*, slope: FloatArray, curvature: FloatArray, twist: float) -> float:
    room = 1.0 - 2.0 * twist * curvature
    return float(np.sum(curvature / room + slope**2 * twist * (1.0 - twist * curvature) / room**2))


def _twist(*, slope: FloatArray, curvature: FloatArray, target: float) -> float:
    """The root of K'(t) = target on t > 0, searched in s of t = s / (deviation + 2 s max(l, 0)), inside the domain."""
    deviation = math.sqrt(float(np.sum(slope**2 + 2.0 * curvature**2)))
    mean = float(curvature.sum())
    if deviation == 0.0 or target <= mean:
        raise InvalidInput(
            f"the threshold must be above the mean loss {mean!r} of a loss that varies, "
            f"got {target!r}, deviation {deviation!r}"
        )
    steepest = max(0.0, float(curvature.max()))

    def twist_at(s: float) -> float:
        return _LARGEST_STEP * s / (deviation + 2.0 * s * steepest)

    def gap(s: float) -> float:
        return _twisted_mean(slope=slope, curvature=curvature, twist=twist_at(s)) - target

    high = 1.0
    while gap(high) < 0.0:
        high *= 2.0
        if high > _FARTHEST:
            raise InvalidInput(
                f"the delta-gamma loss cannot reach the threshold {target!r} above its constant"
            )
    return twist_at(float(brentq(gap, 0.0, high, xtol=1e-12)))

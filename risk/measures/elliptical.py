"""Closed-form parts of the risk of a linear book under an elliptical law.

With exposures w in money and factor moves of mean m and covariance S, the loss has mean -w'm and deviation
s = sqrt(w'S w), and both measures read R = k s - w'm with one k for the law and confidence (normal VaR: N^-1(alpha)).
Hence dR/dw_i = k (S w)_i / s - m_i and component w_i dR/dw_i, which add up to R (Euler). For k >= 0 R is subadditive,
VaR too. A. McNeil, R. Frey and P. Embrechts, Quantitative Risk Management (2015), section 8.5.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from risk._checks import finite_array
from risk.arrays import FloatArray
from risk.errors import InvalidInput

__all__ = ["EllipticalContributions", "elliptical_contributions"]


@dataclass(frozen=True, slots=True, eq=False)
class EllipticalContributions:
    """R and its parts, money; marginal is per unit of exposure. component and incremental are (factors,)."""

    measure: float
    marginal: FloatArray
    component: FloatArray
    incremental: FloatArray


def elliptical_contributions(
    *, exposures: ArrayLike, mean: ArrayLike, covariance: ArrayLike, multiplier: float
) -> EllipticalContributions:
    """Marginal, component and incremental R = multiplier s - w'm.

    exposures, mean: (n,); covariance: (n, n), over the horizon. multiplier: the measure of the unit-variance law, such
    as `normal_value_at_risk(mean=0, deviation=1, ...)` or `student_t_conditional_value_at_risk(...)`. A book without
    deviation has the marginal -m. Raises InvalidInput on shapes, NaN, an asymmetric or indefinite covariance.
    """
    w = finite_array(name="exposures", values=exposures, dimensions=1)
    m = finite_array(name="mean", values=mean, dimensions=1)
    s = finite_array(name="covariance", values=covariance, dimensions=2)
    if m.shape != w.shape or s.shape != (w.size, w.size):
        raise InvalidInput(
            f"exposures, mean, covariance must be (n,), (n,), (n, n): {w.shape}, {m.shape}, {s.shape}"
        )
    if not math.isfinite(multiplier):
        raise InvalidInput(f"multiplier must be finite, got {multiplier!r}")
    _require_covariance(s)
    along = s @ w
    variance = max(float(w @ along), 0.0)
    deviation = math.sqrt(variance)
    marginal = -m + (multiplier * along / deviation if deviation > 0.0 else 0.0)
    without = np.maximum(variance - 2.0 * w * along + w * w * np.diag(s), 0.0)
    incremental = multiplier * (deviation - np.sqrt(without)) - w * m
    return EllipticalContributions(
        measure=multiplier * deviation - float(w @ m),
        marginal=np.asarray(marginal),
        component=np.asarray(w * marginal),
        incremental=np.asarray(incremental),
    )


def _require_covariance(matrix: FloatArray) -> None:
    if matrix.size == 0:
        return
    scale = float(np.abs(matrix).max())
    if np.abs(matrix - matrix.T).max() > 1e-10 * scale:
        raise InvalidInput(
            f"covariance must be symmetric, largest difference {np.abs(matrix - matrix.T).max()!r}"
        )
    least = float(np.linalg.eigvalsh(matrix)[0])
    if least < -1e-10 * scale:
        raise InvalidInput(f"covariance must be positive semidefinite, least eigenvalue {least!r}")

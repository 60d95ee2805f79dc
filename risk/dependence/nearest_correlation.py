"""The correlation matrix nearest to a symmetric one."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from risk.arrays import FloatArray
from risk.dependence.covariance import symmetric
from risk.errors import ConvergenceError

__all__ = ["nearest_correlation"]

_ITERATIONS: Final = 10_000


def nearest_correlation(*, matrix: ArrayLike, tolerance: float = 1e-10) -> FloatArray:
    """Nearest in the Frobenius norm to a symmetric (n, n), dimensionless: unit diagonal, no negative eigenvalue.

    Alternating projections on the two sets with Dykstra's correction (Higham, Computing the nearest correlation
    matrix, 2002, algorithm 3.3), until a step moves no entry by more than `tolerance`; convergence is linear.
    A last projection and rescaling leave the diagonal exactly 1. Raises InvalidInput if not square, symmetric
    and finite, ConvergenceError after 10,000 steps.
    """
    inside = symmetric(matrix).copy()
    correction = np.zeros_like(inside)
    for _ in range(_ITERATIONS):
        shifted = inside - correction
        projected = _without_negative_eigenvalues(shifted)
        correction = projected - shifted
        following = projected.copy()
        np.fill_diagonal(following, 1.0)
        change = float(np.abs(following - inside).max(initial=0.0))
        apart = float(np.abs(following - projected).max(initial=0.0))
        inside = following
        if max(change, apart) <= tolerance:
            return _unit_diagonal(_without_negative_eigenvalues(inside))
    raise ConvergenceError(f"nearest correlation still moves by {change} after {_ITERATIONS} projections")


def _without_negative_eigenvalues(matrix: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh(matrix)
    clipped = (vectors * np.maximum(values, 0.0)) @ vectors.T
    return np.asarray(0.5 * (clipped + clipped.T))


def _unit_diagonal(matrix: FloatArray) -> FloatArray:
    scale = 1.0 / np.sqrt(np.diag(matrix))
    unit = np.asarray(matrix * np.outer(scale, scale))
    np.fill_diagonal(unit, 1.0)
    return unit

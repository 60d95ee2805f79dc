"""Covariance that can be trusted with few observations, and its loadings for the chain.

Order of factors, the wire's: 2i is the relative spot move of underlying i over the margin horizon, 2i + 1
the relative move of its 30-day volatility. The chain receives L, lower triangular, and computes S = L L',
which is positive semidefinite by construction.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from risk._checks import finite_array
from risk.arrays import FloatArray
from risk.compilation import compiled
from risk.errors import InvalidInput, NotEnoughObservations

__all__ = [
    "ShrunkCovariance",
    "is_positive_semidefinite",
    "loadings",
    "lower_triangle",
    "nearest_positive_semidefinite",
    "shrunk_covariance",
]

# Rounding of a symmetric eigenvalue problem of a few factors, relative to the largest variance.
RELATIVE_TOLERANCE: Final = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class ShrunkCovariance:
    """`matrix` (n, n) in products of the columns' units; `shrinkage` in [0, 1], 0: the sample
    covariance."""

    matrix: FloatArray
    shrinkage: float


def shrunk_covariance(*, observations: ArrayLike) -> ShrunkCovariance:
    """Ledoit-Wolf covariance of rows (T, n), the correlation shrunk towards the identity.

    With standardised columns Z, sample correlation R = Z'Z / T, |A|^2 = tr(A A') / n:
    intensity = min(1, (sum_t |z_t z_t' - R|^2 / T^2) / |R - I|^2), S_ij = s_i s_j ((1 - intensity) R +
    intensity I)_ij. Working on correlations makes the intensity free of the columns' units, and keeps
    every variance. Raises InvalidInput for values that are not finite or a column that never moves,
    NotEnoughObservations below 2 rows. Source: Ledoit and Wolf, A well-conditioned estimator for
    large-dimensional covariance matrices, 2004.
    """
    rows = finite_array(name="observations", values=observations, dimensions=2)
    count, factors = rows.shape
    if count < 2 or factors < 1:
        raise NotEnoughObservations(f"a covariance needs 2 rows of 1 factor, got shape {rows.shape}")
    centred = rows - rows.mean(axis=0)
    deviations = np.sqrt(np.mean(centred**2, axis=0))
    still = deviations <= RELATIVE_TOLERANCE * np.abs(rows).max(axis=0)
    if still.any():
        raise InvalidInput(f"factor {int(np.argmax(still))} never moves: its correlation has no meaning")
    unit = centred / deviations
    correlation = unit.T @ unit / count
    distance = float(np.sum((correlation - np.eye(factors)) ** 2))
    # sum_t |z_t z_t' - R|_F^2 = sum_t |z_t|^4 - T |R|_F^2
    scatter = float(np.sum(np.sum(unit**2, axis=1) ** 2) - count * np.sum(correlation**2)) / count**2
    shrinkage = min(1.0, max(0.0, scatter) / distance) if distance > 0.0 else 0.0
    blended = (1.0 - shrinkage) * correlation + shrinkage * np.eye(factors)
    return ShrunkCovariance(matrix=blended * np.outer(deviations, deviations), shrinkage=shrinkage)


def is_positive_semidefinite(*, matrix: ArrayLike) -> bool:
    """Whether a symmetric matrix (n, n) has no eigenvalue below -1e-12 times its largest. Raises
    InvalidInput."""
    values = np.linalg.eigvalsh(symmetric(matrix))
    return bool(values.size == 0 or values[0] >= -RELATIVE_TOLERANCE * max(values[-1], 0.0))


def nearest_positive_semidefinite(*, matrix: ArrayLike) -> FloatArray:
    """The matrix with negative eigenvalues set to 0, rescaled so that positive variances stay as they were.

    Clipping is the nearest positive semidefinite matrix in the Frobenius norm (Higham 1988); the rescaling
    keeps it positive semidefinite. A matrix that is already so comes back unchanged. Raises InvalidInput
    if it is not square, symmetric and finite, or has a negative variance.
    """
    square = symmetric(matrix)
    variances = np.diag(square)
    if (variances < 0.0).any():
        raise InvalidInput(f"variance of factor {int(np.argmin(variances))} is negative: {variances.min()}")
    if is_positive_semidefinite(matrix=square):
        return square
    values, vectors = np.linalg.eigh(square)
    clipped = (vectors * np.maximum(values, 0.0)) @ vectors.T
    ratio = np.divide(variances, np.diag(clipped), out=np.zeros_like(variances), where=np.diag(clipped) > 0.0)
    scale = np.sqrt(ratio)
    repaired = clipped * np.outer(scale, scale)
    return np.asarray((repaired + repaired.T) / 2.0)


def loadings(*, covariance: ArrayLike) -> FloatArray:
    """Lower triangular L (n, n) with L L' = covariance, diagonal at least 0; singular matrices included.

    Cholesky-Banachiewicz by rows; a pivot below 1e-12 of its variance is 0 and so is its column. Error of
    L L': 1e-12 relative to the variances. Raises InvalidInput if the matrix is not square, symmetric,
    finite and positive semidefinite (repair it first).
    """
    square = symmetric(covariance)
    if not is_positive_semidefinite(matrix=square):
        least = float(np.linalg.eigvalsh(square)[0])
        raise InvalidInput(f"covariance has the eigenvalue {least}: use nearest_positive_semidefinite first")
    return _lower_factor(square, RELATIVE_TOLERANCE)


def lower_triangle(*, matrix: ArrayLike) -> FloatArray:
    """Lower triangle by rows, row i has i + 1 entries: the order of the wire. Shape (n (n + 1) / 2,)."""
    square = finite_array(name="matrix", values=matrix, dimensions=2)
    return square[np.tril_indices(square.shape[0])]


def symmetric(matrix: ArrayLike) -> FloatArray:
    square = finite_array(name="matrix", values=matrix, dimensions=2)
    if square.shape[0] != square.shape[1]:
        raise InvalidInput(f"matrix must be square, got shape {square.shape}")
    skew = float(np.abs(square - square.T).max(initial=0.0))
    if skew > RELATIVE_TOLERANCE * float(np.abs(square).max(initial=0.0)):
        raise InvalidInput(f"matrix must be symmetric, entries differ by {skew}")
    return square


@compiled
def _lower_factor(matrix: FloatArray, tolerance: float) -> FloatArray:
    size = matrix.shape[0]
    factor = np.zeros((size, size))
    for i in range(size):
        for j in range(i + 1):
            rest = matrix[i, j]
            for k in range(j):
                rest -= factor[i, k] * factor[j, k]
            if i == j:
                factor[i, i] = np.sqrt(rest) if rest > tolerance * matrix[i, i] else 0.0
            elif factor[j, j] > 0.0:
                factor[i, j] = rest / factor[j, j]
    return factor

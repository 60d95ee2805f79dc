"""Covariance shrunk towards one common variance."""

import numpy as np
from numpy.typing import ArrayLike

from risk._checks import finite_array
from risk.dependence.covariance import ShrunkCovariance
from risk.errors import NotEnoughObservations

__all__ = ["constant_variance_covariance"]


def constant_variance_covariance(*, observations: ArrayLike) -> ShrunkCovariance:
    """(1 - d) S + d m I of rows (T, n), S = X'X / T of centred X, m = tr(S) / n.

    d = min(1, b / |S - m I|^2), b = (sum_t |x_t x_t' - S|^2) / T^2. The columns must share a unit: unlike
    `shrunk_covariance` the intensity depends on their scales. Source: Ledoit and Wolf, A well-conditioned
    estimator for large-dimensional covariance matrices, 2004, section 3.3. Raises InvalidInput for values that
    are not finite, NotEnoughObservations below 2 rows.
    """
    rows = finite_array(name="observations", values=observations, dimensions=2)
    count, factors = rows.shape
    if count < 2 or factors < 1:
        raise NotEnoughObservations(f"a covariance needs 2 rows of 1 factor, got shape {rows.shape}")
    centred = rows - rows.mean(axis=0)
    sample = centred.T @ centred / count
    target = np.trace(sample) / factors * np.eye(factors)
    distance = float(np.sum((sample - target) ** 2))
    scatter = float(np.sum(np.sum(centred**2, axis=1) ** 2) - count * np.sum(sample**2)) / count**2
    shrinkage = min(1.0, max(0.0, scatter) / distance) if distance > 0.0 else 0.0
    return ShrunkCovariance(matrix=(1.0 - shrinkage) * sample + shrinkage * target, shrinkage=shrinkage)

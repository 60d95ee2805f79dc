"""What every Student-t fit of this package shares: the range of its degrees of freedom, their search, and the density
of the t copula."""

import math
from collections.abc import Callable
from typing import Final

import numpy as np
from scipy import optimize, special

from risk.arrays import FloatArray

__all__ = ["LEAST_DEGREES", "MOST_DEGREES", "most_likely_degrees", "t_copula_log_density"]

LEAST_DEGREES: Final = 2.1
MOST_DEGREES: Final = 200.0  # as good as normal


def most_likely_degrees(loss: Callable[[float], float], *, tolerance: float) -> tuple[float, float]:
    """(nu, loss) where `loss`, a negative log-likelihood, is least inside the range; `tolerance` is of ln nu."""
    best = optimize.minimize_scalar(
        lambda log_degrees: loss(math.exp(log_degrees)),
        bounds=(math.log(LEAST_DEGREES), math.log(MOST_DEGREES)),
        method="bounded",
        options={"xatol": tolerance},
    )
    return math.exp(float(best.x)), float(best.fun)


def t_copula_log_density(uniforms: FloatArray, *, correlation: FloatArray, degrees: float) -> float:
    """Sum over rows (n, d) inside (0, 1) of ln of the joint t density less the margins'."""
    quantiles = special.stdtrit(degrees, uniforms)
    count, size = quantiles.shape
    factor = np.linalg.cholesky(correlation)
    distances = np.sum(np.linalg.solve(factor, quantiles.T) ** 2, axis=0)
    constant = special.gammaln((degrees + size) / 2) + (size - 1) * special.gammaln(degrees / 2)
    constant -= size * special.gammaln((degrees + 1) / 2) + np.log(np.diag(factor)).sum()
    joint = -0.5 * (degrees + size) * np.log1p(distances / degrees).sum()
    single = -0.5 * (degrees + 1) * np.log1p(quantiles**2 / degrees).sum()
    return float(count * constant + joint - single)

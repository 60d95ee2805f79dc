"""Maximum-likelihood multivariate Student-t: location, scatter and degrees of freedom together.

Density: Gamma((nu+d)/2) / (Gamma(nu/2) (nu pi)^(d/2) |S|^(1/2)) (1 + q/nu)^(-(nu+d)/2), q = (x-m)' S^-1
(x-m). Iteration (ECME, Liu and Rubin 1995): weights w = (nu + d) / (nu + q); m = sum w x / sum w; S = sum
w (x-m)(x-m)' / T; then nu maximises the likelihood itself by a bounded search.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from risk._checks import finite_array
from risk.arrays import FloatArray
from risk.dependence.t_degrees import most_likely_degrees
from risk.errors import ConvergenceError, InvalidInput, NotEnoughObservations

__all__ = ["MultivariateT", "fit_multivariate_t"]

_ITERATIONS: Final = 1_000
_TOLERANCE: Final = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class MultivariateT:
    """location (d,), scatter (d, d) (covariance is scatter nu / (nu - 2)), degrees of freedom nu."""

    location: FloatArray
    scatter: FloatArray
    degrees_of_freedom: float
    log_likelihood: float


def fit_multivariate_t(*, observations: ArrayLike) -> MultivariateT:
    """Fit to rows (T, d) of any unit, nu inside [2.1, 200] (200 is as good as normal).

    Stops when the mean log-likelihood rises by less than 1e-9. Rows are taken as independent; overlapping
    windows leave the estimate consistent but less sharp than T suggests. Raises NotEnoughObservations
    below 10 d rows, InvalidInput for a singular sample, ConvergenceError after 1,000 iterations.
    """
    rows = finite_array(name="observations", values=observations, dimensions=2)
    count, size = rows.shape
    if count < 10 * size:
        raise NotEnoughObservations(f"a {size}-dimensional t needs {10 * size} rows, got {count}")
    unit, centre, scale = _standardised(rows)
    location, scatter, degrees, previous = np.zeros(size), np.eye(size), 8.0, -math.inf
    for _ in range(_ITERATIONS):
        distances, log_determinant = _distances(unit, location, scatter)
        degrees, likelihood = _best_degrees(distances=distances, size=size)
        likelihood -= 0.5 * log_determinant
        if likelihood - previous < _TOLERANCE:
            total = count * (likelihood - float(np.log(scale).sum()))
            return MultivariateT(centre + scale * location, scatter * np.outer(scale, scale), degrees, total)
        previous = likelihood
        weights = (degrees + size) / (degrees + distances)
        location = weights @ unit / weights.sum()
        shifted = unit - location
        scatter = (shifted * weights[:, None]).T @ shifted / count
    raise ConvergenceError(f"multivariate t not settled after {_ITERATIONS} iterations, nu {degrees}")


def _standardised(rows: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    centre, scale = np.median(rows, axis=0), rows.std(axis=0)
    if (scale <= 1e-12 * np.abs(rows).max(axis=0)).any():
        raise InvalidInput(f"column {int(np.argmin(scale))} never moves")
    unit = (rows - centre) / scale
    if np.linalg.cond(np.atleast_2d(np.cov(unit, rowvar=False))) > 1e12:
        raise InvalidInput("columns are linear combinations of each other: their scatter is singular")
    return unit, centre, scale


def _distances(rows: FloatArray, location: FloatArray, scatter: FloatArray) -> tuple[FloatArray, float]:
    factor = np.linalg.cholesky(scatter)
    solved = np.linalg.solve(factor, (rows - location).T)
    return np.sum(solved**2, axis=0), 2.0 * float(np.log(np.diag(factor)).sum())


def _best_degrees(*, distances: FloatArray, size: int) -> tuple[float, float]:
    """Degrees of freedom and mean log-likelihood (without the determinant), searched in ln nu."""

    def loss(nu: float) -> float:
        constant = special.gammaln((nu + size) / 2.0) - special.gammaln(nu / 2.0)
        constant -= 0.5 * size * math.log(nu * math.pi)
        return float(0.5 * (nu + size) * np.mean(np.log1p(distances / nu)) - constant)

    degrees, least = most_likely_degrees(loss, tolerance=1e-7)
    return degrees, -least

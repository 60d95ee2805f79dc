"""The t copula: joint extremes whatever the marginals.

With T ~ multivariate t(nu, R), U_i = t_nu(T_i). Correlation by Kendall's tau, R_ij = sin(pi tau_ij / 2), which no
marginal touches, repaired to positive semidefinite; then nu maximises the pseudo-likelihood of the ranks r / (n + 1).
Lower and upper tail dependence of a pair: 2 t_{nu+1}(-sqrt((nu + 1)(1 - R) / (1 + R))); the Gaussian copula has none.
Source: Demarta and McNeil, The t copula and related copulas, 2005.
"""

import math
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from risk._checks import finite_array
from risk.arrays import FloatArray, read_only
from risk.dependence.covariance import nearest_positive_semidefinite
from risk.dependence.t_degrees import most_likely_degrees, t_copula_log_density
from risk.errors import InvalidInput, NotEnoughObservations
from risk.scenarios.diffusion import correlation_root

__all__ = ["TCopula", "fit_t_copula"]

_LEAST_UNIFORM: Final = 2.0**-53
_LARGEST_CORRELATION: Final = 1.0 - 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class TCopula:
    """correlation: (d, d). degrees_of_freedom: above 0. Raises InvalidInput."""

    correlation: FloatArray
    degrees_of_freedom: float

    def __post_init__(self) -> None:
        matrix = finite_array(name="correlation", values=self.correlation, dimensions=2).copy()
        correlation_root(correlation=matrix, underlyings=matrix.shape[0])
        if not (math.isfinite(self.degrees_of_freedom) and self.degrees_of_freedom > 0.0):
            raise InvalidInput(f"degrees_of_freedom must be positive, got {self.degrees_of_freedom!r}")
        object.__setattr__(self, "correlation", read_only(matrix))

    @property
    def size(self) -> int:
        return int(self.correlation.shape[0])

    def uniforms(self, *, uniforms: ArrayLike) -> FloatArray:
        """Dependent uniforms (n, d) of independent ones (n, d + 1), the last column the common chi-square.

        Any source of `risk.scenarios.sampling` will do. Inside [2^-53, 1 - 2^-53]. Raises InvalidInput.
        """
        u = finite_array(name="uniforms", values=uniforms, dimensions=2)
        if u.shape[1] != self.size + 1 or u.min(initial=0.5) <= 0.0 or u.max(initial=0.5) >= 1.0:
            raise InvalidInput(f"uniforms must be (n, {self.size + 1}) inside (0, 1), got shape {u.shape}")
        nu = self.degrees_of_freedom
        root = correlation_root(correlation=self.correlation, underlyings=self.size)
        chi_square = 2.0 * special.gammaincinv(0.5 * nu, u[:, -1:])
        draws = special.ndtri(u[:, :-1]) @ root.T * np.sqrt(nu / chi_square)
        return np.asarray(np.clip(special.stdtr(nu, draws), _LEAST_UNIFORM, 1.0 - _LEAST_UNIFORM))

    def tail_dependence(self) -> FloatArray:
        """(d, d) limit of P(U_i < q | U_j < q) as q falls to 0, the same at the upper end."""
        nu = self.degrees_of_freedom
        ratio = np.maximum(1.0 - self.correlation, 0.0) / np.maximum(1.0 + self.correlation, 1e-300)
        return np.asarray(2.0 * special.stdtr(nu + 1.0, -np.sqrt((nu + 1.0) * ratio)))


def fit_t_copula(*, observations: ArrayLike) -> TCopula:
    """Fit to rows (T, d) of any unit, ties allowed, nu inside [2.1, 200].

    Raises NotEnoughObservations below 10 d rows, InvalidInput for a column that never moves.
    """
    rows = finite_array(name="observations", values=observations, dimensions=2)
    count, size = rows.shape
    if size == 0 or count < max(10 * size, 20):
        raise NotEnoughObservations(
            f"a {size}-dimensional copula needs {max(10 * size, 20)} rows, got {count}"
        )
    still = rows.max(axis=0) == rows.min(axis=0)
    if still.any():
        raise InvalidInput(f"column {int(np.argmax(still))} never moves: it has no ranks")
    correlation = _kendall_correlation(rows)
    from scipy.stats import rankdata  # here: scipy.stats would double the import time of everybody else

    ranks = np.asarray(rankdata(rows, axis=0)) / (count + 1.0)

    def loss(degrees: float) -> float:
        return float(-t_copula_log_density(ranks, correlation=correlation, degrees=degrees) / count)

    degrees, _ = most_likely_degrees(loss, tolerance=1e-4)
    return TCopula(correlation=correlation, degrees_of_freedom=degrees)


def _kendall_correlation(rows: FloatArray) -> FloatArray:
    from scipy.stats import kendalltau  # here: as above

    matrix = np.eye(rows.shape[1])
    for i, j in combinations(range(rows.shape[1]), 2):
        tau = float(kendalltau(rows[:, i], rows[:, j]).statistic)
        matrix[i, j] = matrix[j, i] = _LARGEST_CORRELATION * math.sin(0.5 * math.pi * tau)
    repaired = nearest_positive_semidefinite(matrix=matrix)
    # Strictly inside, so that the density exists; the clipped directions keep a millionth.
    return _LARGEST_CORRELATION * repaired + (1.0 - _LARGEST_CORRELATION) * np.eye(rows.shape[1])

"""Student-t copula: fitted by ranks, simulated with a generator that the caller passes in."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from risk._checks import checked_count, finite_array
from risk.arrays import FloatArray
from risk.dependence.covariance import is_positive_semidefinite, loadings
from risk.dependence.nearest_correlation import nearest_correlation
from risk.dependence.t_degrees import most_likely_degrees, t_copula_log_density
from risk.dependence.tail_dependence import student_t_tail_dependence
from risk.errors import InvalidInput, NotEnoughObservations

__all__ = ["StudentTCopula", "fit_student_t_copula", "simulate_student_t_copula"]

MINIMUM_OBSERVATIONS: Final = 100
# An eigenvalue that keeps the density finite where the ranks' matrix is repaired.
_LEAST_EIGENVALUE: Final = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class StudentTCopula:
    """correlation (n, n) of the t law, degrees of freedom, log-likelihood of the pseudo-observations."""

    correlation: FloatArray
    degrees_of_freedom: float
    log_likelihood: float

    @property
    def tail_dependence(self) -> FloatArray:
        """Coefficient of each pair (n, n), both tails, 1 on the diagonal."""
        nu = self.degrees_of_freedom
        values = [
            student_t_tail_dependence(correlation=float(np.clip(rho, -1.0, 1.0)), degrees_of_freedom=nu)
            for rho in self.correlation.ravel()
        ]
        return np.reshape(values, self.correlation.shape)


def fit_student_t_copula(*, observations: ArrayLike) -> StudentTCopula:
    """From rows (T, n) of any margins, T >= 100, n >= 2.

    Correlation sin(pi tau / 2) of Kendall's tau, repaired to the nearest correlation; then nu in [2.1, 200]
    maximises the likelihood of the ranks over T + 1 (McNeil, Frey and Embrechts 2005, section 5.5). Raises
    NotEnoughObservations, InvalidInput for values not finite, a column that never moves or a singular matrix.
    """
    rows = finite_array(name="observations", values=observations, dimensions=2)
    count, size = rows.shape
    if count < MINIMUM_OBSERVATIONS or size < 2:
        raise NotEnoughObservations(
            f"a copula needs {MINIMUM_OBSERVATIONS} rows of 2 factors, got {rows.shape}"
        )
    still = np.ptp(rows, axis=0) == 0.0
    if still.any():
        raise InvalidInput(f"column {int(np.argmax(still))} never moves: it has no ranks")
    correlation = _rank_correlation(rows)
    uniforms = stats.rankdata(rows, axis=0) / (count + 1.0)
    nu, loss = most_likely_degrees(
        lambda degrees: -t_copula_log_density(uniforms, correlation=correlation, degrees=degrees),
        tolerance=1e-6,
    )
    return StudentTCopula(correlation, nu, -loss)


def simulate_student_t_copula(
    *, copula: StudentTCopula, count: int, generator: np.random.Generator
) -> FloatArray:
    """Uniforms (count, n): t_nu(L g sqrt(nu / c)), g normal, c chi-square(nu), L L' the correlation."""
    checked_count(name="count", value=count, least=1)
    nu, factor = copula.degrees_of_freedom, loadings(covariance=copula.correlation)
    normals = generator.standard_normal((count, factor.shape[0]))
    divisors = generator.chisquare(nu, size=(count, 1)) / nu
    return np.asarray(special.stdtr(nu, normals @ factor.T / np.sqrt(divisors)))


def _rank_correlation(rows: FloatArray) -> FloatArray:
    size = rows.shape[1]
    correlation = np.eye(size)
    for i in range(size):
        for j in range(i):
            tau = float(stats.kendalltau(rows[:, i], rows[:, j]).statistic)
            correlation[i, j] = correlation[j, i] = math.sin(0.5 * math.pi * tau)
    if not is_positive_semidefinite(matrix=correlation):
        correlation = nearest_correlation(matrix=correlation)
        correlation = (1.0 - _LEAST_EIGENVALUE) * correlation + _LEAST_EIGENVALUE * np.eye(size)
    if np.linalg.eigvalsh(correlation)[0] <= 1e-12:
        raise InvalidInput("columns are functions of each other: their rank correlation is singular")
    return correlation

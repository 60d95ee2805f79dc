"""Skewed-t copula: joint falls and joint rises need not be equally likely.

Copula of X = gamma W + sqrt(W) Z, W inverse gamma (nu/2, nu/2), Z normal with correlation R: negative gamma
gathers the joint falls, gamma = 0 is the Student-t copula. Source: Demarta and McNeil, The t copula and
related copulas, 2005, section 5.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats

from risk._checks import checked_count, finite_array
from risk.arrays import FloatArray
from risk.dependence.covariance import loadings, symmetric
from risk.dependence.nearest_correlation import nearest_correlation
from risk.dependence.skewed_t_margin import SkewedTMargin, log_density, skewed_t_margin
from risk.dependence.student_t_copula import MINIMUM_OBSERVATIONS
from risk.dependence.t_degrees import LEAST_DEGREES, MOST_DEGREES
from risk.errors import ConvergenceError, InvalidInput, NotEnoughObservations

__all__ = [
    "SkewedTCopula",
    "SkewedTFit",
    "fit_skewed_t_copula",
    "simulate_skewed_t_copula",
    "skewed_t_copula_log_density",
]

LARGEST_SKEWNESS: Final = 5.0
MOST_FACTORS: Final = 20
_EDGE: Final = 1e-12
_DIFFERENCE_STEP: Final = 1e-4
_WIDEST_ANGLE: Final = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class SkewedTCopula:
    """correlation R (n, n) of Z, n in 2..20; nu in [2.1, 200]; skewness gamma (n,), each in [-5, 5].

    No moment of X is used, so nu <= 4, where X has no variance, is allowed. Raises InvalidInput.
    """

    correlation: FloatArray
    degrees_of_freedom: float
    skewness: FloatArray

    def __post_init__(self) -> None:
        matrix = symmetric(self.correlation)
        skewness = finite_array(name="skewness", values=self.skewness, dimensions=1)
        size = matrix.shape[0]
        if not 2 <= size <= MOST_FACTORS or skewness.shape != (size,):
            raise InvalidInput(
                f"needs 2 to {MOST_FACTORS} factors, got shapes {matrix.shape}, {skewness.shape}"
            )
        if not LEAST_DEGREES <= self.degrees_of_freedom <= MOST_DEGREES:
            raise InvalidInput(
                f"nu must lie in [{LEAST_DEGREES}, {MOST_DEGREES}], got {self.degrees_of_freedom}"
            )
        if np.abs(skewness).max() > LARGEST_SKEWNESS:
            raise InvalidInput(f"skewness must lie within {LARGEST_SKEWNESS} of 0, got {skewness}")
        if np.abs(np.diag(matrix) - 1.0).max() > 1e-9:
            raise InvalidInput(f"a correlation has 1 on its diagonal, got {np.diag(matrix)}")
        loadings(covariance=matrix)
        object.__setattr__(self, "correlation", matrix)
        object.__setattr__(self, "skewness", skewness)


@dataclass(frozen=True, slots=True, eq=False)
class SkewedTFit:
    """The copula of the greatest pseudo-likelihood, and its logarithm."""

    copula: SkewedTCopula
    log_likelihood: float


def simulate_skewed_t_copula(
    *, copula: SkewedTCopula, count: int, generator: np.random.Generator
) -> FloatArray:
    """Uniforms (count, n): F_i(gamma_i W + sqrt(W) (L g)_i), W = nu / chi-square(nu), L L' = R.

    F by table, absolute error below 1e-7.
    """
    checked_count(name="count", value=count, least=1)
    nu, factor = copula.degrees_of_freedom, loadings(covariance=copula.correlation)
    normals = generator.standard_normal((count, factor.shape[0]))
    mixing = nu / generator.chisquare(nu, size=(count, 1))
    draws = copula.skewness * mixing + np.sqrt(mixing) * (normals @ factor.T)
    margins = _margins(nu, copula.skewness)
    return np.column_stack([margin.cumulative(draws[:, i]) for i, margin in enumerate(margins)])


def skewed_t_copula_log_density(*, copula: SkewedTCopula, uniforms: ArrayLike) -> FloatArray:
    """ln c(u) of each row of uniforms (T, n): ln f(x) - sum_i ln f_i(x_i), x_i = F_i^-1(u_i).

    Raises InvalidInput for a singular correlation, or uniforms outside [1e-12, 1 - 1e-12].
    """
    rows = _checked_uniforms(uniforms, copula.skewness.size)
    if np.linalg.eigvalsh(copula.correlation)[0] <= 1e-12:
        raise InvalidInput("a singular correlation has no density")
    margins = _margins(copula.degrees_of_freedom, copula.skewness)
    quantiles, singles = _standardised(margins, rows)
    factor: FloatArray = np.asarray(np.linalg.cholesky(copula.correlation), dtype=np.float64)
    return _joint(quantiles, factor, margins) - singles


def fit_skewed_t_copula(*, uniforms: ArrayLike, common_skewness: bool = True) -> SkewedTFit:
    """Pseudo-maximum likelihood over nu, gamma (one for all columns, or one each) and R, from rows (T, n) of
    ranks over T + 1, T >= 100.

    R starts at sin(pi tau / 2) of Kendall's tau and moves with the rest: that formula holds for elliptical
    laws only, and a shared W makes skewed margins dependent even at R = I. L-BFGS-B from gamma 0 and from both
    signs. Raises NotEnoughObservations, InvalidInput, ConvergenceError.
    """
    rows = _checked_uniforms(uniforms, None)
    count, size = rows.shape
    if count < MINIMUM_OBSERVATIONS:
        raise NotEnoughObservations(f"a copula needs {MINIMUM_OBSERVATIONS} rows, got {count}")
    still = np.ptp(rows, axis=0) == 0.0
    if still.any():
        raise InvalidInput(f"column {int(np.argmax(still))} never moves: it has no ranks")
    free = 1 if common_skewness else size
    likelihood = _Likelihood(rows, free)
    angles = _angles(_rank_correlation(rows))
    bounds = [(math.log(LEAST_DEGREES), math.log(MOST_DEGREES))]
    bounds += [(-LARGEST_SKEWNESS, LARGEST_SKEWNESS)] * free
    bounds += [(-_WIDEST_ANGLE, _WIDEST_ANGLE)] * angles.size
    runs = [
        optimize.minimize(
            likelihood.loss,
            np.concatenate(([math.log(8.0)], np.full(free, sign), angles)),
            method="L-BFGS-B",
            bounds=bounds,
            jac="2-point",
            options={"finite_diff_rel_step": _DIFFERENCE_STEP, "ftol": 1e-9, "gtol": 1e-5, "maxiter": 100},
        )
        for sign in (-0.2, 0.2)
    ]
    best = min(runs, key=lambda run: float(run.fun))
    if not (np.isfinite(best.fun) and best.status != 1):
        raise ConvergenceError(f"skewed-t search stopped at {best.x}: {best.message}")
    nu, skewness, factor = likelihood.unpack(best.x)
    correlation = factor @ factor.T
    np.fill_diagonal(correlation, 1.0)
    return SkewedTFit(SkewedTCopula(correlation, nu, skewness), -float(best.fun) * count)


class _Likelihood:
    """Mean negative log-density of fixed rows; the margins' tables are kept while only R moves."""

    def __init__(self, rows: FloatArray, free: int) -> None:
        self._rows, self._free = rows, free
        self._key: bytes = b""
        self._margins: list[SkewedTMargin] = []
        self._quantiles, self._singles = rows, rows[:, 0]

    def unpack(self, point: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        size = self._rows.shape[1]
        skewness = np.broadcast_to(point[1 : 1 + self._free], (size,)).copy()
        nu = min(max(math.exp(point[0]), LEAST_DEGREES), MOST_DEGREES)
        return nu, skewness, _factor(point[1 + self._free :], size)

    def loss(self, point: FloatArray) -> float:
        nu, skewness, factor = self.unpack(point)
        key = point[: 1 + self._free].tobytes()
        if key != self._key:
            self._margins = _margins(nu, skewness)
            self._quantiles, self._singles = _standardised(self._margins, self._rows)
            self._key = key
        return -float(np.mean(_joint(self._quantiles, factor, self._margins) - self._singles))


def _joint(quantiles: FloatArray, factor: FloatArray, margins: list[SkewedTMargin]) -> FloatArray:
    size = len(margins)
    solved = np.linalg.solve(factor, quantiles.T)
    lean = np.linalg.solve(factor, np.array([margin.skewness for margin in margins]))
    square, drift, cross = np.sum(solved**2, axis=0), float(lean @ lean), lean @ solved
    excess = np.maximum(square * drift - cross**2, 0.0)
    joint = log_density(
        nu=margins[0].degrees_of_freedom, size=size, square=square, drift=drift, cross=cross, excess=excess
    )
    return joint - float(np.log(np.diag(factor)).sum())


def _margins(nu: float, skewness: FloatArray) -> list[SkewedTMargin]:
    made = {
        float(lean): skewed_t_margin(degrees_of_freedom=nu, skewness=float(lean))
        for lean in np.unique(skewness)
    }
    return [made[float(lean)] for lean in skewness]


def _standardised(margins: list[SkewedTMargin], rows: FloatArray) -> tuple[FloatArray, FloatArray]:
    quantiles = np.column_stack([margin.quantile(rows[:, i]) for i, margin in enumerate(margins)])
    singles = sum(margin.log_density(quantiles[:, i]) for i, margin in enumerate(margins))
    return quantiles, np.asarray(singles)


def _factor(angles: FloatArray, size: int) -> FloatArray:
    """Rows of unit length from tanh of the angles, each the share of what the row has left."""
    factor, shares = np.eye(size), iter(np.tanh(angles))
    for i in range(1, size):
        left = 1.0
        for j in range(i):
            factor[i, j] = next(shares) * math.sqrt(left)
            left -= factor[i, j] ** 2
        factor[i, i] = math.sqrt(left)
    return factor


def _angles(correlation: FloatArray) -> FloatArray:
    factor, out = np.linalg.cholesky(correlation), []
    for i in range(1, len(factor)):
        left = 1.0
        for j in range(i):
            out.append(math.atanh(factor[i, j] / math.sqrt(left)))
            left -= factor[i, j] ** 2
    return np.clip(out, -_WIDEST_ANGLE, _WIDEST_ANGLE)


def _rank_correlation(rows: FloatArray) -> FloatArray:
    size = rows.shape[1]
    matrix = np.eye(size)
    for i in range(size):
        for j in range(i):
            tau = float(stats.kendalltau(rows[:, i], rows[:, j]).statistic)
            matrix[i, j] = matrix[j, i] = math.sin(0.5 * math.pi * tau)
    repaired = 0.999 * nearest_correlation(matrix=matrix)
    return np.asarray(repaired + 0.001 * np.eye(size))


def _checked_uniforms(uniforms: ArrayLike, size: int | None) -> FloatArray:
    rows = finite_array(name="uniforms", values=uniforms, dimensions=2)
    if not (2 <= rows.shape[1] <= MOST_FACTORS and size in (None, rows.shape[1])):
        raise InvalidInput(f"uniforms need one column per factor, 2 to {MOST_FACTORS}, got {rows.shape}")
    if rows.size and not (rows.min() >= _EDGE and rows.max() <= 1.0 - _EDGE):
        raise InvalidInput(f"uniforms must lie in [{_EDGE}, 1 - {_EDGE}], got {rows.min()} to {rows.max()}")
    return rows

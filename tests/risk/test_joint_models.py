"""Dependence models: scikit-learn, scipy's laws, Higham's published matrix and simulation judge them."""

import math

import mpmath
import numpy as np
import pytest
from scipy import stats
from sklearn.covariance import ledoit_wolf

from risk.dependence import (
    StudentTCopula,
    constant_variance_covariance,
    correlation_path,
    fit_dynamic_correlation,
    fit_student_t_copula,
    nearest_correlation,
    simulate_student_t_copula,
    student_t_tail_dependence,
)
from risk.dependence.dcc import _likelihood, _target
from risk.errors import InvalidInput, NotEnoughObservations


def generator(key):
    return np.random.Generator(np.random.Philox(key=key))


def moving_correlation(rows=1_500):
    random, level = generator(1), np.eye(2) + 0.4 * (1 - np.eye(2))
    target, out = level.copy(), np.empty((rows, 2))
    for t in range(rows):
        scale = np.sqrt(np.diag(level))
        out[t] = np.linalg.cholesky(level / np.outer(scale, scale)) @ random.standard_normal(2)
        level = 0.05 * target + 0.06 * np.outer(out[t], out[t]) + 0.89 * level
    return out


@pytest.mark.parametrize(("rows", "size"), [(30, 4), (5, 8), (400, 3)])
def test_constant_variance_shrinkage_equals_scikit_learn(rows, size):
    sample = generator(2).standard_normal((rows, size)) * np.arange(1.0, size + 1)
    want, intensity = ledoit_wolf(sample)
    got = constant_variance_covariance(observations=sample)
    assert got.shrinkage == pytest.approx(intensity, rel=1e-10)
    assert got.matrix == pytest.approx(want, rel=1e-10, abs=1e-12)


def test_nearest_correlation_is_the_published_one():
    """The example of the NAG Library's G02AA (nagdoc 27.2), twelve digits printed; and Higham's of 2002, four."""
    second_difference = 2.0 * np.eye(4) - np.eye(4, k=1) - np.eye(4, k=-1)
    a, b, c, d = -0.8084124981489, 0.1915875018502, 0.1067750490255, -0.6562326948064
    printed = [[1, a, b, c], [a, 1, d, b], [b, d, 1, a], [c, b, a, 1]]
    assert nearest_correlation(matrix=second_difference) == pytest.approx(np.array(printed), abs=1e-7)
    got = nearest_correlation(matrix=[[1.0, 1, 0], [1, 1, 1], [0, 1, 1]])
    want = [[1, 0.7607, 0.1573], [0.7607, 1, 0.7607], [0.1573, 0.7607, 1]]
    assert got == pytest.approx(np.array(want), abs=5e-5)
    assert np.linalg.eigvalsh(got)[0] > -1e-12
    valid = np.array([[1.0, 0.3], [0.3, 1.0]])
    assert nearest_correlation(matrix=valid) == pytest.approx(valid, abs=1e-12)
    assert nearest_correlation(matrix=[[1.0, 2.0], [2.0, 1.0]]) == pytest.approx(np.ones((2, 2)), abs=1e-9)


def test_correlation_likelihood_equals_the_normal_densities_of_its_path():
    rows = moving_correlation(rows=200)
    path = correlation_path(residuals=rows, news=0.05, decay=0.9)
    want = sum(
        stats.multivariate_normal.logpdf(row, cov=r) - stats.norm.logpdf(row).sum()
        for row, r in zip(rows, path[:-1], strict=True)
    )
    assert _likelihood(rows, _target(rows), 0.05, 0.9) == pytest.approx(want, rel=1e-10)


def test_moving_correlation_is_found():
    rows = moving_correlation()
    fit = fit_dynamic_correlation(residuals=rows)
    assert fit.news == pytest.approx(0.06, abs=0.03)
    assert fit.decay == pytest.approx(0.89, abs=0.08)
    target = _target(rows)
    assert fit.log_likelihood >= _likelihood(rows, target, 0.06, 0.89)
    assert fit.log_likelihood >= _likelihood(rows, target, 0.0, 0.0)
    assert np.linalg.eigvalsh(fit.next_correlation)[0] > 0.0


@pytest.mark.parametrize(("rho", "nu"), [(0.5, 4.0), (-0.3, 3.0), (0.9, 10.0), (0.0, 2.1)])
def test_tail_dependence_equals_its_integral(rho, nu):
    at = mpmath.sqrt((nu + 1) * (1 - rho) / (1 + rho))
    constant = mpmath.gamma((nu + 2) / 2) / mpmath.gamma((nu + 1) / 2) / mpmath.sqrt((nu + 1) * mpmath.pi)
    tail = mpmath.quad(
        lambda x: constant * (1 + x * x / (nu + 1)) ** (-(nu + 2) / 2), [at, at + 10, mpmath.inf]
    )
    got = student_t_tail_dependence(correlation=rho, degrees_of_freedom=nu)
    assert got == pytest.approx(float(2 * tail), rel=1e-8)
    assert student_t_tail_dependence(correlation=1.0, degrees_of_freedom=nu) == 1.0
    assert student_t_tail_dependence(correlation=-1.0, degrees_of_freedom=nu) == 0.0


def test_a_simulated_copula_has_its_tail_dependence_and_is_fitted_back():
    """Joint exceedance at 0.5% of 400,000 draws: standard error 0.011, and the limit is reached from above."""
    copula = StudentTCopula(np.array([[1.0, 0.5], [0.5, 1.0]]), 3.0, math.nan)
    draws = simulate_student_t_copula(copula=copula, count=400_000, generator=generator(5))
    joint = np.mean((draws < 0.005).all(axis=1)) / 0.005
    assert joint == pytest.approx(copula.tail_dependence[0, 1], abs=0.05)
    assert stats.kstest(draws[:20_000, 1], "uniform").pvalue > 1e-3
    fit = fit_student_t_copula(observations=np.exp(draws[:5_000]))
    assert fit.degrees_of_freedom == pytest.approx(3.0, rel=0.2)
    assert fit.correlation[0, 1] == pytest.approx(0.5, abs=0.05)


def test_copula_likelihood_equals_the_t_density_over_its_margins():
    sample = generator(6).standard_normal((150, 3))
    fit = fit_student_t_copula(observations=sample)
    nu = fit.degrees_of_freedom
    points = stats.t.ppf(stats.rankdata(sample, axis=0) / 151, nu)
    want = stats.multivariate_t.logpdf(points, shape=fit.correlation, df=nu).sum()
    want -= stats.t.logpdf(points, nu).sum()
    assert fit.log_likelihood == pytest.approx(want, rel=1e-8, abs=1e-8)


def test_bad_input_is_refused():
    with pytest.raises(NotEnoughObservations, match="100 rows"):
        fit_dynamic_correlation(residuals=np.ones((99, 2)))
    with pytest.raises(InvalidInput, match="linear combinations"):
        fit_dynamic_correlation(residuals=np.column_stack([np.arange(200.0)] * 2))
    with pytest.raises(InvalidInput, match="news"):
        correlation_path(residuals=np.ones((3, 2)), news=0.5, decay=0.6)
    with pytest.raises(InvalidInput, match="never moves"):
        fit_student_t_copula(observations=np.ones((200, 2)))
    with pytest.raises(NotEnoughObservations):
        fit_student_t_copula(observations=np.ones((50, 2)))
    with pytest.raises(InvalidInput, match="correlation"):
        student_t_tail_dependence(correlation=math.nan, degrees_of_freedom=3.0)
    with pytest.raises(InvalidInput, match="degrees"):
        student_t_tail_dependence(correlation=0.1, degrees_of_freedom=0.0)
    with pytest.raises(NotEnoughObservations):
        constant_variance_covariance(observations=[[1.0]])

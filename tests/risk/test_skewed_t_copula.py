"""Skewed-t copula: mpmath, the Student-t copula, quadrature and its own simulated draws judge it."""

import math

import mpmath
import numpy as np
import pytest
from scipy import special, stats

from risk.dependence import (
    SkewedTCopula,
    fit_skewed_t_copula,
    simulate_skewed_t_copula,
    skewed_t_copula_log_density,
)
from risk.dependence.skewed_t_margin import skewed_t_margin
from risk.dependence.t_degrees import t_copula_log_density
from risk.errors import InvalidInput, NotEnoughObservations

R = np.array([[1.0, 0.5], [0.5, 1.0]])


def generator(key):
    return np.random.Generator(np.random.Philox(key=key))


def copula(nu=6.0, lean=(-0.5, -0.5), correlation=R):
    return SkewedTCopula(correlation, nu, np.array(lean))


def mixture_cumulative(x, nu, gamma):
    """F(x) from the mixture itself, W = nu / c with c chi-square: never the Bessel density."""

    def integrand(c):
        weight = c ** (nu / 2 - 1) * mpmath.exp(-c / 2) / (2 ** (nu / 2) * mpmath.gamma(nu / 2))
        return weight * mpmath.ncdf((x - gamma * nu / c) / mpmath.sqrt(nu / c))

    return float(mpmath.quad(integrand, [0, nu / 4, nu / 2, nu, 2 * nu, 4 * nu, 10 * nu + 60]))


@pytest.mark.parametrize(("nu", "gamma"), [(5.0, -0.5), (3.0, 1.0), (40.0, -2.0), (200.0, 0.05)])
@pytest.mark.parametrize("x", [-3.0, -0.4, 1.5])
def test_margin_equals_the_mixture_integral(nu, gamma, x):
    """1e-7: the bound that the table states."""
    margin = skewed_t_margin(degrees_of_freedom=nu, skewness=gamma)
    want = mixture_cumulative(x, nu, gamma)
    assert float(margin.cumulative(np.array(x))) == pytest.approx(want, abs=1e-7)
    if 1e-6 < want < 1 - 1e-6:
        back = float(margin.quantile(np.array(want)))
        assert mixture_cumulative(back, nu, gamma) == pytest.approx(want, abs=1e-7)


@pytest.mark.parametrize("nu", [2.1, 4.0, 30.0, 200.0])
def test_table_without_skewness_is_student_t(nu):
    """At gamma = 1e-12 the table still serves, and scipy judges it within the stated 1e-7; gamma x is 2e-11."""
    u = np.concatenate(([1e-10, 1e-6], np.linspace(0.001, 0.999, 401), [1 - 1e-6]))
    margin = skewed_t_margin(degrees_of_freedom=nu, skewness=1e-12)
    assert special.stdtr(nu, margin.quantile(u)) == pytest.approx(u, abs=1e-7)
    x = np.linspace(-20.0, 20.0, 101)
    assert margin.log_density(x) == pytest.approx(stats.t.logpdf(x, nu), abs=1e-10)


@pytest.mark.parametrize(("nu", "lean"), [(3.0, 0.0), (12.0, 0.0), (200.0, 0.0), (6.0, 1e-9)])
def test_zero_skewness_is_the_student_t_copula(nu, lean):
    """Row by row, 1e-8 at gamma = 0 exactly; 1e-5 at 1e-9, where quantiles come from the table."""
    rows = np.clip(generator(1).random((100, 2)), 1e-3, 1 - 1e-3)
    got = skewed_t_copula_log_density(copula=copula(nu, (lean, lean)), uniforms=rows)
    alone = [t_copula_log_density(row[None], correlation=R, degrees=nu) for row in rows]
    assert got == pytest.approx(np.array(alone), abs=1e-8 if lean == 0.0 else 1e-5)


@pytest.mark.parametrize(("nu", "lean"), [(6.0, (-0.5, -0.5)), (4.0, (0.8, -0.3)), (50.0, (-1.0, -1.0))])
def test_density_integrates_to_one(nu, lean):
    """Trapezoid over u = Phi(t), t in [-7, 7], step 0.05: smooth and vanishing at the ends, 1e-4 is ample."""
    t = np.arange(-6.5, 6.5001, 0.05)
    a, b = (part.ravel() for part in np.meshgrid(t, t))
    rows = np.column_stack((special.ndtr(a), special.ndtr(b)))
    values = np.exp(skewed_t_copula_log_density(copula=copula(nu, lean), uniforms=rows))
    weights = np.exp(-0.5 * (a**2 + b**2)) / (2 * math.pi)
    assert float(np.sum(values * weights)) * 0.05**2 == pytest.approx(1.0, abs=1e-4)


def test_draws_have_uniform_margins_and_lean_to_joint_falls():
    rows = simulate_skewed_t_copula(copula=copula(lean=(-0.8, -0.8)), count=60_000, generator=generator(2))
    for column in rows.T:
        assert stats.kstest(column, "uniform").pvalue > 1e-3
    falls = np.mean((rows < 0.05).all(axis=1)) / 0.05
    rises = np.mean((rows > 0.95).all(axis=1)) / 0.05
    error = math.sqrt(2 * 0.5 * 0.05 / 60_000) / 0.05
    assert falls - rises > 5 * error
    mirrored = simulate_skewed_t_copula(copula=copula(lean=(0.8, 0.8)), count=60_000, generator=generator(2))
    assert np.mean((mirrored > 0.95).all(axis=1)) / 0.05 == pytest.approx(falls, abs=5 * error)


def test_density_and_draws_agree_on_a_corner():
    """P(u1, u2 < 0.1) of 60,000 draws against the density's integral, five standard errors."""
    law = copula(lean=(-0.8, 0.3))
    rows = simulate_skewed_t_copula(copula=law, count=60_000, generator=generator(3))
    nodes, weights = np.polynomial.legendre.leggauss(160)
    low, high = -6.8, float(special.ndtri(0.1))
    t, w = low + 0.5 * (high - low) * (1 + nodes), 0.5 * (high - low) * weights
    a, b = (part.ravel() for part in np.meshgrid(t, t))
    area = np.outer(w, w).ravel() * np.exp(-0.5 * (a**2 + b**2)) / (2 * math.pi)
    pairs = np.column_stack((special.ndtr(a), special.ndtr(b)))
    want = float(np.sum(area * np.exp(skewed_t_copula_log_density(copula=law, uniforms=pairs))))
    error = math.sqrt(want * (1 - want) / len(rows))
    assert np.mean((rows < 0.1).all(axis=1)) == pytest.approx(want, abs=5 * error)


def test_fit_recovers_its_law():
    """4,000 draws: 12 fits scatter by 0.78 in nu, 0.077 in gamma, 0.017 in rho; 3.5 of each are allowed."""
    law = copula(6.0, (-0.4, -0.4))
    rows = simulate_skewed_t_copula(copula=law, count=4_000, generator=generator(4))
    ranks = stats.rankdata(rows, axis=0) / (len(rows) + 1.0)
    fit = fit_skewed_t_copula(uniforms=ranks)
    assert fit.copula.degrees_of_freedom == pytest.approx(6.0, abs=2.7)
    assert fit.copula.skewness == pytest.approx(np.array([-0.4, -0.4]), abs=0.27)
    assert fit.copula.correlation[0, 1] == pytest.approx(0.5, abs=0.06)
    at_truth = float(skewed_t_copula_log_density(copula=law, uniforms=ranks).sum())
    assert fit.log_likelihood >= at_truth
    symmetric = max(
        t_copula_log_density(ranks, correlation=R, degrees=nu) for nu in (3.0, 4.0, 5.0, 6.0, 8.0, 12.0)
    )
    assert fit.log_likelihood > symmetric + 5.0


def test_each_column_may_have_its_own_skewness():
    law = copula(5.0, (-0.8, 0.4))
    rows = simulate_skewed_t_copula(copula=law, count=1_000, generator=generator(5))
    fit = fit_skewed_t_copula(uniforms=rows, common_skewness=False)
    assert fit.copula.skewness[0] < 0.0 < fit.copula.skewness[1]
    assert fit.log_likelihood >= float(skewed_t_copula_log_density(copula=law, uniforms=rows).sum())


@pytest.mark.parametrize(
    ("matrix", "nu", "lean"),
    [
        (R, 2.0, (0.0, 0.0)),
        (R, math.nan, (0.0, 0.0)),
        (R, 5.0, (math.nan, 0.0)),
        (R, 5.0, (9.0, 0.0)),
        (R, 5.0, (0.0,)),
        (np.array([[1.0, 1.2], [1.2, 1.0]]), 5.0, (0.0, 0.0)),
        (np.array([[2.0, 0.1], [0.1, 1.0]]), 5.0, (0.0, 0.0)),
        (np.array([[1.0, 0.3], [0.1, 1.0]]), 5.0, (0.0, 0.0)),
    ],
)
def test_bad_laws_are_refused(matrix, nu, lean):
    with pytest.raises(InvalidInput):
        copula(nu, lean, matrix)


def test_bad_samples_are_refused():
    rows = generator(6).random((120, 2))
    with pytest.raises(NotEnoughObservations, match="100"):
        fit_skewed_t_copula(uniforms=rows[:99])
    for bad in (0.0, 1.0, math.nan, math.inf, -0.1):
        spoilt = rows.copy()
        spoilt[3, 1] = bad
        with pytest.raises(InvalidInput):
            fit_skewed_t_copula(uniforms=spoilt)
    with pytest.raises(InvalidInput, match="never moves"):
        fit_skewed_t_copula(uniforms=np.column_stack((rows[:, 0], np.full(120, 0.5))))
    with pytest.raises(InvalidInput, match="singular"):
        skewed_t_copula_log_density(copula=copula(correlation=np.ones((2, 2))), uniforms=rows)
    with pytest.raises(InvalidInput, match="count"):
        simulate_skewed_t_copula(copula=copula(), count=0, generator=generator(7))

"""Variance models: the `arch` package judges the fit, mpmath the likelihood and its gradient."""

import math
import warnings

import arch
import mpmath
import numpy as np
import pytest
from scipy import optimize, special, stats

from risk.errors import ConvergenceError, InvalidInput, NotEnoughObservations
from risk.volatility import (
    GarchParameters,
    backcast_variance,
    conditional_variances,
    ewma_variance,
    fit_garch,
)
from risk.volatility import garch as volatility
from risk.volatility.likelihood import digamma, mean_loss, news

CASES = [
    pytest.param(2e-6, 0.08, 0.90, None, id="persistent normal"),
    pytest.param(1e-5, 0.15, 0.60, None, id="quick normal"),
    pytest.param(2e-6, 0.08, 0.90, 5.0, id="persistent t"),
    pytest.param(1e-5, 0.15, 0.60, 4.0, id="quick t"),
]


def simulate(*, omega, alpha, beta, degrees, size, seed):
    generator = np.random.Generator(np.random.Philox(key=seed))
    shocks = (
        generator.standard_normal(size)
        if degrees is None
        else generator.standard_t(degrees, size) * math.sqrt((degrees - 2) / degrees)
    )
    returns, variance = np.empty(size), omega / (1 - alpha - beta)
    for t in range(size):
        returns[t] = math.sqrt(variance) * shocks[t]
        variance = omega + alpha * returns[t] ** 2 + beta * variance
    return returns


def arch_fit(*, returns, heavy):
    model = arch.arch_model(
        returns * 100, mean="Zero", vol="GARCH", p=1, q=1, dist="t" if heavy else "normal", rescale=False
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(disp="off", show_warning=False, options={"ftol": 1e-13})


@pytest.mark.parametrize(("omega", "alpha", "beta", "degrees"), CASES)
def test_fit_agrees_with_arch(omega, alpha, beta, degrees):
    returns = simulate(omega=omega, alpha=alpha, beta=beta, degrees=degrees, size=1_500, seed=11)
    got = fit_garch(returns=returns, distribution="student_t" if degrees else "normal")
    want = arch_fit(returns=returns, heavy=degrees is not None)
    # Never a worse optimum; parameters to the flatness of the likelihood near it.
    assert got.log_likelihood >= want.loglikelihood + returns.size * math.log(100) - 1e-5
    assert got.parameters.omega * 1e4 == pytest.approx(want.params["omega"], rel=2e-3)
    assert got.parameters.alpha == pytest.approx(want.params["alpha[1]"], rel=1e-3)
    assert got.parameters.beta == pytest.approx(want.params["beta[1]"], rel=1e-3)
    if degrees:
        assert got.parameters.degrees_of_freedom == pytest.approx(want.params["nu"], rel=1e-3)
    assert np.sqrt(got.variances) * 100 == pytest.approx(want.conditional_volatility, rel=1e-3)


@pytest.mark.parametrize("degrees", [None, 5.0])
def test_log_likelihood_is_the_sum_of_log_densities(degrees):
    returns = simulate(omega=2e-6, alpha=0.08, beta=0.9, degrees=degrees, size=800, seed=3)
    fit = fit_garch(returns=returns, distribution="student_t" if degrees else "normal")
    deviation = np.sqrt(fit.variances)
    if degrees is None:
        want = stats.norm.logpdf(returns, scale=deviation).sum()
    else:
        nu = fit.parameters.degrees_of_freedom
        want = stats.t.logpdf(returns, nu, scale=deviation * math.sqrt((nu - 2) / nu)).sum()
    assert fit.log_likelihood == pytest.approx(want, rel=1e-10)


POINTS = [
    [-2.0, -2.0, 0.2, 0.0, 0.0],
    [-0.5, -0.7, 0.7, 0.6, 0.0],
    [-3.0, -4.0, 0.1, 0.0, 0.2],
    [0.3, -0.5, 0.9, -0.4, 0.45],
    [-4.0, -8.0, 0.3, 0.9, 0.002],
]


def mean_loss_by_definition(theta, returns, presample):
    """The docstring's formula in 40 digits."""
    omega, p = mpmath.exp(theta[0]), 1 - mpmath.exp(theta[1])
    news_share = p * theta[2]
    alpha, gamma, beta = news_share * (1 - theta[3]), 2 * news_share * theta[3], p - news_share
    nu, total, h = (1 / theta[4] if theta[4] else None), mpmath.mpf(0), mpmath.mpf(presample)
    square, down = h, h / 2
    for r in returns:
        h = omega + alpha * square + gamma * down + beta * h
        r = mpmath.mpf(r)
        square, down = r * r, (r * r if r < 0 else 0)
        if nu is None:
            total += (mpmath.log(2 * mpmath.pi * h) + square / h) / 2
        else:
            constant = mpmath.loggamma((nu + 1) / 2) - mpmath.loggamma(nu / 2)
            constant -= mpmath.log(mpmath.pi * (nu - 2)) / 2
            total += (mpmath.log(h) + (nu + 1) * mpmath.log(1 + square / h / (nu - 2))) / 2 - constant
    return total / len(returns)


@pytest.mark.parametrize("theta", POINTS)
def test_likelihood_and_gradient_equal_their_definition_in_forty_digits(theta):
    """1e-11: a recursion of 37 steps in double precision; at nu = 500, ln Gamma loses two digits."""
    returns = simulate(omega=0.05, alpha=0.1, beta=0.85, degrees=5.0, size=37, seed=5)
    got = np.empty(5)
    loss = mean_loss(np.array(theta), *news(returns), 1.1, got)
    with mpmath.workdps(40):
        at = [mpmath.mpf(x) for x in theta]
        assert loss == pytest.approx(float(mean_loss_by_definition(at, returns, 1.1)), rel=1e-11)
        free = [0, 1, 2, 3] + ([4] if theta[4] else [])
        for i in free:
            want = mpmath.diff(
                lambda x, i=i: mean_loss_by_definition([*at[:i], x, *at[i + 1 :]], returns, 1.1), at[i]
            )
            assert got[i] == pytest.approx(float(want), rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("x", [0.5, 1.0, 1.0250001, 2.5, 9.99, 10.01, 250.5])
def test_digamma_equals_scipy(x):
    assert digamma(x) == pytest.approx(special.digamma(x), rel=1e-13, abs=1e-13)


def test_the_reported_optimum_beats_a_derivative_free_search():
    returns = simulate(omega=1e-5, alpha=0.15, beta=0.6, degrees=None, size=600, seed=9)
    fit = fit_garch(returns=returns)
    unit = returns / math.sqrt(np.mean(returns**2))
    backcast = backcast_variance(returns=unit)

    def loss(theta):
        inside = np.clip(theta, [-18, np.log(1e-4), 0], [14, -1e-6, 1])
        return mean_loss(np.array([*inside, 0.0, 0.0]), *news(unit), backcast, np.empty(5))

    best = optimize.minimize(
        loss,
        [-1.5, -1.5, 0.2],
        method="Nelder-Mead",
        options={"xatol": 1e-6, "fatol": 1e-10, "maxiter": 2_000},
    )
    scale = -0.5 * returns.size * math.log(np.mean(returns**2))
    assert fit.log_likelihood >= -best.fun * returns.size + scale - 1e-6


def test_scaling_returns_scales_omega_alone():
    returns = simulate(omega=2e-6, alpha=0.08, beta=0.9, degrees=None, size=700, seed=21)
    small, large = fit_garch(returns=returns), fit_garch(returns=returns * 1_000)
    assert large.parameters.omega == pytest.approx(small.parameters.omega * 1e6, rel=1e-6)
    assert large.parameters.alpha == pytest.approx(small.parameters.alpha, rel=1e-6)
    assert large.next_variance == pytest.approx(small.next_variance * 1e6, rel=1e-6)


def test_an_explosive_series_stops_at_the_stationarity_bound():
    """Volatility that only grows would be fitted with alpha + beta above 1."""
    generator = np.random.Generator(np.random.Philox(key=2))
    returns = np.exp(np.linspace(0.0, 6.0, 1_000)) * generator.standard_normal(1_000)
    fit = fit_garch(returns=returns)
    assert fit.at_stationarity_bound
    assert fit.parameters.persistence <= volatility.MAXIMUM_PERSISTENCE + 1e-12


def test_residuals_rebuild_the_returns_and_the_next_variance_follows():
    returns = simulate(omega=2e-6, alpha=0.08, beta=0.9, degrees=None, size=300, seed=8)
    fit = fit_garch(returns=returns)
    p = fit.parameters
    assert fit.standardised_residuals * np.sqrt(fit.variances) == pytest.approx(returns, rel=1e-12)
    assert fit.next_variance == pytest.approx(
        p.omega + p.alpha * returns[-1] ** 2 + p.beta * fit.variances[-1], rel=1e-12
    )


def test_constant_parameters_give_constant_variance():
    got = conditional_variances(
        returns=[0.0, 5.0, -2.0], parameters=GarchParameters(omega=0.5, alpha=0.0, beta=0.0), presample=9.0
    )
    assert list(got) == [0.5] * 4


def test_ewma_follows_its_recursion():
    got = ewma_variance(returns=[1.0, 2.0], decay=0.9, initial_variance=4.0)
    assert got == pytest.approx([4.0, 0.9 * 4 + 0.1, 0.9 * (0.9 * 4 + 0.1) + 0.4])
    assert ewma_variance(returns=[3.0, -3.0, 3.0], decay=0.94) == pytest.approx([9.0] * 4)


def test_inputs_that_carry_no_variance_are_refused():
    with pytest.raises(NotEnoughObservations, match="100 returns, got 99"):
        fit_garch(returns=np.ones(99))
    with pytest.raises(InvalidInput, match="returns that move"):
        fit_garch(returns=np.zeros(200))
    with pytest.raises(InvalidInput, match="finite"):
        fit_garch(returns=np.full(200, math.nan))
    with pytest.raises(NotEnoughObservations):
        ewma_variance(returns=[], decay=0.9)


@pytest.mark.parametrize("decay", [0.0, 1.0, math.nan, -1.0])
def test_a_decay_outside_its_interval_is_refused(decay):
    with pytest.raises(InvalidInput, match="decay"):
        ewma_variance(returns=[1.0], decay=decay)


@pytest.mark.parametrize(("omega", "alpha", "beta"), [(0.0, 0.1, 0.8), (1.0, -0.1, 0.8), (1.0, 0.2, 0.8)])
def test_parameters_that_are_not_stationary_are_refused(omega, alpha, beta):
    with pytest.raises(InvalidInput, match=r"alpha \+ beta < 1"):
        conditional_variances(returns=[1.0], parameters=GarchParameters(omega, alpha, beta), presample=1.0)


@pytest.mark.parametrize("seed", range(12))
def test_nearly_integrated_series_with_a_crash_are_fitted(seed):
    """What hourly crypto looks like around a crash: persistence close to 1, a large alpha, one enormous return."""
    returns = simulate(omega=1e-8, alpha=0.35, beta=0.6495, degrees=4.0, size=1_000, seed=seed)
    returns[700] -= 12 * returns.std()
    for distribution in ("normal", "student_t"):
        fit = fit_garch(returns=returns, distribution=distribution)
        assert 0.0 < fit.next_variance < 1e4 * np.mean(returns**2)
        assert fit.parameters.persistence <= volatility.MAXIMUM_PERSISTENCE + 1e-12


def test_a_search_that_stopped_on_a_slope_is_refused():
    stopped = {"gradient": np.array([0.0, 0.5]), "loss": 1.0, "steps": 3}
    box = {"low": np.array([-2.0, -2.0]), "high": np.array([2.0, 2.0])}
    with pytest.raises(ConvergenceError, match="after 3 iterations"):
        volatility.require_optimum(theta=np.array([0.0, -1.0]), **stopped, **box)
    with pytest.raises(ConvergenceError):
        volatility.require_optimum(theta=np.zeros(2), gradient=np.zeros(2), loss=math.nan, steps=1, **box)
    volatility.require_optimum(theta=np.array([0.0, -2.0]), **stopped, **box)  # at the wall

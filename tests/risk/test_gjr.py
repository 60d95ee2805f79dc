"""GJR-GARCH and the conventions of the family: `arch` judges likelihood, optimum and forecast."""

import math
import warnings

import arch
import numpy as np
import pytest

from risk.errors import InvalidInput, NotEnoughObservations
from risk.volatility import (
    GarchParameters,
    conditional_variances,
    fit_garch,
    fit_gjr,
    forecast_variances,
    log_likelihood,
    presample_variance,
)

LAWS = [("normal", "normal"), ("student_t", "t")]


def leveraged_returns(*, size=1_500, seed=1, degrees=6.0):
    """In per cent, the unit in which `arch` searches well."""
    generator = np.random.Generator(np.random.Philox(key=seed))
    shocks = generator.standard_t(degrees, size) * math.sqrt((degrees - 2) / degrees)
    returns, variance = np.empty(size), 1.0
    for t in range(size):
        returns[t] = math.sqrt(variance) * shocks[t]
        reaction = 0.03 + (0.12 if returns[t] < 0 else 0.0)
        variance = 0.04 + reaction * returns[t] ** 2 + 0.87 * variance
    return returns


def arch_model(*, returns, law, order=1):
    return arch.arch_model(returns, mean="Zero", vol="GARCH", p=1, o=order, q=1, dist=law, rescale=False)


@pytest.mark.parametrize(("distribution", "law"), LAWS)
@pytest.mark.parametrize("gamma", [0.0, 0.1, -0.03])
def test_log_likelihood_at_given_parameters_equals_arch(distribution, law, gamma):
    """1e-11 relative, far inside the 1e-8 asked: both sum the same 1,500 logarithms."""
    returns = leveraged_returns()
    nu = 5.5 if distribution == "student_t" else None
    parameters = GarchParameters(omega=0.05, alpha=0.06, beta=0.85, degrees_of_freedom=nu, gamma=gamma)
    values = [0.05, 0.06, gamma, 0.85] + ([nu] if nu else [])
    want = arch_model(returns=returns, law=law).fix(values)
    before = presample_variance(returns=returns)
    got = log_likelihood(returns=returns, parameters=parameters, presample=before)
    assert got == pytest.approx(want.loglikelihood, rel=1e-11)
    path = conditional_variances(returns=returns, parameters=parameters, presample=before)
    assert np.sqrt(path[:-1]) == pytest.approx(want.conditional_volatility, rel=1e-10)


@pytest.mark.parametrize(("distribution", "law"), LAWS)
@pytest.mark.parametrize("convention", ["backcast", "sample"])
def test_gjr_finds_the_optimum_of_arch(distribution, law, convention):
    returns = leveraged_returns()
    before = presample_variance(returns=returns, convention=convention)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        want = arch_model(returns=returns, law=law).fit(
            disp="off", show_warning=False, backcast=before, options={"ftol": 1e-13}
        )
    got = fit_gjr(returns=returns, distribution=distribution, presample=convention)
    assert got.log_likelihood >= want.loglikelihood - 1e-6
    p = got.parameters
    # The likelihood is flat to 1e-7 over parameter differences of this size.
    for value, name in (
        (p.omega, "omega"),
        (p.alpha, "alpha[1]"),
        (p.gamma, "gamma[1]"),
        (p.beta, "beta[1]"),
    ):
        assert value == pytest.approx(want.params[name], rel=2e-3, abs=2e-4)
    assert np.sqrt(got.variances) == pytest.approx(want.conditional_volatility, rel=1e-3)


def test_the_reported_likelihood_is_that_of_the_reported_parameters():
    returns = 0.01 * leveraged_returns(seed=4)
    for convention in ("backcast", "sample"):
        fit = fit_gjr(returns=returns, distribution="student_t", presample=convention)
        before = presample_variance(returns=returns, convention=convention)
        again = log_likelihood(returns=returns, parameters=fit.parameters, presample=before)
        assert fit.log_likelihood == pytest.approx(again, rel=1e-10)


def test_leverage_is_found_where_it_is_and_never_costs_likelihood():
    returns = leveraged_returns(size=4_000, seed=2)
    plain, tilted = fit_garch(returns=returns), fit_gjr(returns=returns)
    assert tilted.log_likelihood > plain.log_likelihood + 10.0
    assert tilted.parameters.gamma == pytest.approx(0.12, abs=0.05)
    mirrored = fit_gjr(returns=-returns)
    assert mirrored.parameters.gamma == pytest.approx(-tilted.parameters.gamma, rel=1e-4)
    assert mirrored.log_likelihood == pytest.approx(tilted.log_likelihood, rel=1e-9)


def test_the_presample_convention_moves_the_estimate_only_a_little():
    returns = leveraged_returns(seed=3)
    back, sample = (fit_garch(returns=returns, presample=c).parameters.beta for c in ("backcast", "sample"))
    assert back != sample
    assert back == pytest.approx(sample, rel=1e-2)


def test_forecast_equals_arch_and_its_limits():
    returns = leveraged_returns()
    fit = fit_gjr(returns=returns)
    p = fit.parameters
    fixed = arch_model(returns=returns, law="normal").fix([p.omega, p.alpha, p.gamma, p.beta])
    want = fixed.forecast(horizon=20, reindex=False).variance.to_numpy()[-1]
    got = forecast_variances(parameters=p, next_variance=fit.next_variance, steps=20)
    assert got == pytest.approx(want, rel=1e-10)
    far = forecast_variances(parameters=p, next_variance=fit.next_variance, steps=5_000)
    assert far[-1] == pytest.approx(p.long_run_variance, rel=1e-9)


def test_a_fit_is_the_same_to_the_last_bit_when_repeated():
    returns = leveraged_returns(seed=6)
    first, second = (fit_gjr(returns=returns, distribution="student_t") for _ in range(2))
    assert first.parameters == second.parameters


def test_bad_input_is_refused_with_its_value():
    good = GarchParameters(omega=0.1, alpha=0.1, beta=0.8)
    with pytest.raises(InvalidInput, match="distribution"):
        fit_garch(returns=np.ones(200), distribution="cauchy")
    with pytest.raises(InvalidInput, match="presample must be 'backcast'"):
        fit_gjr(returns=leveraged_returns(), presample="zero")
    with pytest.raises(InvalidInput, match="degrees_of_freedom"):
        log_likelihood(
            returns=[1.0], parameters=GarchParameters(0.1, 0.1, 0.8, degrees_of_freedom=2.0), presample=1.0
        )
    with pytest.raises(InvalidInput, match=r"alpha \+ gamma"):
        conditional_variances(
            returns=[1.0], parameters=GarchParameters(0.1, 0.1, 0.8, gamma=-0.2), presample=1.0
        )
    for presample in (-1.0, math.nan, math.inf):
        with pytest.raises(InvalidInput, match="presample"):
            conditional_variances(returns=[1.0], parameters=good, presample=presample)
        with pytest.raises(InvalidInput, match="presample"):
            log_likelihood(returns=[1.0], parameters=good, presample=presample)
    with pytest.raises(InvalidInput, match="next_variance"):
        forecast_variances(parameters=good, next_variance=0.0, steps=3)
    with pytest.raises(InvalidInput, match="steps"):
        forecast_variances(parameters=good, next_variance=1.0, steps=0)
    for convention in ("backcast", "sample"):
        with pytest.raises(NotEnoughObservations):
            presample_variance(returns=[], convention=convention)

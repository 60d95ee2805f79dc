"""Joint spot and surface moves: the t copula against closed forms, marginals kept, volatilities positive."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from risk.errors import InvalidInput, NotEnoughObservations
from risk.scenarios import (
    SurfaceLaw,
    SurfaceMoves,
    TCopula,
    fit_surface_law,
    fit_t_copula,
    historical_marginal,
    philox_uniforms,
    random_stream,
    student_t_marginal,
    surface_factors,
    uniforms,
)

CORRELATION = np.array([[1.0, -0.6, 0.3], [-0.6, 1.0, 0.0], [0.3, 0.0, 1.0]])
SMILE_CORRELATION = np.array(
    [[1.0, -0.7, -0.4, 0.3], [-0.7, 1.0, 0.5, -0.6], [-0.4, 0.5, 1.0, -0.2], [0.3, -0.6, -0.2, 1.0]]
)
SCALES = np.array([0.04, 0.06, 0.02, 0.03])


def t_draws(*, correlation, degrees, rows, stream=1):
    generator = random_stream(seed=21, stream=stream)
    normal = generator.standard_normal((rows, len(correlation))) @ np.linalg.cholesky(correlation).T
    return normal / np.sqrt(generator.chisquare(degrees, (rows, 1)) / degrees)


def surface_observations(*, rows=1_500, underlyings=1):
    blocks = [
        t_draws(correlation=SMILE_CORRELATION, degrees=5.0, rows=rows, stream=10 + u) * SCALES
        for u in range(underlyings)
    ]
    return np.concatenate(blocks, axis=1)


def test_the_copula_has_uniform_marginals_and_kendalls_tau():
    """tau = 2 asin(R) / pi for every elliptical law; 20,000 draws, tau's error is at most 2/3 / sqrt(n) x 2."""
    copula = TCopula(CORRELATION, 4.0)
    got = copula.uniforms(uniforms=philox_uniforms(seed=1, stream=30, rows=20_000, dimensions=4))
    for column in got.T:
        assert stats.kstest(column, "uniform").pvalue > 1e-3
    for i, j in ((0, 1), (0, 2), (1, 2)):
        tau = stats.kendalltau(got[:, i], got[:, j]).statistic
        assert tau == pytest.approx(2.0 * math.asin(CORRELATION[i, j]) / math.pi, abs=0.02)


def test_the_joint_law_is_the_multivariate_t():
    """P(U1 < 5%, U2 < 5%) by scipy's bivariate t distribution function; 4 binomial errors of 200,000 draws."""
    copula = TCopula(np.array([[1.0, 0.5], [0.5, 1.0]]), 4.0)
    got = copula.uniforms(uniforms=philox_uniforms(seed=1, stream=31, rows=200_000, dimensions=3))
    joint = (got < 0.05).all(axis=1).mean()
    corner = np.full(2, stats.t(4).ppf(0.05))
    law = stats.multivariate_t(shape=copula.correlation, df=4.0)
    expected = law.cdf(corner, random_state=np.random.default_rng(1))
    assert joint == pytest.approx(expected, abs=4.0 * math.sqrt(expected / 200_000) + 1e-4)
    gaussian = stats.multivariate_normal(cov=copula.correlation).cdf(np.full(2, stats.norm.ppf(0.05)))
    assert joint > 1.2 * gaussian


def test_tail_dependence_is_the_tables():
    """2 t_{nu+1}(-sqrt(nu+1) sqrt((1-rho)/(1+rho))) (Demarta and McNeil 2005; so VineCopula's BiCopPar2TailDep) at
    nu 4 and 10 and correlations 0, 0.5 and 0.9, to two digits."""
    table = {(4.0, 0.0): 0.08, (4.0, 0.5): 0.25, (4.0, 0.9): 0.63, (10.0, 0.5): 0.08, (10.0, 0.9): 0.46}
    for (degrees, rho), expected in table.items():
        got = TCopula(np.array([[1.0, rho], [rho, 1.0]]), degrees).tail_dependence()[0, 1]
        assert got == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize("degrees", [3.0, 8.0])
def test_a_fit_finds_the_parameters_and_ignores_the_marginals(degrees):
    """4,000 draws: nu inside 25% (about three errors), correlation inside 0.05; the same after exp and cube."""
    draws = t_draws(correlation=CORRELATION, degrees=degrees, rows=4_000)
    fit = fit_t_copula(observations=draws)
    assert fit.degrees_of_freedom == pytest.approx(degrees, rel=0.25)
    assert fit.correlation == pytest.approx(CORRELATION, abs=0.05)
    bent = np.column_stack([np.exp(0.1 * draws[:, 0]), draws[:, 1] ** 3, 5.0 * draws[:, 2] - 1.0])
    again = fit_t_copula(observations=bent)
    assert again.degrees_of_freedom == fit.degrees_of_freedom
    assert (again.correlation == fit.correlation).all()


def test_columns_that_move_as_one_are_repaired_not_refused():
    draws = t_draws(correlation=CORRELATION, degrees=5.0, rows=500)
    fit = fit_t_copula(observations=np.column_stack([draws, draws[:, 0]]))
    assert np.linalg.eigvalsh(fit.correlation)[0] > 0.0
    assert fit.correlation[0, 3] == pytest.approx(1.0, abs=1e-4)


def test_the_historical_marginal_returns_the_sample_and_never_leaves_it():
    sample = random_stream(seed=1, stream=3).standard_normal(101)
    marginal = historical_marginal(observations=sample)
    places = (np.arange(101) + 0.5) / 101
    assert marginal.quantile(places) == pytest.approx(np.sort(sample), abs=1e-15)
    assert marginal.quantile(np.array([1e-9, 1 - 1e-9])) == pytest.approx([sample.min(), sample.max()])
    assert marginal.quantile(np.array([0.5]))[0] == np.median(sample)


def test_the_t_marginal_is_scipys_maximum_likelihood():
    """The two searches stop at 1e-9 of the likelihood: parameters agree to 1%."""
    sample = 0.1 + 0.02 * random_stream(seed=1, stream=4).standard_t(5, size=2_000)
    got = student_t_marginal(observations=sample)
    degrees, location, scale = stats.t.fit(sample)
    assert (got.degrees_of_freedom, got.location, got.scale) == pytest.approx(
        (degrees, location, scale), rel=0.01
    )
    assert got.quantile(np.array([0.01])) == pytest.approx(
        stats.t(got.degrees_of_freedom, got.location, got.scale).ppf(0.01), rel=1e-12
    )


@pytest.mark.parametrize("technique", ["plain", "antithetic", "sobol"])
@pytest.mark.parametrize("marginals", ["historical", "student_t"])
def test_joint_moves_keep_marginals_dependence_and_carry_no_drift(technique, marginals):
    observations = surface_observations(underlyings=2)
    law = fit_surface_law(observations=observations, marginals=marginals)
    u = uniforms(technique=technique, seed=3, stream=7, rows=2_048, dimensions=9)
    moves = law.draw(uniforms=u, maximum_log_move=2.0)
    assert moves.spot_returns.mean(axis=0) == pytest.approx([0.0, 0.0], abs=1e-14)
    assert np.exp(moves.level).mean(axis=0) == pytest.approx([1.0, 1.0], abs=1e-14)
    for u in range(2):
        drawn = np.column_stack([f[:, u] for f in (moves.spot_returns, moves.level, moves.skew, moves.term)])
        seen = observations[:, 4 * u : 4 * u + 4]
        # standard deviations of t(5): 10% is four errors of both samples together
        assert drawn[:, 2:].std(axis=0) == pytest.approx(seen[:, 2:].std(axis=0), rel=0.15)
        tau = stats.kendalltau(drawn[:, 0], drawn[:, 1]).statistic
        assert tau == pytest.approx(2.0 * math.asin(-0.7) / math.pi, abs=0.06)
    scenarios = moves.scenario_set()
    assert scenarios.scenarios == 2_048
    assert scenarios.volatility_moves == pytest.approx(np.expm1(moves.level))


def test_spot_and_surface_crash_together_more_often_than_under_a_gaussian_copula():
    """The joint 1% corner of spot down and level up, against the same correlation with nu 200."""
    law = fit_surface_law(observations=surface_observations(rows=3_000), marginals="historical")
    u = philox_uniforms(seed=4, stream=1, rows=50_000, dimensions=5)
    fat = law.copula.uniforms(uniforms=u)
    thin = TCopula(law.copula.correlation, 200.0).uniforms(uniforms=u)
    corners = [((c[:, 0] < 0.01) & (c[:, 1] > 0.99)).mean() for c in (fat, thin)]
    assert corners[0] > 1.3 * corners[1]


def moves(**changes):
    zero = np.zeros((1, 1))
    return SurfaceMoves(**({"spot_returns": zero, "level": zero, "skew": zero, "term": zero} | changes))


def test_each_factor_moves_what_its_name_says():
    month, year = 30.0 / 365.0, 1.0
    at = {"underlying": 0, "term_floor_days": 1.0}
    one = np.full((1, 1), 0.1)
    level = moves(level=one).volatility_ratio(years=[month, year], log_moneyness=[0.0, 0.3], **at)
    assert level[0] == pytest.approx([math.exp(0.1)] * 2, rel=1e-14)
    skew = moves(skew=one).volatility_ratio(years=[month] * 3, log_moneyness=[-0.2, 0.0, 0.2], **at)
    assert skew[0] == pytest.approx([math.exp(0.02), 1.0, math.exp(-0.02)], rel=1e-14)
    term = moves(term=one).volatility_ratio(years=[month / 4, month, year], log_moneyness=[0.0] * 3, **at)
    assert term[0] == pytest.approx([0.25**0.1, 1.0, (365 / 30) ** 0.1], rel=1e-12)
    floored = moves(term=one).volatility_ratio(years=[0.0], log_moneyness=[0.0], **at)
    assert floored[0] == pytest.approx([(1 / 30) ** 0.1], rel=1e-12)


@given(skew=st.floats(-3, 3), term=st.floats(-3, 3), level=st.floats(-2, 2), k=st.floats(-10, 10))
@settings(max_examples=50, deadline=None)
def test_volatility_stays_positive_and_finite(skew, term, level, k):
    got = moves(level=np.array([[level]]), skew=np.array([[skew]]), term=np.array([[term]])).volatility_ratio(
        underlying=0, years=[0.0, 0.5], log_moneyness=[k, k], term_floor_days=1.0
    )
    assert np.isfinite(got).all()
    assert (got > 0.0).all()


@given(level=st.floats(-1, 1), skew=st.floats(-1, 1), term=st.floats(-1, 1), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_the_factors_of_a_moved_chain_differ_by_the_move(level, skew, term, seed):
    """Any chain, however bent: regression is linear in ln s, so the move comes back to rounding."""
    generator = random_stream(seed=seed, stream=40)
    years, k = generator.uniform(0.0, 1.0, 40), generator.normal(0.0, 0.3, 40)
    before = generator.uniform(0.3, 1.5, 40)
    place = {"years": years, "log_moneyness": k, "term_floor_days": 2.0}
    change = moves(level=np.array([[level]]), skew=np.array([[skew]]), term=np.array([[term]]))
    after = before * change.volatility_ratio(underlying=0, **place)[0]
    first, second = (surface_factors(volatility=v, **place) for v in (before, after))
    assert second - first == pytest.approx([level, skew, term], abs=1e-10)


def test_a_chain_without_term_structure_or_smile_is_refused():
    place = {"log_moneyness": [-0.1, 0.0, 0.1], "term_floor_days": 1.0}
    with pytest.raises(NotEnoughObservations, match="3 options span 2 of 3 directions"):
        surface_factors(years=[0.1] * 3, volatility=[0.5] * 3, **place)
    with pytest.raises(InvalidInput, match="must match"):
        surface_factors(years=[0.1], volatility=[0.5] * 3, **place)
    with pytest.raises(InvalidInput, match="volatility must be positive"):
        surface_factors(years=[0.1, 0.2, 0.3], volatility=[0.5, 0.0, 0.5], **place)


def test_bad_input_is_refused_with_the_value():
    rows = surface_observations(rows=100)
    with pytest.raises(NotEnoughObservations, match="40 rows, got 30"):
        fit_surface_law(observations=rows[:30], marginals="historical")
    with pytest.raises(InvalidInput, match="column 2 never moves"):
        fit_surface_law(observations=rows * [1, 1, 0, 1], marginals="historical")
    with pytest.raises(InvalidInput, match="4 columns"):
        fit_surface_law(observations=rows[:, :3], marginals="historical")
    with pytest.raises(InvalidInput, match="4 marginals"):
        SurfaceLaw(TCopula(np.eye(3), 4.0), (historical_marginal(observations=rows[:, 0]),) * 4)
    with pytest.raises(InvalidInput, match="gauss"):
        fit_surface_law(observations=rows, marginals="gauss")
    with pytest.raises(InvalidInput, match="nan"):
        fit_t_copula(observations=np.full((100, 2), math.nan))
    with pytest.raises(NotEnoughObservations, match="20 observations, got 1"):
        historical_marginal(observations=[1.0])
    with pytest.raises(InvalidInput, match="degrees_of_freedom"):
        TCopula(np.eye(2), 0.0)
    with pytest.raises(InvalidInput, match="eigenvalue"):
        TCopula(np.array([[1.0, 1.2], [1.2, 1.0]]), 4.0)
    with pytest.raises(InvalidInput, match=r"\(n, 3\)"):
        TCopula(np.eye(2), 4.0).uniforms(uniforms=np.full((2, 2), 0.5))
    with pytest.raises(InvalidInput, match="inside"):
        TCopula(np.eye(2), 4.0).uniforms(uniforms=np.zeros((2, 3)))
    with pytest.raises(InvalidInput, match="one shape"):
        moves(skew=np.zeros((2, 1)))
    with pytest.raises(InvalidInput, match="column 1 of 1"):
        moves().volatility_ratio(underlying=1, years=[0.1], log_moneyness=[0.0], term_floor_days=1.0)
    law = fit_surface_law(observations=rows, marginals="historical")
    with pytest.raises(InvalidInput, match="maximum_log_move"):
        law.draw(uniforms=np.full((2, 5), 0.5), maximum_log_move=0.0)

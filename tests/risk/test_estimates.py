"""Standard errors and intervals against closed forms, exact binomials and repeated simulation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from risk.errors import InvalidInput, NotEnoughObservations
from risk.estimates import (
    Estimate,
    mean_estimate,
    observations_for_interval,
    order_statistic_positions,
    replicated_estimate,
    tail_estimates,
    twisted_tail_estimates,
    weighted_tail_estimates,
)
from risk.scenarios import random_stream, time_weights


def test_an_estimate_refuses_to_contradict_itself():
    assert Estimate(1.0, 0.1, 0.8, 1.2, 0.95).value == 1.0
    for bad in ((2.0, 0.1, 0.8, 1.2, 0.95), (1.0, -0.1, 0.8, 1.2, 0.95), (math.nan, 0.1, 0.8, 1.2, 0.95)):
        with pytest.raises(InvalidInput):
            Estimate(*bad)
    with pytest.raises(InvalidInput, match="confidence"):
        Estimate(1.0, 0.1, 0.8, 1.2, 1.0)


def test_the_mean_has_the_textbook_interval():
    values = random_stream(seed=1, stream=1).standard_normal(50)
    got = mean_estimate(values=values, confidence_level=0.95)
    error = stats.sem(values)  # scipy's, rounding only
    assert got.standard_error == pytest.approx(error, rel=1e-12)
    assert (got.low, got.high) == pytest.approx(stats.norm.interval(0.95, values.mean(), error), rel=1e-12)


def test_replicates_have_students_interval():
    values = np.array([1.0, 2.0, 4.0, 3.0, 2.5])
    got = replicated_estimate(replicates=values, confidence_level=0.9)
    expected = stats.ttest_1samp(values, 0.0).confidence_interval(0.9)  # scipy's t interval, rounding only
    assert (got.low, got.high) == pytest.approx((expected.low, expected.high), rel=1e-10)


def test_pairs_that_cancel_have_no_error():
    draws = random_stream(seed=1, stream=2).standard_normal(20)
    paired = np.column_stack([draws, -draws]).ravel()
    assert mean_estimate(values=paired, confidence_level=0.95, group_size=2).standard_error == 0.0
    assert mean_estimate(values=paired, confidence_level=0.95).standard_error > 0.1


@given(
    count=st.integers(400, 3_000),
    confidence=st.sampled_from([0.9, 0.95, 0.975, 0.99]),
    level=st.sampled_from([0.8, 0.9, 0.95]),
)
@settings(max_examples=60, deadline=None)
def test_order_statistics_are_the_tightest_with_the_coverage(count, confidence, level):
    """scipy's exact binomial: each side misses with at most (1 - level) / 2, one position tighter with more."""
    upper, lower = order_statistic_positions(
        observations=count, confidence=confidence, confidence_level=level
    )
    law, half = stats.binom(count, 1.0 - confidence), 0.5 * (1.0 - level)
    assert law.cdf(upper) <= half < law.cdf(upper + 1)
    assert law.sf(lower) <= half < law.sf(lower - 1)


def test_the_interval_covers_the_true_quantile_as_often_as_it_says():
    """2,000 samples of 500: coverage of VaR 95% is the exact binomial 0.9532 (at least 0.95), within 4 errors."""
    draws = random_stream(seed=3, stream=1).standard_normal((2_000, 500))
    truth = stats.norm.ppf(0.95)
    upper, lower = order_statistic_positions(observations=500, confidence=0.95, confidence_level=0.95)
    exact = stats.binom.cdf(lower, 500, 0.05) - stats.binom.cdf(upper, 500, 0.05)
    estimates = [tail_estimates(profit_and_loss=row, confidence=0.95).value_at_risk for row in draws]
    covered = np.mean([e.low <= truth <= e.high for e in estimates])
    assert exact >= 0.95
    assert covered == pytest.approx(exact, abs=4.0 * math.sqrt(exact * (1.0 - exact) / 2_000))


@pytest.mark.parametrize("law", [stats.norm(), stats.t(4)], ids=["normal", "t4"])
def test_values_and_intervals_agree_with_closed_forms(law):
    """Normal and t VaR and ES in closed form, inside 4 of the standard errors reported."""
    draws = law.rvs(size=50_000, random_state=random_stream(seed=5, stream=1))
    got = tail_estimates(profit_and_loss=-draws, confidence=0.99)
    quantile = law.ppf(0.99)
    shortfall = integrate.quad(lambda x: x * law.pdf(x), quantile, np.inf)[0] / 0.01
    assert abs(got.value_at_risk.value - quantile) < 4.0 * got.value_at_risk.standard_error
    assert (
        abs(got.conditional_value_at_risk.value - shortfall)
        < 4.0 * got.conditional_value_at_risk.standard_error
    )
    density = law.pdf(quantile)
    assert got.value_at_risk.standard_error == pytest.approx(
        math.sqrt(0.99 * 0.01 / 50_000) / density,
        rel=0.6,  # four errors of the ~44 order statistics it spans, 1 / sqrt(44) each
    )


def test_ratios_of_one_are_plain_sampling():
    draws = random_stream(seed=6, stream=1).standard_t(5, size=5_000)
    plain = tail_estimates(profit_and_loss=draws, confidence=0.99)
    ones = twisted_tail_estimates(profit_and_loss=draws, likelihood_ratios=np.ones(5_000), confidence=0.99)
    assert ones.value_at_risk.value == plain.value_at_risk.value
    assert ones.conditional_value_at_risk.value == pytest.approx(
        plain.conditional_value_at_risk.value, rel=1e-12
    )
    for name in ("value_at_risk", "conditional_value_at_risk"):
        # n - 1 against n, and two ways to say the same binomial spread
        assert getattr(ones, name).standard_error == pytest.approx(
            getattr(plain, name).standard_error, rel=1e-2
        )


def test_time_weighted_errors_are_those_of_repeated_samples():
    """300 samples of 1,000 at decay 0.998: claimed and seen spread agree to 20% (each is known to about 5%), and
    the weights cost what Kish says against equal ones."""
    draws = random_stream(seed=7, stream=1).standard_normal((300, 1_000))
    weights = time_weights(observations=1_000, decay=0.998)
    got = [weighted_tail_estimates(profit_and_loss=row, weights=weights, confidence=0.95) for row in draws]
    for name in ("value_at_risk", "conditional_value_at_risk"):
        seen = np.std([getattr(e, name).value for e in got], ddof=1)
        claimed = np.mean([getattr(e, name).standard_error for e in got])
        assert claimed == pytest.approx(seen, rel=0.2)
    truth = stats.norm.pdf(stats.norm.ppf(0.95)) / 0.05
    covered = np.mean(
        [e.conditional_value_at_risk.low <= truth <= e.conditional_value_at_risk.high for e in got]
    )
    assert covered == pytest.approx(0.95, abs=0.06)


def test_equal_losses_have_no_error():
    got = tail_estimates(profit_and_loss=np.full(500, -3.0), confidence=0.99)
    for estimate in (got.value_at_risk, got.conditional_value_at_risk):
        assert (estimate.value, estimate.low, estimate.high) == (3.0, 3.0, 3.0)


def test_too_few_observations_are_refused_with_the_number_needed():
    assert observations_for_interval(confidence=0.99, confidence_level=0.95) == 368
    assert observations_for_interval(confidence=0.95, confidence_level=0.95) == 72
    with pytest.raises(NotEnoughObservations, match="at least 368 are needed"):
        tail_estimates(profit_and_loss=np.zeros(367), confidence=0.99)
    with pytest.raises(NotEnoughObservations, match=r"1 observations .* 72"):
        tail_estimates(profit_and_loss=[1.0], confidence=0.95)
    with pytest.raises(NotEnoughObservations, match="at least 100 draws"):
        twisted_tail_estimates(
            profit_and_loss=np.arange(50.0), likelihood_ratios=np.ones(50), confidence=0.99
        )
    with pytest.raises(NotEnoughObservations, match="are needed"):
        twisted_tail_estimates(
            profit_and_loss=np.arange(150.0), likelihood_ratios=np.ones(150), confidence=0.99
        )
    with pytest.raises(NotEnoughObservations, match="2 replicates, got 1"):
        replicated_estimate(replicates=[1.0], confidence_level=0.95)
    with pytest.raises(NotEnoughObservations, match="4 values, got 2"):
        mean_estimate(values=[1.0, 2.0], confidence_level=0.95, group_size=2)


def test_bad_input_is_refused_with_the_value():
    with pytest.raises(InvalidInput, match="nan"):
        tail_estimates(profit_and_loss=[math.nan] * 500, confidence=0.99)
    with pytest.raises(InvalidInput, match="5 values do not divide"):
        mean_estimate(values=np.zeros(5), confidence_level=0.95, group_size=2)
    with pytest.raises(InvalidInput, match="-1"):
        twisted_tail_estimates(
            profit_and_loss=np.zeros(500), likelihood_ratios=-np.ones(500), confidence=0.99
        )
    with pytest.raises(InvalidInput, match="2 likelihood ratios for 500"):
        twisted_tail_estimates(profit_and_loss=np.zeros(500), likelihood_ratios=[1, 1], confidence=0.99)

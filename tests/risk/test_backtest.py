"""Scores of quantile forecasts: published examples, exact binomials and simulation judge them."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from risk.backtest import (
    FilteredHistoricalForecaster,
    basel_zone,
    christoffersen,
    independence,
    kupiec,
    pinball_loss,
    score_quantile,
    score_rolling_origin,
)
from risk.errors import InvalidInput, NotEnoughObservations


def flags(size, positions):
    hits = np.zeros(size, dtype=bool)
    hits[list(positions)] = True
    return hits


def test_pinball_loss_by_hand_and_at_its_minimum():
    # 0.1 x 2 above the quantile, 0.9 x 1 below it, 0 on it.
    assert pinball_loss(outcomes=[3.0, 0.0, 1.0], forecasts=[1.0, 1.0, 1.0], level=0.1) == pytest.approx(
        1.1 / 3
    )
    sample = np.random.Generator(np.random.Philox(key=1)).standard_t(4, 999)
    grid = np.sort(sample)
    losses = [pinball_loss(outcomes=sample, forecasts=np.full(999, q), level=0.05) for q in grid]
    assert grid[int(np.argmin(losses))] == np.quantile(sample, 0.05, method="inverted_cdf")


def test_the_median_pinball_is_half_the_mean_absolute_error():
    sample = np.random.Generator(np.random.Philox(key=2)).standard_normal(50)
    assert pinball_loss(outcomes=sample, forecasts=np.zeros(50), level=0.5) == pytest.approx(
        np.abs(sample).mean() / 2, rel=1e-14
    )


# last_below < N < first_above: where Kupiec's ratio (1995), by scipy's binomial probabilities, is below 3.841, the 95%
# quantile of chi-square(1).
KUPIEC_REGIONS = [
    (0.99, 510, 1, 11),
    (0.99, 1000, 4, 17),
    (0.975, 255, 2, 12),
    (0.975, 510, 6, 21),
    (0.975, 1000, 15, 36),
    (0.95, 255, 6, 21),
    (0.95, 510, 16, 36),
    (0.95, 1000, 37, 65),
]


@pytest.mark.parametrize(("confidence", "days", "last_below", "first_above"), KUPIEC_REGIONS)
def test_kupiec_rejects_outside_the_published_regions(confidence, days, last_below, first_above):
    for count in range(last_below, first_above + 1):
        inside = last_below < count < first_above
        p_value = kupiec(violations=count, observations=days, confidence=confidence).p_value
        assert (p_value > 0.05) == inside, (count, p_value)


def test_kupiec_equals_its_formula_and_is_zero_on_target():
    got = kupiec(violations=9, observations=250, confidence=0.99)
    want = 2 * (stats.binom.logpmf(9, 250, 9 / 250) - stats.binom.logpmf(9, 250, 0.01))
    assert got.statistic == pytest.approx(want, rel=1e-10)
    assert got.p_value == pytest.approx(stats.chi2.sf(want, 1), rel=1e-9)
    exact = kupiec(violations=5, observations=500, confidence=0.99)
    assert exact.statistic == pytest.approx(0.0, abs=1e-12)
    none = kupiec(violations=0, observations=250, confidence=0.99)
    assert none.statistic == pytest.approx(-2 * 250 * math.log(0.99), rel=1e-12)


def test_clustered_violations_fail_independence_and_spread_ones_pass():
    clustered, spread = flags(500, range(100, 125)), flags(500, range(0, 500, 20))
    assert kupiec(violations=25, observations=500, confidence=0.95).p_value > 0.99
    assert independence(violations=clustered).p_value < 1e-10
    assert christoffersen(violations=clustered, confidence=0.95).p_value < 1e-10
    assert christoffersen(violations=spread, confidence=0.95).p_value > 0.05


def test_independence_equals_the_likelihoods_of_its_transitions():
    hits = flags(40, [3, 4, 10, 20, 21, 22, 39])
    pairs = list(itertools.pairwise(hits))
    count = {(a, b): sum(p == (a, b) for p in pairs) for a in (False, True) for b in (False, True)}

    def log_likelihood(p_calm, p_tense):
        return sum(
            n * math.log(p if b else 1 - p) for (a, b), n in count.items() for p in [p_tense if a else p_calm]
        )

    calm = count[False, True] / (count[False, False] + count[False, True])
    tense = count[True, True] / (count[True, False] + count[True, True])
    pooled = (count[False, True] + count[True, True]) / 39
    want = 2 * (log_likelihood(calm, tense) - log_likelihood(pooled, pooled))
    assert independence(violations=hits).statistic == pytest.approx(want, rel=1e-12)


def test_p_values_of_a_right_model_are_nearly_uniform():
    """4,000 samples of 1,000: the share below 5% has a standard error of 0.0034, the statistic is discrete."""
    counts = np.random.Generator(np.random.Philox(key=3)).binomial(1_000, 0.05, 4_000)
    p_values = [kupiec(violations=int(n), observations=1_000, confidence=0.95).p_value for n in counts]
    assert np.mean(np.array(p_values) < 0.05) == pytest.approx(0.05, abs=0.015)


def test_basel_zones_are_those_of_the_accord():
    """Basel Committee, Supervisory framework for backtesting, January 1996, table 2."""
    zones = [basel_zone(violations=n) for n in range(12)]
    assert zones == ["green"] * 5 + ["yellow"] * 5 + ["red"] * 2


def test_violations_above_the_expected_number_do_not_reject_by_themselves():
    """Formula item 14, "adjust if violations exceed alpha" triggers on noise: 3 of 250 exceed 1%, and are green."""
    assert 3 / 250 > 0.01
    assert kupiec(violations=3, observations=250, confidence=0.99).p_value > 0.7
    assert basel_zone(violations=3) == "green"
    right = np.random.Generator(np.random.Philox(key=4)).binomial(250, 0.01, 10_000)
    naive = np.mean(right > 2.5)
    assert naive > 0.4  # the erroneous rule alarms on almost half of all right models
    assert np.mean([basel_zone(violations=int(n)) != "green" for n in right]) == pytest.approx(
        0.1078, abs=0.01
    )


@given(st.integers(1, 2_000), st.floats(0.01, 0.99), st.data())
def test_statistics_are_never_negative(observations, level, data):
    count = data.draw(st.integers(0, observations))
    if observations * (1 - level) >= 1:
        got = kupiec(violations=count, observations=observations, confidence=level)
        assert got.statistic >= 0.0
        assert 0.0 <= got.p_value <= 1.0


class Constant:
    def __init__(self, value):
        self.value = value
        self.seen = []

    def fit(self, *, returns, level):
        self.seen.append(returns.size)

    def forecast(self, *, past):
        self.last = past.size
        return self.value


def test_rolling_origin_shows_a_forecaster_only_the_past():
    returns = np.arange(100.0)
    forecaster = Constant(10.0)
    score = score_rolling_origin(forecaster=forecaster, returns=returns, level=0.1, first=40, refit_every=25)
    assert forecaster.seen == [40, 65, 90]
    assert forecaster.last == 99
    assert list(score.outcomes) == list(returns[40:])
    assert score.unconditional.violations == 0
    with pytest.raises(InvalidInput, match="nan at step 40"):
        score_rolling_origin(
            forecaster=Constant(math.nan), returns=returns, level=0.1, first=40, refit_every=9
        )
    with pytest.raises(NotEnoughObservations, match="needs 101"):
        score_rolling_origin(forecaster=forecaster, returns=returns, level=0.1, first=100, refit_every=9)


def test_the_filtered_quantile_covers_and_beats_a_constant_on_clustered_returns():
    generator = np.random.Generator(np.random.Philox(key=7))
    returns, variance = np.empty(1_600), 1.0
    for t in range(returns.size):
        returns[t] = math.sqrt(variance) * generator.standard_normal()
        variance = 0.02 + 0.15 * returns[t] ** 2 + 0.83 * variance
    record = score_rolling_origin(
        forecaster=FilteredHistoricalForecaster(), returns=returns, level=0.05, first=600, refit_every=200
    )
    flat = score_quantile(
        outcomes=returns[600:], forecasts=np.full(1_000, np.quantile(returns[:600], 0.05)), level=0.05
    )
    assert record.pinball < 0.95 * flat.pinball
    assert record.conditional.p_value > 0.01


def test_bad_input_is_refused_with_its_value():
    with pytest.raises(InvalidInput, match="2 outcomes do not match 1"):
        pinball_loss(outcomes=[1.0, 2.0], forecasts=[1.0], level=0.1)
    with pytest.raises(NotEnoughObservations):
        pinball_loss(outcomes=[], forecasts=[], level=0.1)
    with pytest.raises(InvalidInput):
        pinball_loss(outcomes=[1.0], forecasts=[math.nan], level=0.1)
    with pytest.raises(NotEnoughObservations, match="needs 100 observations, got 99"):
        kupiec(violations=0, observations=99, confidence=0.99)
    with pytest.raises(InvalidInput, match="exceed"):
        kupiec(violations=101, observations=100, confidence=0.99)
    with pytest.raises(InvalidInput, match="boolean"):
        independence(violations=[0, 1, 0])
    with pytest.raises(NotEnoughObservations):
        independence(violations=[True])
    with pytest.raises(InvalidInput, match="dimension"):
        independence(violations=[[True, False]])
    with pytest.raises(NotEnoughObservations, match="fit first"):
        FilteredHistoricalForecaster().forecast(past=np.ones(100))

"""The state round a keeper proposes lies in the box, goes as far as it can, and agrees with its peers'."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keeper.decide.state_box import (
    WAD,
    absolute_reach,
    average,
    covariance_of,
    covariance_problems,
    deviations,
    funding_per_year,
    loosening,
    relative_reach,
    share,
)
from keeper.decide.state_round import (
    StateTolerances,
    compare_states,
    is_state_due,
    proposed_rows,
    toward,
)
from keeper.parameters import StateLimits
from keeper.wire import STATE_BORROW_PREMIUM, STATE_LOADING, STATE_PREMIUM
from tests.keeper.market_cases import parameters

LIMITS = StateLimits(
    least_spot_deviation=WAD // 100,
    most_spot_deviation=4 * WAD // 10,
    least_volatility_deviation=2 * WAD // 100,
    most_volatility_deviation=8 * WAD // 10,
    deviation_speed=WAD // 10,
    correlation_speed=WAD // 10,
    daily_loosening=WAD // 2,
    weekly_loosening=WAD,
    most_premium=2 * WAD // 100,
    most_funding_rate=2 * WAD,
    most_borrow_premium=3 * WAD // 10,
    borrow_premium_speed=2 * WAD // 100,
    premium_average_seconds=7_200,
    funding_period_seconds=28_800,
    funding_life_seconds=86_400,
    most_elapsed_seconds=3_600,
)
LOADINGS = parameters().loadings
HOUR = 3_600


def scaled(factor):
    """The covariance in force with every deviation times a factor."""
    matrix = covariance_of(LOADINGS, 4)
    return [[matrix[4 * i + j] / WAD * factor**2 for j in range(4)] for i in range(4)]


def test_an_example_by_hand():
    assert share(WAD // 10, 1_800) == WAD // 20
    assert relative_reach(60, WAD // 2, 0, 1_000) == (40, 90)
    assert relative_reach(60, WAD // 2, 0, 50) == (40, 60)  # above its band: back, or no further
    assert absolute_reach(5, 10, 12) == (0, 12)
    assert average(0, 100, 1_800, 3_600) == 50
    assert average(0, -7, 1, 2) == -3
    assert loosening(110, 100) == WAD // 10
    # 0.0002 an eight-hour period is 21.9% a year: on 50,000 that is 10,950
    assert funding_per_year(2 * WAD // 10_000, 50_000 * WAD, LIMITS) == 10_950 * WAD
    assert funding_per_year(WAD // 100, 50_000 * WAD, LIMITS) == 100_000 * WAD  # the cap of 200%


def test_an_estimate_in_reach_is_taken_whole():
    loadings = toward(LOADINGS, scaled(1.05), LIMITS, HOUR)
    before, after = (deviations(covariance_of(x, 4)) for x in (LOADINGS, loadings))
    assert after == pytest.approx([1.05 * d for d in before], rel=1e-9)


def test_a_far_estimate_is_approached_as_far_as_the_speed_allows():
    loadings = toward(LOADINGS, scaled(3.0), LIMITS, HOUR)
    before, after = (deviations(covariance_of(x, 4)) for x in (LOADINGS, loadings))
    for old, new in zip(before, after, strict=True):
        assert 1.05 < new / old <= 1.10


def test_falls_are_paced_as_the_budgets_leak():
    loadings = toward(LOADINGS, scaled(0.5), LIMITS, HOUR)
    before, after = (deviations(covariance_of(x, 4)) for x in (LOADINGS, loadings))
    paced = WAD // 7 // 24  # a week's budget of 1, an hour of it
    assert 0 < max(map(loosening, before, after)) <= paced


def test_without_time_nothing_moves():
    assert toward(LOADINGS, scaled(1.5), LIMITS, 0) == LOADINGS


def test_an_estimate_without_variance_is_not_followed_below_the_band():
    loadings = LOADINGS
    for _ in range(60):
        loadings = toward(loadings, [[0.0] * 4 for _ in range(4)], LIMITS, HOUR)
    spot = deviations(covariance_of(loadings, 4))[0]
    assert spot >= LIMITS.least_spot_deviation


@settings(max_examples=40)
@given(st.lists(st.floats(-0.3, 0.3), min_size=16, max_size=16), st.integers(0, HOUR))
def test_every_proposal_passes_the_contracts_checks(numbers, elapsed):
    rows = [numbers[4 * i : 4 * i + 4] for i in range(4)]
    estimate = [[sum(a * b for a, b in zip(x, y, strict=True)) for y in rows] for x in rows]
    loadings = toward(LOADINGS, estimate, LIMITS, elapsed)
    old, new = covariance_of(LOADINGS, 4), covariance_of(loadings, 4)
    assert covariance_problems(old, new, LIMITS, elapsed) == []


def test_a_proposal_is_a_whole_round():
    rows = proposed_rows(parameters=parameters(), estimate=scaled(1.0), limits=LIMITS, elapsed=HOUR)
    kinds = [row.kind for row in rows]
    assert kinds == [STATE_LOADING] * 10 + [STATE_PREMIUM] * 2 + [STATE_BORROW_PREMIUM]
    assert [row.value for row in rows[10:]] == [0, 0, 0]


def test_two_keepers_agree_within_tolerance_and_not_beyond():
    ours = proposed_rows(parameters=parameters(), estimate=scaled(1.0), limits=LIMITS, elapsed=HOUR)
    near = proposed_rows(parameters=parameters(), estimate=scaled(1.03), limits=LIMITS, elapsed=HOUR)
    far = proposed_rows(parameters=parameters(), estimate=scaled(1.09), limits=LIMITS, elapsed=HOUR)
    tolerances = StateTolerances()
    assert compare_states(theirs=near, ours=ours, tolerances=tolerances) == []
    assert {d.field for d in compare_states(theirs=far, ours=ours, tolerances=tolerances)} == {"deviation"}
    premium = [*ours[:10], replace(ours[10], value=1), *ours[11:]]
    assert [d.field for d in compare_states(theirs=premium, ours=ours, tolerances=tolerances)] == ["value"]
    turned = [replace(ours[0], value=-ours[0].value), *ours[1:]]
    assert "correlation" in {d.field for d in compare_states(theirs=turned, ours=ours, tolerances=tolerances)}
    assert [d.field for d in compare_states(theirs=ours[:-1], ours=ours, tolerances=tolerances)] == ["rows"]


def test_the_heartbeat_alone_decides():
    assert is_state_due(now=7_200, changed_at=3_600, heartbeat_seconds=3_600)
    assert not is_state_due(now=7_199, changed_at=3_600, heartbeat_seconds=3_600)


def test_steps_compound_to_no_more_than_the_exponential():
    loadings, start = LOADINGS, deviations(covariance_of(LOADINGS, 4))[0]
    for _ in range(12):
        loadings = toward(loadings, scaled(10.0), LIMITS, 300)
    assert deviations(covariance_of(loadings, 4))[0] / start <= math.exp(0.1)

"""Returns keep every price move and report every missing bar."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.errors import InvalidInput, NotEnoughObservations
from risk.returns import Gap, GapPolicy, align, log_returns

HOUR = 3_600


def hourly(count):
    return 1_600_000_000 + HOUR * np.arange(count)


def test_without_gaps_returns_are_log_ratios():
    got = log_returns(timestamps=hourly(3), prices=[100.0, 110.0, 99.0], step_seconds=HOUR)
    assert got.values == pytest.approx([math.log(1.1), math.log(0.9)])
    assert got.report.gaps == ()
    assert got.report.missing_share == 0.0


@pytest.mark.parametrize("as_nan", [True, False])
def test_a_gap_is_refused_unless_a_policy_is_named(as_nan):
    times, prices = hourly(6), np.array([100.0, 101.0, math.nan, math.nan, 90.0, 91.0])
    if not as_nan:
        known = ~np.isnan(prices)
        times, prices = times[known], prices[known]
    with pytest.raises(InvalidInput, match=f"2 of 6 bars are missing, first after {times[1]}"):
        log_returns(timestamps=times, prices=prices, step_seconds=HOUR)
    bridged = log_returns(timestamps=times, prices=prices, step_seconds=HOUR, policy=GapPolicy.BRIDGE)
    assert bridged.values[1] == pytest.approx(math.log(90 / 101))
    assert list(bridged.elapsed_steps) == [1, 3, 1]
    spread = log_returns(timestamps=times, prices=prices, step_seconds=HOUR, policy=GapPolicy.SPREAD)
    assert list(spread.timestamps) == list(hourly(6)[1:])
    assert spread.values[1:4] == pytest.approx([math.log(90 / 101) / 3] * 3)
    for result in (bridged, spread):
        assert result.report.gaps == (Gap(timestamp=int(times[1]), missing_bars=2),)
        assert result.report.longest_gap_bars == 2


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(st.floats(1, 1e5), st.just(math.nan)), min_size=5, max_size=40))
def test_no_policy_loses_any_of_the_price_move(prices):
    known = [price for price in prices if not math.isnan(price)]
    if len(known) < 2:
        with pytest.raises(NotEnoughObservations):
            log_returns(timestamps=hourly(len(prices)), prices=prices, step_seconds=HOUR)
        return
    for policy in (GapPolicy.BRIDGE, GapPolicy.SPREAD):
        got = log_returns(timestamps=hourly(len(prices)), prices=prices, step_seconds=HOUR, policy=policy)
        assert got.values.sum() == pytest.approx(math.log(known[-1] / known[0]), abs=1e-9)
        assert got.elapsed_steps.sum() == got.report.bars_expected - 1


@pytest.mark.parametrize("price", [0.0, -1.0, math.inf])
def test_a_price_that_cannot_be_is_refused(price):
    with pytest.raises(InvalidInput, match="positive and finite"):
        log_returns(timestamps=hourly(3), prices=[1.0, price, 1.0], step_seconds=HOUR)


def test_times_off_the_grid_or_backwards_are_refused():
    with pytest.raises(InvalidInput, match="3600 s apart"):
        log_returns(timestamps=[0, 3_599], prices=[1.0, 1.0], step_seconds=HOUR)
    with pytest.raises(InvalidInput, match="ascend, got 3600 then 3600"):
        log_returns(timestamps=[0, 3_600, 3_600], prices=[1.0, 1.0, 1.0], step_seconds=HOUR)
    with pytest.raises(InvalidInput, match="step_seconds"):
        log_returns(timestamps=[0, 3_600], prices=[1.0, 1.0], step_seconds=0)


def test_alignment_names_what_only_one_side_has():
    got = align(
        first_timestamps=[1, 2, 3, 5],
        first_values=[10.0, 20.0, 30.0, 50.0],
        second_timestamps=[2, 3, 4],
        second_values=[-2.0, -3.0, -4.0],
    )
    assert list(got.timestamps) == [2, 3]
    assert list(got.first) == [20.0, 30.0]
    assert list(got.second) == [-2.0, -3.0]
    assert list(got.only_in_first) == [1, 5]
    assert list(got.only_in_second) == [4]


def test_series_without_a_common_time_are_refused():
    with pytest.raises(NotEnoughObservations, match="no common timestamp"):
        align(first_timestamps=[1], first_values=[1.0], second_timestamps=[2], second_values=[1.0])

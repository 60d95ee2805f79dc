"""Raw series: what is wrong is counted, panels mark every cell, conversions are exact."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.errors import InvalidInput, NotEnoughObservations
from risk.returns import (
    CellStatus,
    FrozenRun,
    Gap,
    PriceSeries,
    SupplyEvent,
    adjusted_prices,
    align_panel,
    compound_simple,
    held_units,
    joint_log_returns,
    log_from_simple,
    observations_needed,
    ordered_series,
    portfolio_simple_return,
    quality_report,
    simple_from_log,
)

HOUR, START = 3_600, 1_600_000_000 - 1_600_000_000 % 3_600
PRICES = st.floats(1.0, 1e5)


def at(*bars):
    return START + HOUR * np.array(bars)


def test_a_series_without_defects_is_clean():
    report = quality_report(timestamps=at(0, 1, 2), prices=[1.0, 1.01, 1.0], step_seconds=HOUR)
    assert report.clean
    assert report.coverage == 1.0


def test_every_defect_is_counted():
    bars = [0, 1, 2, 3, 4, 5, 5, 4, 8, 9, 10]
    prices = [100.0, 101.0, 101.0, 101.0, 101.0, 102.0, 103.0, 101.0, 100.0, math.nan, 101.0]
    report = quality_report(timestamps=at(*bars), prices=prices, step_seconds=HOUR)
    assert report.gaps == (Gap(int(at(5)[0]), 2), Gap(int(at(8)[0]), 1))
    assert (report.bars_expected, report.bars_observed, report.missing_bars) == (11, 8, 3)
    assert report.coverage == pytest.approx(8 / 11)
    assert report.frozen == (FrozenRun(int(at(1)[0]), 4),)
    assert (report.duplicates, report.conflicting, report.out_of_order) == (2, 1, 1)
    assert not report.clean
    series = ordered_series(timestamps=at(*bars), prices=prices)
    assert series.prices[5] == 103.0  # the last given


def test_closed_hours_are_no_gap_but_count():
    report = quality_report(
        timestamps=at(0, 1, 4, 6), prices=[1.0, 2.0, 3.0, 4.0], step_seconds=HOUR, closed=at(2, 3, 4, 99)
    )
    assert report.closed_bars == 2
    assert report.gaps == (Gap(int(at(4)[0]), 1),)
    assert report.bars_expected == 5


def test_outliers_are_by_the_robust_rule_also_where_most_bars_stand_still():
    generator = np.random.Generator(np.random.Philox(key=5))
    moves = 0.01 * generator.standard_normal(300)
    moves[200] = -0.5
    prices = 100.0 * np.exp(np.cumsum(moves))
    found = quality_report(timestamps=at(*range(300)), prices=prices, step_seconds=HOUR)
    assert found.outliers == (int(at(200)[0]),)
    still = np.full(300, 1.0)
    assert quality_report(timestamps=at(*range(300)), prices=still, step_seconds=HOUR).outliers == ()
    still[150:] = 1.5
    assert quality_report(timestamps=at(*range(300)), prices=still, step_seconds=HOUR).outliers == (
        int(at(150)[0]),
    )


def test_a_raw_series_outside_its_domain_is_refused():
    for prices in ([1.0, 0.0], [1.0, math.inf], [1.0]):
        with pytest.raises(InvalidInput):
            quality_report(timestamps=at(0, 1), prices=prices, step_seconds=HOUR)
    with pytest.raises(InvalidInput, match="apart"):
        quality_report(timestamps=[0, 7], prices=[1.0, 2.0], step_seconds=HOUR)
    with pytest.raises(NotEnoughObservations, match="0 of 2"):
        quality_report(timestamps=at(0, 1), prices=[math.nan, math.nan], step_seconds=HOUR)


def panel(*series, end=5, age=2 * HOUR):
    return align_panel(
        series=series, start=int(at(0)[0]), end=int(at(end)[0]), step_seconds=HOUR, largest_age_seconds=age
    )


def test_venues_with_other_stamps_meet_on_one_grid_without_looking_ahead():
    first = PriceSeries("spot", at(0, 1, 2, 3, 4, 5), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    late = PriceSeries("late", at(0, 1, 2, 3, 4) + 300, [10.0, 20.0, 30.0, 40.0, 50.0])
    opens = PriceSeries("opens", at(-1, 0, 1, 2, 3, 4), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], offset_seconds=HOUR)
    got = panel(first, late, opens)
    assert list(got.prices[:, 2]) == list(got.prices[:, 0])
    assert np.isnan(got.prices[0, 1])
    assert list(got.prices[1:, 1]) == [10.0, 20.0, 30.0, 40.0, 50.0]
    assert list(got.age_seconds[:, 1]) == [-1] + [HOUR - 300] * 5
    assert got.coverage == pytest.approx([1.0, 5 / 6, 1.0])


def test_fills_end_at_the_age_limit_and_closed_hours_are_marked():
    always = PriceSeries("always", at(0, 5), [1.0, 2.0])
    shut = PriceSeries("shut", at(0, 5), [1.0, 2.0], closed=at(1, 2, 3, 4))
    got = panel(always, shut)
    o, f, m, c = CellStatus.OBSERVED, CellStatus.FILLED, CellStatus.MISSING, CellStatus.CLOSED
    assert list(got.status[:, 0]) == [o, f, f, m, m, o]
    assert list(got.status[:, 1]) == [o, c, c, c, c, o]
    assert list(np.isnan(got.prices[:, 0])) == [False, False, False, True, True, False]
    assert list(got.fills) == [2, 0]
    assert list(got.missing) == [2, 0]
    assert got.coverage == pytest.approx([2 / 6, 1.0])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(PRICES, PRICES, st.booleans(), st.booleans()), min_size=2, max_size=30))
def test_joint_returns_keep_the_whole_move(rows):
    table = np.array([row[:2] for row in rows])
    seen = np.array([row[2:] for row in rows])
    bars = at(*range(len(rows)))
    if not seen.any(axis=0).all():
        return
    got = panel(
        *(PriceSeries(str(j), bars[seen[:, j]], table[seen[:, j], j]) for j in range(2)), end=len(rows) - 1
    )
    both = np.flatnonzero(seen.all(axis=1))
    if both.size < 2:
        with pytest.raises(NotEnoughObservations, match="2 rows"):
            joint_log_returns(panel=got)
        return
    joint = joint_log_returns(panel=got)
    np.testing.assert_allclose(joint.values.sum(axis=0), np.log(table[both[-1]] / table[both[0]]), atol=1e-12)
    assert joint.elapsed_steps.sum() == both[-1] - both[0]
    assert joint.bridged_rows == both[-1] - both[0] + 1 - both.size


def test_stale_fills_would_hide_correlation_and_are_left_out():
    generator = np.random.Generator(np.random.Philox(key=9))
    common = np.exp(np.cumsum(0.01 * generator.standard_normal(2000)))
    seen = generator.random(2000) < 0.5
    bars = at(*range(2000))
    got = panel(
        PriceSeries("a", bars, common), PriceSeries("b", bars[seen], common[seen]), end=1999, age=10**6
    )
    begun = got.status[:, 1] != CellStatus.MISSING
    filled = np.diff(np.log(got.prices[begun]), axis=0)
    joint = joint_log_returns(panel=got)
    assert np.corrcoef(joint.values.T)[0, 1] == pytest.approx(1.0, abs=1e-12)
    assert np.corrcoef(filled.T)[0, 1] < 0.8  # Epps


def test_a_bad_panel_is_refused():
    one = PriceSeries("a", at(0), [1.0])
    for bad in ((), (one, one)):
        with pytest.raises(InvalidInput, match="different names"):
            panel(*bad)
    with pytest.raises(InvalidInput, match="before start"):
        panel(one, end=-1)


@given(st.floats(-30.0, 30.0))
def test_conversions_are_inverse_and_exact(value):
    simple = float(simple_from_log(log_return=value))
    with mpmath.workdps(40):
        assert simple == pytest.approx(float(mpmath.expm1(value)), rel=1e-15, abs=5e-324)
        if simple > -1.0:
            back = float(log_from_simple(simple_return=simple))
            assert back == pytest.approx(float(mpmath.log1p(mpmath.mpf(simple))), rel=1e-15, abs=5e-324)


@given(st.lists(st.floats(-0.9, 2.0), min_size=1, max_size=30))
def test_log_returns_add_over_time(simple):
    total = float(compound_simple(simple_returns=simple))
    assert math.log1p(total) == pytest.approx(sum(math.log1p(r) for r in simple), rel=1e-12, abs=1e-12)


def test_a_total_loss_stays_one():
    assert float(compound_simple(simple_returns=[0.5, -1.0, 2.0])) == -1.0
    with pytest.raises(InvalidInput, match="above -1"):
        log_from_simple(simple_return=[0.1, -1.0])


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: simple_from_log(log_return=800.0), InvalidInput),
        (lambda: portfolio_simple_return(weights=[1.0], simple_returns=[0.1, 0.2]), InvalidInput),
        (lambda: portfolio_simple_return(weights=[1.0], simple_returns=[-1.1]), InvalidInput),
        (lambda: compound_simple(simple_returns=[-1.1]), InvalidInput),
        (lambda: compound_simple(simple_returns=[]), NotEnoughObservations),
        (lambda: observations_needed(confidence=1.0), InvalidInput),
        (lambda: SupplyEvent(0, 0.0), InvalidInput),
        (lambda: held_units(timestamps=[0], events=[SupplyEvent(2, 1.0), SupplyEvent(1, 1.0)]), InvalidInput),
        (lambda: adjusted_prices(timestamps=[0], prices=[1.0, 2.0], events=[]), InvalidInput),
        (lambda: ordered_series(timestamps=[0, 1], prices=[1.0]), InvalidInput),
    ],
)
def test_input_outside_the_domain_is_refused(call, error):
    with pytest.raises(error):
        call()


def test_events_multiply_from_their_time_on():
    events = [SupplyEvent(10, 2.0), SupplyEvent(10, 1.5), SupplyEvent(20, 0.1)]
    assert held_units(timestamps=[9, 10, 19, 20], events=events) == pytest.approx([1.0, 3.0, 3.0, 0.3])
    assert list(held_units(timestamps=[1, 2], events=[])) == [1.0, 1.0]


def test_daily_staking_rewards_are_the_return_that_a_constant_price_hides():
    days = 86_400 * np.arange(366)
    events = [SupplyEvent(int(day), 1.0 + 0.03 / 365) for day in days[1:]]
    wealth = adjusted_prices(timestamps=days, prices=np.full(366, 1.0), events=events)
    assert wealth[-1] / wealth[0] == pytest.approx((1.0 + 0.03 / 365) ** 365, rel=1e-12)

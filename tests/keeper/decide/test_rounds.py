"""Which rows are worth publishing: tables of cases."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keeper.decide.cause import ROUTINE, Cause, strongest
from keeper.decide.corridor import inside_corridor
from keeper.decide.rounds import (
    PublishedMargin,
    PublishThresholds,
    margin_cause,
    margin_lane,
    margin_rows_due,
    price_cause,
    price_rows_due,
    surface_rows_due,
    widen_only,
)
from keeper.decide.spending import causes_that_wait
from keeper.decide.warm_up import released
from keeper.types import WAD, Mode
from keeper.wire import MarginRow, PriceRow, SurfaceRow

THRESHOLDS = PublishThresholds()
PRICE = PriceRow(underlying=1, price=50_000 * WAD, confidence=10 * WAD)
MARGIN = MarginRow(
    account=7,
    portfolio_nonce=3,
    initial_ratio_bps=12_000,
    maintenance_ratio_bps=10_000,
    value_at_risk=WAD,
    expected_shortfall=WAD,
)


@pytest.mark.parametrize(
    ("new_price", "age", "due"),
    [
        (50_000 * WAD, 899, False),
        (50_000 * WAD, 900, True),
        (50_249 * WAD, 1, False),
        (50_250 * WAD, 1, True),
        (49_750 * WAD, 1, True),
    ],
)
def test_prices_are_pushed_on_heartbeat_or_deviation(new_price: int, age: int, due: bool) -> None:
    rows = price_rows_due(
        rows=[replace(PRICE, price=new_price)],
        published={1: (PRICE, 1000)},
        now=1000 + age,
        thresholds=THRESHOLDS,
    )
    assert bool(rows) is due


def test_one_moved_underlying_pushes_all_of_them() -> None:
    other = replace(PRICE, underlying=2)
    rows = price_rows_due(
        rows=[replace(PRICE, price=51_000 * WAD), other],
        published={1: (PRICE, 1000), 2: (other, 1000)},
        now=1001,
        thresholds=THRESHOLDS,
    )
    assert [row.underlying for row in rows] == [1, 2]


def test_surfaces_follow_prices_and_their_own_heartbeat() -> None:
    row = SurfaceRow(underlying=1, expiry=1_773_993_600, basis=0, a=10**9, b=10**11, rho=0, m=0, sigma=10**11)
    key = (1, row.expiry)
    arguments = {"rows": [row], "published_at": {key: 1000}, "thresholds": THRESHOLDS}
    assert surface_rows_due(now=1001, prices_due=True, **arguments) == (row,)
    assert surface_rows_due(now=1899, prices_due=False, **arguments) == ()
    assert surface_rows_due(now=1900, prices_due=False, **arguments) == (row,)


@pytest.mark.parametrize(
    ("change", "age", "due"),
    [
        ({}, 10, False),
        ({"portfolio_nonce": 4}, 10, True),
        ({"maintenance_ratio_bps": 10_025}, 10, True),
        ({"maintenance_ratio_bps": 10_024}, 10, False),
        ({"initial_ratio_bps": 11_900}, 10, True),
        ({}, 1800, True),
    ],
)
def test_margin_rows_are_renewed_when_it_matters(change: dict[str, int], age: int, due: bool) -> None:
    rows = margin_rows_due(
        rows=[replace(MARGIN, **change)],
        published={7: PublishedMargin(MARGIN, 1000)},
        now=1000 + age,
        thresholds=THRESHOLDS,
    )
    assert bool(rows) is due


@pytest.mark.parametrize("mode", [Mode.DEGRADED, Mode.SYNCING, Mode.HALTED])
def test_outside_normal_a_ratio_only_rises(mode: Mode) -> None:
    published = {7: PublishedMargin(MARGIN, 1000)}
    lower = replace(MARGIN, initial_ratio_bps=9_000, maintenance_ratio_bps=10_500)
    (row,) = widen_only(rows=[lower], published=published, mode=mode)
    assert (row.initial_ratio_bps, row.maintenance_ratio_bps) == (12_000, 10_500)
    assert widen_only(rows=[lower], published=published, mode=Mode.NORMAL) == (lower,)
    fresh = replace(lower, portfolio_nonce=9)
    assert widen_only(rows=[fresh], published=published, mode=mode) == (fresh,)


def test_many_due_rows_become_one_root_of_every_verdict():
    everyone = tuple(replace(MARGIN, account=n) for n in range(1, 8))
    few = PublishThresholds(margin_root_above=3)
    assert margin_lane(due=everyone[:3], everyone=everyone, thresholds=few) == (4, everyone[:3])
    assert margin_lane(due=everyone[:4], everyone=everyone, thresholds=few) == (5, everyone)
    assert margin_lane(due=(), everyone=everyone, thresholds=few) == (4, ())


def margin(account: int, nonce: int, initial: int, maintenance: int) -> MarginRow:
    return MarginRow(account, nonce, max(initial, maintenance), min(initial, maintenance), 0, 0)


margins = st.builds(
    margin, st.integers(1, 6), st.integers(1, 2), st.integers(8_000, 20_000), st.integers(8_000, 20_000)
)
tables = st.lists(margins, max_size=6, unique_by=lambda row: row.account)


@given(rows=tables, before=tables, mode=st.sampled_from([Mode.DEGRADED, Mode.SYNCING, Mode.HALTED]))
def test_degraded_never_narrows(rows, before, mode) -> None:
    published = {row.account: PublishedMargin(row, 1000) for row in before}
    widened = widen_only(rows=rows, published=published, mode=mode)
    assert [row.account for row in widened] == [row.account for row in rows]
    for row, fresh in zip(widened, rows, strict=True):
        assert row.maintenance_ratio_bps <= row.initial_ratio_bps
        last = published.get(row.account)
        if last is None or last.row.portfolio_nonce != row.portfolio_nonce:
            assert row == fresh
        else:
            assert row.initial_ratio_bps == max(fresh.initial_ratio_bps, last.row.initial_ratio_bps)
            assert row.maintenance_ratio_bps == max(
                fresh.maintenance_ratio_bps, last.row.maintenance_ratio_bps
            )


@pytest.mark.parametrize(
    ("price", "age", "changed", "cause"),
    [
        (50_000 * WAD, 899, False, None),
        (50_000 * WAD, 900, False, Cause.HEARTBEAT),
        (50_000 * WAD, 1800, False, Cause.EXPIRING),
        (50_000 * WAD, 1, True, Cause.MODE),
        (51_000 * WAD, 900, False, Cause.DEVIATION),
    ],
)
def test_prices_say_why_they_are_pushed_and_only_a_heartbeat_waits(price, age, changed, cause) -> None:
    given_rows = {
        "rows": [replace(PRICE, price=price)],
        "published": {1: (PRICE, 1000)},
        "now": 1000 + age,
        "thresholds": THRESHOLDS,
        "mode_changed": changed,
    }
    assert price_cause(**given_rows) is cause
    waits = cause in (None, Cause.HEARTBEAT)
    assert (price_rows_due(**given_rows, waiting=ROUTINE) == ()) is waits


@pytest.mark.parametrize(
    ("change", "age", "cause"),
    [
        ({}, 10, None),
        ({"portfolio_nonce": 4}, 10, Cause.PORTFOLIO),
        ({"maintenance_ratio_bps": 10_025}, 10, Cause.RISE),
        ({"initial_ratio_bps": 11_900, "maintenance_ratio_bps": 10_001}, 10, Cause.RISE),
        ({"initial_ratio_bps": 11_900}, 10, Cause.FALL),
        ({"initial_ratio_bps": 11_900}, 9_999, Cause.FALL),
        ({}, 1800, Cause.HEARTBEAT),
        ({}, 3600, Cause.EXPIRING),
    ],
)
def test_margin_rows_say_why(change, age, cause) -> None:
    last = PublishedMargin(MARGIN, 1000)
    assert margin_cause(replace(MARGIN, **change), last, 1000 + age, 25, 1800) is cause


def test_a_new_mode_renews_every_ratio_that_differs() -> None:
    rows = [replace(MARGIN, initial_ratio_bps=12_001), replace(MARGIN, account=8)]
    published = {7: PublishedMargin(MARGIN, 1000), 8: PublishedMargin(replace(MARGIN, account=8), 1000)}
    arguments = {"rows": rows, "published": published, "now": 1001, "thresholds": THRESHOLDS}
    assert margin_rows_due(**arguments) == ()
    assert margin_rows_due(**arguments, mode_changed=True) == (rows[0],)


def test_routine_waits_once_the_day_has_cost_its_budget_and_nothing_urgent_does() -> None:
    assert causes_that_wait(spent_wei=9, routine_wei_per_day=10) == frozenset()
    assert causes_that_wait(spent_wei=10, routine_wei_per_day=10) == ROUTINE == {Cause.FALL, Cause.HEARTBEAT}
    beat = {"published_at": {(1, 9): 1000}, "prices_due": False, "thresholds": THRESHOLDS}
    row = SurfaceRow(underlying=1, expiry=9, basis=0, a=10**9, b=10**11, rho=0, m=0, sigma=10**11)
    assert surface_rows_due(rows=[row], now=1900, waiting=ROUTINE, **beat) == ()
    assert surface_rows_due(rows=[row], now=2800, waiting=ROUTINE, **beat) == (row,)


@given(causes=st.lists(st.sampled_from([None, *Cause])))
def test_the_strongest_cause_is_the_most_urgent(causes) -> None:
    found = strongest(causes)
    order = list(Cause)
    assert (found is None) == (not any(causes))
    assert all(cause is None or order.index(found) <= order.index(cause) for cause in causes)


def test_before_the_warm_up_has_ended_no_ratio_alone_opens_an_account_to_liquidation() -> None:
    rows = [MARGIN, replace(MARGIN, account=8)]
    assert released(rows=rows, newly_liquidatable=[8], warmed_up=False) == (MARGIN,)
    assert released(rows=rows, newly_liquidatable=[8], warmed_up=True) == tuple(rows)


def test_rows_outside_the_corridor_are_not_paid_for() -> None:
    rows = [MARGIN, replace(MARGIN, initial_ratio_bps=12_001), replace(MARGIN, maintenance_ratio_bps=9_999)]
    assert inside_corridor(rows, floor_bps=10_000, cap_bps=12_000) == (MARGIN,)
    upside_down = replace(MARGIN, maintenance_ratio_bps=12_001)
    assert inside_corridor([upside_down], floor_bps=0, cap_bps=20_000) == ()

"""Which rows are worth publishing: tables of cases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keeper.decide.rounds import (
    PublishedMargin,
    PublishThresholds,
    margin_lane,
    margin_rows_due,
    price_rows_due,
    surface_rows_due,
    widen_only,
)
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

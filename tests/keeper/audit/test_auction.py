"""The auction's terms: linear discount, capped by equity, and a fraction that cures."""

from __future__ import annotations

import pytest

from keeper.audit.auction import Auction, Clock, discount_share, reward, terms
from keeper.audit.margin import LiveMargin
from keeper.chain import Witness
from keeper.parameters import AuctionCurve
from risk.margin.corridor import Ratios

WAD = 10**18
CURVE = AuctionCurve(1_800, 200, 5_000, 100, 50 * WAD, 20, 200)


def auction(**changes):
    return Auction(
        **{
            "id": 1,
            "clock_at_start": 1_000,
            "base": 1_000 * WAD,
            "remaining": WAD,
            "curve": CURVE,
            "witness": Witness(True, 0),
            **changes,
        }
    )


def margin(equity, own=1_000.0, mark=5_000.0):
    return LiveMargin(
        equity_low=equity - 1,
        equity_high=equity + 1,
        credited_equity=equity - 1,
        bounded_low=equity - 2,
        bounded_high=equity + 2,
        mark=mark,
        own=own,
        delta_gamma_vega=own,
        charges=0.0,
        floor=0.0,
        most=float("inf"),
        ratios=Ratios(13_000, 10_000),
        tolerance=1e-6,
    )


def offered(equity, elapsed, **changes):
    return terms(
        auction(**changes), margin(equity), credit=equity - 5_000.0, elapsed=elapsed, cure_buffer_bps=500
    )


@pytest.mark.parametrize(("elapsed", "share"), [(0, 0.02), (900, 0.26), (1_800, 0.5), (9_999, 0.5)])
def test_the_discount_grows_linearly_and_stays(elapsed, share):
    assert discount_share(CURVE, elapsed) == pytest.approx(share)


def test_the_discount_never_takes_more_than_the_equity_while_the_clock_runs():
    assert offered(100.0, 900).discount == pytest.approx(100.0)
    assert offered(100.0, 900).fee == 0.0
    assert offered(100.0, 1_800).discount == pytest.approx(500.0)


def test_an_insolvent_account_owes_the_discount():
    assert offered(-100.0, 900).discount == pytest.approx(260.0)
    assert offered(-100.0, 900).most == 1.0


def test_the_most_is_what_restores_maintenance_with_its_buffer():
    offer = offered(900.0, 0)
    kept = 900.0 - offer.discount - offer.fee
    after_low = 899.0 * (1 - offer.most) + offer.most * kept
    required = 1_000.0 * 1.05 * (1 - offer.most)
    assert after_low >= required
    assert offer.most == pytest.approx((1_050.0 - 899.0) / (1_050.0 - 899.0 + kept))


def test_a_rest_of_dust_goes_with_the_whole():
    assert offered(15.0, 0).most == 1.0


def test_the_clock_stops_where_the_prices_of_its_last_reading_end_and_resumes():
    clock = Clock().read(1_000, 1_900)
    assert [clock.seconds(now) for now in (1_000, 1_500, 1_900, 9_000)] == [0, 500, 900, 900]
    halted = clock.read(5_000, 0)
    assert halted.seconds(99_000) == 900
    assert halted.read(99_000, 99_900).seconds(99_100) == 1_000


@pytest.mark.parametrize(
    ("bound", "equity", "paid"), [(1_000, 50, 2), (1_000, 1, 1), (1_000, -1, 0), (10**7, 10**6, 200)]
)
def test_the_reward_is_a_share_of_the_bound_out_of_equity(bound, equity, paid):
    assert reward(CURVE, bound * WAD, equity * WAD) == paid * WAD


def test_shares_sold_shrink_what_remains():
    assert auction().after(WAD // 4).remaining == 3 * WAD // 4
    assert offered(900.0, 0, remaining=WAD // 2).discount == pytest.approx(10.0)

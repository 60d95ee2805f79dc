"""A recorded event is read as written: what stopped trading keeps its old time."""

from __future__ import annotations

from decimal import Decimal

import pytest

from keeper.errors import ConfigurationError
from keeper.simulation.recorded import RecordedMarket
from keeper.simulation.state import VenueStatus
from keeper.symbols import BTC, ETH

HOUR = 3600
T0 = 1_584_000_000
COLUMNS = ("binance_usdt", "kraken", "gemini", "ftx")
HEADER = ",".join(["ts", "utc", *(f"{c}_close" for c in COLUMNS), *(f"{c}_volume" for c in COLUMNS)])
ROWS = [
    (100, 101, 99, 5, 1, 1, 1, 1),
    (90, 91, 99, 5, 1, 1, 0, 1),
    (80, "", 99, 5, 1, "", 0, 1),
    (85, 86, 87, 5, 1, 1, 1, 1),
]


@pytest.fixture
def market(tmp_path):
    lines = [HEADER] + [",".join(map(str, (T0 + i * HOUR, "x", *row))) for i, row in enumerate(ROWS)]
    for name in ("BTC", "ETH"):
        (tmp_path / f"event_test_{name}.csv").write_text("\n".join(lines))
    expiries = (T0 + 7 * 24 * HOUR,)
    return RecordedMarket(tmp_path, "test", expiries, {BTC: (Decimal(90),)})


def venue(market, name, now):
    return market.at(now).venues.get((name, BTC))


def test_a_bar_is_known_only_when_it_has_closed(market):
    assert venue(market, "kraken", T0 + HOUR - 1) is None
    assert venue(market, "kraken", T0 + HOUR).price == 101
    assert venue(market, "kraken", T0 + 2 * HOUR - 1).price == 101
    assert venue(market, "kraken", T0 + 2 * HOUR).timestamp == T0 + 2 * HOUR


def test_a_flat_bar_without_volume_keeps_the_time_of_the_last_trade(market):
    gemini = venue(market, "gemini", T0 + 3 * HOUR)
    assert (gemini.price, gemini.timestamp, gemini.status) == (99, T0 + HOUR, VenueStatus.FROZEN)
    assert venue(market, "gemini", T0 + 4 * HOUR).status is VenueStatus.LIVE


def test_a_missing_bar_leaves_the_one_before(market):
    kraken = venue(market, "kraken", T0 + 3 * HOUR)
    assert (kraken.price, kraken.timestamp) == (91, T0 + 2 * HOUR)


def test_unknown_columns_are_left_out_and_known_ones_named_as_venues(market):
    assert {name for name, _ in market.at(T0 + HOUR).venues} == {"binance", "kraken", "gemini"}


def test_steps_are_hours_and_truth_is_of_those_that_traded(market):
    assert market.steps == 4
    assert market.time(1) == T0 + 2 * HOUR
    assert market.truth(1) == {BTC: Decimal("90.5"), ETH: Decimal("90.5")}
    assert market.state(1) == market.at(T0 + 2 * HOUR)


def test_surfaces_are_labelled_synthetic_and_follow_realised_volatility(market):
    state = market.state(3)
    assert state.options_label.startswith("synthetic")
    call, put = state.options[BTC]
    assert (call.is_call, put.is_call) == (True, False)
    assert call.mark_volatility > 1.0
    assert state.options[ETH] == ()


def test_an_hour_in_which_nobody_traded_has_no_truth(tmp_path):
    for name in ("BTC", "ETH"):
        (tmp_path / f"event_dead_{name}.csv").write_text(f"ts,utc,kraken_close,kraken_volume\n{T0},x,100,0\n")
    dead = RecordedMarket(tmp_path, "dead")
    assert dead.at(T0 + HOUR).venues["kraken", BTC].timestamp == T0
    with pytest.raises(ConfigurationError, match="no venue traded"):
        dead.truth(0)

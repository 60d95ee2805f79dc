"""The seeded day falls like the real one, and is the same day every time."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest

from keeper.consensus import ConsensusConfig, consensus_price
from keeper.errors import ConfigurationError
from keeper.simulation.market import MarketPath
from keeper.simulation.smile import smile_slice
from keeper.simulation.state import VenueStatus
from keeper.symbols import BTC, ETH, VENUE_DOMAINS, VENUE_SYMBOLS
from keeper.types import Quote, RejectionReason
from risk.surface.svi import butterfly_violation, calendar_violation

START = 1_584_000_000
DAY = 288
seeds = pytest.mark.parametrize("seed", [0, 1, 7, 2020])


def path(seed: int, steps: int = DAY) -> MarketPath:
    return MarketPath(seed, START, 300, steps)


@seeds
def test_same_seed_same_market(seed):
    assert [path(seed).state(s) for s in (0, 100, 287)] == [path(seed).state(s) for s in (0, 100, 287)]
    assert path(seed).truth(100) != path(seed + 1).truth(100)


@seeds
def test_the_day_falls_by_45_percent_and_mostly_in_a_few_hours(seed):
    day = path(seed)
    for underlying in (BTC, ETH):
        prices = [float(day.truth(step)[underlying]) for step in range(DAY)]
        assert 0.42 < 1 - min(prices) / prices[0] < 0.50
        worst_two_hours = max(1 - prices[i + 24] / prices[i] for i in range(DAY - 24))
        assert worst_two_hours > 0.15
    assert day.truth(0)[BTC] == Decimal("7900.00")
    assert day.time(12) == START + 3600


@seeds
def test_venues_stand_ten_percent_apart_in_the_worst_hour_and_close_in_calm(seed):
    def width(step):
        prices = [
            s.price
            for (venue, u), s in path(seed).state(step).venues.items()
            if u == BTC and s.status is VenueStatus.LIVE
        ]
        return float((max(prices) - min(prices)) / min(prices))

    assert width(0) < 0.002
    assert 0.05 < max(width(step) for step in range(255, 270)) < 0.12


@seeds
def test_a_frozen_venue_stands_still_and_a_liar_is_eight_percent_high(seed):
    day = path(seed)
    frozen = {day.state(step).venues["poloniex", BTC] for step in range(120, DAY, 20)}
    assert len(frozen) == 1
    assert frozen.pop().timestamp < day.time(120)
    lying = day.state(180).venues["gemini", BTC]
    assert lying.status is VenueStatus.LYING
    assert float(lying.price / day.truth(180)[BTC]) == pytest.approx(1.08, abs=0.02)


@pytest.mark.parametrize("step", [0, 128, 200, 265, 287])
def test_surfaces_are_free_of_arbitrage_and_stress_raises_them(step):
    shape = path(1).surface(step)
    years = [days / 365 for days in (0.2, 1, 7, 30, 90, 365)]
    slices = [smile_slice(shape, t) for t in years]
    assert all(butterfly_violation(each) < 1e-9 for each in slices)
    assert all(calendar_violation(near, far) < 1e-9 for near, far in pairwise(slices))
    assert shape.at_the_money(0.0) == pytest.approx(0.6 + 1.2 * path(1).stress(step))


def test_short_volatility_goes_from_60_to_180_percent():
    day = path(1, 101)
    assert day.surface(0).at_the_money(0.0) == pytest.approx(0.60)
    assert day.surface(92).at_the_money(0.0) == pytest.approx(1.80)


@seeds
def test_the_consensus_follows_the_fall_and_gives_frozen_and_liar_no_vote(seed):
    """Interval holds the truth at every step; the price errs by at most a tenth of the worst-hour width."""
    day, config, previous = path(seed), ConsensusConfig(), None
    for step in range(DAY):
        state = day.state(step)
        quotes = [
            Quote(venue, VENUE_DOMAINS[venue], u, s.price, s.half_spread, s.timestamp, state.now)
            for (venue, u), s in state.venues.items()
        ]
        result = consensus_price(quotes, underlying=BTC, now=state.now, previous=previous, config=config)
        truth = day.truth(step)[BTC]
        assert abs(result.price - truth) <= result.confidence
        assert abs(result.price / truth - 1) < Decimal("0.025")
        refused = {r.source: r.reason for r in result.rejected}
        if state.venues["poloniex", BTC].status is VenueStatus.FROZEN and step > 116:
            assert refused["poloniex"] is RejectionReason.STALE
        if state.venues["gemini", BTC].status is VenueStatus.LYING:
            assert refused["gemini"] is RejectionReason.DISPERSED
        previous = result.price


@pytest.mark.parametrize("steps", [0, 1])
def test_a_path_without_two_steps_is_refused(steps):
    with pytest.raises(ConfigurationError):
        MarketPath(1, START, 60, steps)


@pytest.mark.parametrize("step", [-1, DAY])
def test_a_step_outside_the_path_is_refused(step):
    with pytest.raises(IndexError):
        path(1).state(step)


def test_every_venue_quotes_every_underlying():
    assert set(path(1).state(5).venues) == {(v, u) for v in VENUE_SYMBOLS for u in (BTC, ETH)}

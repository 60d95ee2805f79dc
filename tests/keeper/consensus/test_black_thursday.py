"""The rule over the recorded hours of 11 to 14 March 2020."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from keeper.consensus import ConsensusConfig, consensus_price
from keeper.simulation.recorded import RecordedMarket
from keeper.symbols import BTC, ETH, VENUE_DOMAINS
from keeper.types import Quote, RejectionReason
from tests.keeper.consensus.recorded_data import data_folder

pytestmark = pytest.mark.data

FIRST = int(datetime(2020, 3, 11, tzinfo=UTC).timestamp())
LAST = int(datetime(2020, 3, 15, tzinfo=UTC).timestamp())
GEMINI_FLAT_BAR_END = int(datetime(2020, 3, 13, 5, tzinfo=UTC).timestamp())
CONFIG = ConsensusConfig()


def hours():
    market = RecordedMarket(data_folder("hourly_multivenue_2020_2022"))
    return [market.state(s) for s in range(market.steps) if FIRST <= market.time(s) <= LAST]


def quotes_of(state, underlying):
    return [
        Quote(venue, VENUE_DOMAINS[venue], u, s.price, s.half_spread, s.timestamp, state.now)
        for (venue, u), s in state.venues.items()
        if u == underlying
    ]


def priced(underlying):
    previous = None
    for state in hours():
        result = consensus_price(
            quotes_of(state, underlying),
            underlying=underlying,
            now=state.now,
            previous=previous,
            config=CONFIG,
        )
        yield state, result
        previous = result.price


@pytest.mark.parametrize("underlying", [BTC, ETH])
def test_every_hour_has_a_price_that_covers_the_live_venues(underlying):
    seen = list(priced(underlying))
    assert len(seen) == 97
    for _, result in seen:
        assert len(result.accepted) >= 3
        assert all(abs(q.price - result.price) <= result.confidence for q in result.accepted)
    low = min(result.price for _, result in seen)
    assert low < {BTC: Decimal(5000), ETH: Decimal(115)}[underlying]
    widest = max(result.confidence / result.price for _, result in seen)
    assert Decimal("0.03") < widest < CONFIG.max_confidence


@pytest.mark.parametrize("underlying", [BTC, ETH])
def test_frozen_poloniex_never_votes_and_the_age_gate_says_so(underlying):
    for _, result in priced(underlying):
        assert {r.reason for r in result.rejected if r.source == "poloniex"} == {RejectionReason.STALE}


@pytest.mark.parametrize("underlying", [BTC, ETH])
def test_geminis_flat_bar_gets_no_vote(underlying):
    ((_, result),) = [(s, r) for s, r in priced(underlying) if s.now == GEMINI_FLAT_BAR_END]
    assert ("gemini", RejectionReason.STALE) in [(r.source, r.reason) for r in result.rejected]
    assert all(q.source != "gemini" for q in result.accepted)


def test_the_crash_is_never_called_a_jump_or_a_wide_spread():
    reasons = {r.reason for u in (BTC, ETH) for _, result in priced(u) for r in result.rejected}
    assert reasons <= {RejectionReason.STALE, RejectionReason.DISPERSED}


@pytest.mark.parametrize("underlying", [BTC, ETH])
def test_behind_the_age_gate_stands_dispersion(underlying):
    """Were the dead quotes young, Gemini would be an outlier and Poloniex hidden behind its domain's better source."""
    (state,) = [s for s in hours() if s.now == GEMINI_FLAT_BAR_END]
    quotes = quotes_of(state, underlying)
    careful, trusting = (
        consensus_price(quotes, underlying=underlying, now=state.now, previous=None, config=config)
        for config in (CONFIG, ConsensusConfig(max_age_seconds=10**9))
    )
    assert trusting.price == careful.price
    assert ("gemini", RejectionReason.DISPERSED) in [(r.source, r.reason) for r in trusting.rejected]

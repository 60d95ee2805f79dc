"""The rule over every recorded crash: an hour with three live domains always has a price."""

from __future__ import annotations

from decimal import Decimal

import pytest

from keeper.consensus import ConsensusConfig, NoConsensus, consensus_price
from keeper.simulation.recorded import RecordedMarket
from keeper.symbols import BTC, ETH, VENUE_DOMAINS
from keeper.types import Quote
from tests.keeper.consensus.recorded_data import data_folder

pytestmark = pytest.mark.data

CONFIG = ConsensusConfig()
EVENTS = ["2020-03_black_thursday", "2021-05_crash", "2022-05_luna", "2022-11_ftx"]


@pytest.mark.parametrize("underlying", [BTC, ETH])
@pytest.mark.parametrize("event", EVENTS)
def test_every_hour_with_three_live_domains_is_priced_near_its_venues(event, underlying):
    market = RecordedMarket(data_folder("hourly_multivenue_2020_2022"), event)
    previous, unpriced = None, 0
    for step in range(market.steps):
        state = market.state(step)
        quotes = [
            Quote(venue, VENUE_DOMAINS[venue], u, s.price, s.half_spread, s.timestamp, state.now)
            for (venue, u), s in state.venues.items()
            if u == underlying
        ]
        live = {q.domain for q in quotes if state.now - q.source_time <= CONFIG.max_age_seconds}
        try:
            result = consensus_price(
                quotes, underlying=underlying, now=state.now, previous=previous, config=CONFIG
            )
        except NoConsensus:
            assert len(live) < CONFIG.min_domains
            unpriced += 1
            continue
        truth = market.truth(step)[underlying]
        assert abs(result.price / truth - 1) < Decimal("0.02")
        assert abs(result.price - truth) <= result.confidence
        previous = result.price
    assert unpriced < market.steps // 50

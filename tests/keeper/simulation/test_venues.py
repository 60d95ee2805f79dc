"""The simulated venues speak so that the keeper's feeds read back exactly what the conductor set."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal

import pytest

from keeper.feeds import observe, option_feeds_under, spot_feeds_under
from keeper.simulation.market import MarketPath
from keeper.simulation.state import MarketState, VenueState, VenueStatus
from keeper.simulation.venues import VenueServer
from keeper.simulation.wire import option_name
from keeper.symbols import BTC, ETH, VENUE_SYMBOLS
from keeper.types import RejectionReason

START = 1_584_000_000
EXPIRIES = (1_584_691_200, 1_585_296_000)  # 20 and 27 March 2020, 08:00 UTC
STRIKES = {BTC: (Decimal(5000), Decimal(8000)), ETH: (Decimal(120), Decimal(200))}
PATH = MarketPath(3, START, 300, 100, EXPIRIES, STRIKES)


@asynccontextmanager
async def serving(state: MarketState | None):
    server = VenueServer()
    root = await server.start()
    try:
        if state is not None:
            server.set_state(state)
        yield root, server
    finally:
        await server.stop()


async def seen_at(root: str, now: int):
    return await observe(spot_feeds_under(root), option_feeds_under(root), now=now, timeout=10)


@pytest.mark.parametrize("step", [0, 45, 60, 92])
async def test_every_venue_is_read_back_exactly(step):
    state = PATH.state(step)
    async with serving(state) as (root, _):
        seen = await seen_at(root, state.now)
    assert seen.rejections == ()
    read = {(q.source, q.underlying): (q.price, q.half_spread, q.source_time) for q in seen.quotes}
    assert read == {key: (s.price, s.half_spread, s.timestamp) for key, s in state.venues.items()}


async def test_option_marks_are_read_back_to_the_published_precision():
    state = PATH.state(92)
    async with serving(state) as (root, _):
        seen = await seen_at(root, state.now)
    marks = [(underlying, mark) for underlying in (BTC, ETH) for mark in state.options[underlying]]
    assert len(seen.option_quotes) == len(marks) == 16
    for quote, (underlying, mark) in zip(seen.option_quotes, marks, strict=True):
        assert (quote.underlying, quote.expiry, quote.strike) == (underlying, mark.expiry, mark.strike)
        assert (quote.is_call, quote.forward, quote.source_time) == (mark.is_call, mark.forward, state.now)
        # Deribit publishes percent to two places: half of the last one is 5e-5.
        assert quote.mark_volatility == pytest.approx(mark.mark_volatility, abs=5.1e-5)
        assert quote.open_interest == mark.open_interest


@pytest.mark.parametrize("venue", sorted(VENUE_SYMBOLS))
async def test_a_venue_that_is_down_is_unreachable_and_the_others_answer(venue):
    state = PATH.state(0)
    down = {
        key: replace(s, status=VenueStatus.DOWN) if key[0] == venue else s for key, s in state.venues.items()
    }
    async with serving(replace(state, venues=down)) as (root, _):
        seen = await seen_at(root, state.now)
    assert [(r.source, r.underlying, r.reason) for r in seen.rejections] == [
        (venue, underlying, RejectionReason.UNREACHABLE) for underlying in (BTC, ETH)
    ]
    assert len(seen.quotes) == 2 * (len(VENUE_SYMBOLS) - 1)


async def test_before_a_state_is_set_everything_is_down():
    async with serving(None) as (root, _):
        seen = await seen_at(root, START)
    assert (seen.quotes, seen.option_quotes) == ((), ())
    assert {r.reason for r in seen.rejections} == {RejectionReason.UNREACHABLE}


async def test_a_new_state_is_answered_at_once():
    def state(price):
        return MarketState(START, {("kraken", BTC): VenueState(Decimal(price), Decimal(1), START)})

    async with serving(state(100)) as (root, server):
        before = await seen_at(root, START)
        server.set_state(state(50))
        after = await seen_at(root, START)
    assert ([q.price for q in before.quotes], [q.price for q in after.quotes]) == ([100], [50])


def test_names_have_no_leading_zero():
    mark = replace(PATH.state(0).options[BTC][0], expiry=1_583_481_600, strike=Decimal(5000))
    assert option_name("BTC", mark) == "BTC-6MAR20-5000-C"

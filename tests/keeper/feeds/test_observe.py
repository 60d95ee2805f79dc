"""One observation holds what every source said, whatever any of them does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from decimal import Decimal

import pytest

from keeper.feeds import OptionBook, observe, public_option_feeds, public_spot_feeds, spot_feeds_under
from keeper.feeds.base import PriceFeed
from keeper.symbols import BTC, ETH, VENUE_SYMBOLS
from keeper.types import OptionQuote, Quote, RejectionReason
from tests.keeper.feeds.loopback import serving
from tests.keeper.feeds.venue_cases import CASES

NOW = 1_700_000_000


@dataclass(frozen=True)
class Steady:
    """Quotes 100 after `delay` seconds; raises `fault` where given."""

    name: str
    domain: str = "steady"
    delay: float = 0.0
    fault: Exception | None = None

    async def quotes(self, session, underlyings, now):
        await asyncio.sleep(self.delay)
        if self.fault is not None:
            raise self.fault
        return [Quote(self.name, self.domain, u, Decimal(100), Decimal(1), now, now) for u in underlyings]

    async def option_quotes(self, session, underlyings, now):
        await asyncio.sleep(self.delay)
        if self.fault is not None:
            raise self.fault
        return OptionBook(
            tuple(
                OptionQuote(self.name, u, now + 86400, strike, True, 0.6, Decimal(100), 1.0, now)
                for u in underlyings
                for strike in (Decimal(120), Decimal(80))
            )
        )


async def test_order_is_by_source_and_underlying_whatever_arrives_first():
    feeds = [Steady("c"), Steady("a", delay=0.05), Steady("b", delay=0.02)]
    seen = await observe(feeds, [Steady("o")], now=NOW, timeout=5)
    assert [(q.source, q.underlying) for q in seen.quotes] == [(s, u) for s in "abc" for u in (BTC, ETH)]
    assert [(q.underlying, q.strike) for q in seen.option_quotes] == [
        (BTC, 80),
        (BTC, 120),
        (ETH, 80),
        (ETH, 120),
    ]
    assert (seen.observed_at, seen.rejections) == (NOW, ())


@pytest.mark.parametrize(
    "fault", [RuntimeError("bug"), KeyError("bid"), ZeroDivisionError(), OSError("gone")]
)
async def test_a_source_that_breaks_is_rejected_and_the_others_stand(fault):
    seen = await observe(
        [Steady("good"), Steady("bad", fault=fault)],
        [Steady("options", fault=fault)],
        now=NOW,
        timeout=5,
        underlyings=[BTC],
    )
    assert [q.source for q in seen.quotes] == ["good"]
    assert [(r.source, r.reason) for r in seen.rejections] == [
        ("bad", RejectionReason.MALFORMED),
        ("options", RejectionReason.MALFORMED),
    ]
    assert type(fault).__name__ in seen.rejections[0].detail


async def test_a_silent_source_costs_only_its_own_vote():
    seen = await observe(
        [Steady("good"), Steady("silent", delay=60)], [], now=NOW, timeout=0.05, underlyings=[BTC]
    )
    assert [q.source for q in seen.quotes] == ["good"]
    (rejection,) = seen.rejections
    assert (rejection.source, rejection.reason) == ("silent", RejectionReason.UNREACHABLE)


async def test_a_hanging_server_is_unreachable():
    case = CASES["coinbase"]
    async with serving(case.answers(), delay=30) as root:
        seen = await observe([case.at(root)], [], now=NOW, timeout=0.1, underlyings=[BTC])
    assert [r.reason for r in seen.rejections] == [RejectionReason.UNREACHABLE]


async def test_one_underlying_may_fail_alone():
    case = CASES["coinbase"]
    async with serving(case.answers()) as root:
        feed = case.feed(base_url=root)
        seen = await observe([feed], [], now=NOW, timeout=5)
    assert [(q.source, q.underlying) for q in seen.quotes] == [("coinbase", BTC)]
    assert [(r.underlying, r.reason) for r in seen.rejections] == [(ETH, RejectionReason.UNREACHABLE)]


def test_registry_lists_every_venue_once_and_shares_a_domain_only_by_quote_currency():
    feeds: list[PriceFeed] = public_spot_feeds()
    assert [feed.name for feed in feeds] == sorted(VENUE_SYMBOLS)
    domains = [feed.domain for feed in feeds]
    assert {d for d in domains if domains.count(d) > 1} == {"usdt"}
    assert [feed.base_url for feed in spot_feeds_under("http://h:1")] == [
        f"http://h:1/{name}" for name in sorted(VENUE_SYMBOLS)
    ]
    assert all(feed.base_url.startswith("https://") for feed in (*feeds, *public_option_feeds()))

"""Coinbase Exchange: `GET /products/{id}/ticker`; `time` is the time of the last trade.

Source: Coinbase Exchange REST API, "Get product ticker".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp

from keeper.feeds.book import BookTop, SpotVenue, book_top
from keeper.feeds.parsing import iso_seconds, item, obj
from keeper.feeds.transport import get_json
from keeper.symbols import VENUE_DOMAINS, VENUE_SYMBOLS

__all__ = ["CoinbaseFeed", "parse_coinbase"]


def parse_coinbase(ticker: object) -> BookTop:
    book = obj(ticker, "ticker")
    return book_top(item(book, "bid"), item(book, "ask"), iso_seconds(item(book, "time"), "time"))


@dataclass(frozen=True)
class CoinbaseFeed(SpotVenue):
    base_url: str = "https://api.exchange.coinbase.com"
    name: str = "coinbase"
    domain: str = VENUE_DOMAINS["coinbase"]
    symbols: Mapping[int, str] = field(default_factory=lambda: VENUE_SYMBOLS["coinbase"])

    async def top(self, session: aiohttp.ClientSession, symbol: str) -> BookTop:
        return parse_coinbase(await get_json(session, f"{self.base_url}/products/{symbol}/ticker"))

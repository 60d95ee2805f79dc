"""Bitstamp: `GET /api/v2/ticker/{pair}/`; `timestamp` is the ticker's own unix second.

The ticker's time may follow the server's clock, so a halted market is also watched by its unchanged price
(`keeper.consensus` and its frozen gate). Source: Bitstamp HTTP API, "Ticker".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp

from keeper.feeds.book import BookTop, SpotVenue, book_top
from keeper.feeds.parsing import item, obj, seconds
from keeper.feeds.transport import get_json
from keeper.symbols import VENUE_DOMAINS, VENUE_SYMBOLS

__all__ = ["BitstampFeed", "parse_bitstamp"]


def parse_bitstamp(ticker: object) -> BookTop:
    book = obj(ticker, "ticker")
    return book_top(item(book, "bid"), item(book, "ask"), seconds(item(book, "timestamp"), "timestamp"))


@dataclass(frozen=True)
class BitstampFeed(SpotVenue):
    base_url: str = "https://www.bitstamp.net"
    name: str = "bitstamp"
    domain: str = VENUE_DOMAINS["bitstamp"]
    symbols: Mapping[int, str] = field(default_factory=lambda: VENUE_SYMBOLS["bitstamp"])

    async def top(self, session: aiohttp.ClientSession, symbol: str) -> BookTop:
        return parse_bitstamp(await get_json(session, f"{self.base_url}/api/v2/ticker/{symbol}/"))

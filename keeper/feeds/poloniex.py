"""Poloniex spot: `GET /markets/{symbol}/ticker24h` for the book, `GET /markets/{symbol}/price` for the time.

`ts` and `closeTime` follow the server's clock; `time` of the price is when that trade was recorded.
Source: Poloniex API documentation, "Market Data".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp

from keeper.feeds.book import BookTop, SpotVenue, book_top
from keeper.feeds.errors import malformed
from keeper.feeds.parsing import item, milliseconds, obj
from keeper.feeds.transport import get_json
from keeper.symbols import VENUE_DOMAINS, VENUE_SYMBOLS

__all__ = ["PoloniexFeed", "parse_poloniex"]


def parse_poloniex(ticker: object, price: object, symbol: str) -> BookTop:
    book, last = obj(ticker, "ticker"), obj(price, "price")
    for answer in (book, last):
        if item(answer, "symbol") != symbol:
            raise malformed(f"wanted symbol {symbol}, got", answer["symbol"])
    return book_top(item(book, "bid"), item(book, "ask"), milliseconds(item(last, "time"), "price time"))


@dataclass(frozen=True)
class PoloniexFeed(SpotVenue):
    base_url: str = "https://api.poloniex.com"
    name: str = "poloniex"
    domain: str = VENUE_DOMAINS["poloniex"]
    symbols: Mapping[int, str] = field(default_factory=lambda: VENUE_SYMBOLS["poloniex"])

    async def top(self, session: aiohttp.ClientSession, symbol: str) -> BookTop:
        market = f"{self.base_url}/markets/{symbol}"
        ticker = await get_json(session, f"{market}/ticker24h")
        return parse_poloniex(ticker, await get_json(session, f"{market}/price"), symbol)

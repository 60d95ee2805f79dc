"""Binance spot: `GET /api/v3/ticker/bookTicker` for the book, `GET /api/v3/trades` for the time.

The 24 h ticker's `closeTime` follows the server's clock even where nothing trades; a trade's time does not.
Source: Binance Spot API documentation, "Market Data endpoints".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp

from keeper.feeds.book import BookTop, SpotVenue, book_top
from keeper.feeds.errors import malformed
from keeper.feeds.parsing import array, item, milliseconds, obj
from keeper.feeds.transport import get_json
from keeper.symbols import VENUE_DOMAINS, VENUE_SYMBOLS

__all__ = ["BinanceFeed", "parse_binance"]


def parse_binance(ticker: object, trades: object, symbol: str) -> BookTop:
    book = obj(ticker, "book ticker")
    if item(book, "symbol") != symbol:
        raise malformed(f"wanted symbol {symbol}, got", book["symbol"])
    newest = obj(array(trades, "trades")[-1], "trade")
    return book_top(
        item(book, "bidPrice"), item(book, "askPrice"), milliseconds(item(newest, "time"), "trade time")
    )


@dataclass(frozen=True)
class BinanceFeed(SpotVenue):
    base_url: str = "https://api.binance.com"
    name: str = "binance"
    domain: str = VENUE_DOMAINS["binance"]
    symbols: Mapping[int, str] = field(default_factory=lambda: VENUE_SYMBOLS["binance"])

    async def top(self, session: aiohttp.ClientSession, symbol: str) -> BookTop:
        path = f"{self.base_url}/api/v3"
        ticker = await get_json(session, f"{path}/ticker/bookTicker", {"symbol": symbol})
        trades = await get_json(session, f"{path}/trades", {"symbol": symbol, "limit": "1"})
        return parse_binance(ticker, trades, symbol)

"""Bitfinex v2: `GET /v2/tickers` for the book, `GET /v2/trades/{symbol}/hist` for the time.

Of the ticker endpoints, `tickers` is the one whose rows name their symbol.
Source: Bitfinex API documentation, "Tickers" and "Trades".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp

from keeper.feeds.book import BookTop, SpotVenue, book_top
from keeper.feeds.errors import malformed, unreachable
from keeper.feeds.parsing import array, milliseconds
from keeper.feeds.transport import get_json
from keeper.symbols import VENUE_DOMAINS, VENUE_SYMBOLS

__all__ = ["BitfinexFeed", "parse_bitfinex"]

# Positions in the arrays that stand for records.
_SYMBOL, _BID, _ASK, _TICKER_FIELDS = 0, 1, 3, 11
_MILLISECONDS, _TRADE_FIELDS = 1, 4


def parse_bitfinex(tickers: object, trades: object, symbol: str) -> BookTop:
    ticker = array(_rows(tickers, "tickers")[0], "ticker", at_least=_TICKER_FIELDS)
    if ticker[_SYMBOL] != symbol:
        raise malformed(f"wanted symbol {symbol}, got", ticker[_SYMBOL])
    newest = array(_rows(trades, "trades")[0], "trade", at_least=_TRADE_FIELDS)
    return book_top(ticker[_BID], ticker[_ASK], milliseconds(newest[_MILLISECONDS], "trade time"))


def _rows(answer: object, what: str) -> list[object]:
    rows = list(array(answer, what))
    if rows[0] == "error":
        raise unreachable(f"Bitfinex answered {rows!r}")
    return rows


@dataclass(frozen=True)
class BitfinexFeed(SpotVenue):
    base_url: str = "https://api-pub.bitfinex.com"
    name: str = "bitfinex"
    domain: str = VENUE_DOMAINS["bitfinex"]
    symbols: Mapping[int, str] = field(default_factory=lambda: VENUE_SYMBOLS["bitfinex"])

    async def top(self, session: aiohttp.ClientSession, symbol: str) -> BookTop:
        tickers = await get_json(session, f"{self.base_url}/v2/tickers", {"symbols": symbol})
        trades = await get_json(session, f"{self.base_url}/v2/trades/{symbol}/hist", {"limit": "1"})
        return parse_bitfinex(tickers, trades, symbol)

"""Gemini: `GET /v1/pubticker/{symbol}`; `volume.timestamp` (milliseconds) ends the volume it reports.

The answer names no symbol, but its volume is keyed by the two currencies: they must be the ones asked for.
Source: Gemini REST API, "Get Ticker".
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

__all__ = ["GeminiFeed", "parse_gemini"]

_QUOTE_CURRENCY = "USD"


def parse_gemini(ticker: object, symbol: str) -> BookTop:
    book = obj(ticker, "ticker")
    volume = obj(item(book, "volume"), "volume")
    base_currency = symbol.upper().removesuffix(_QUOTE_CURRENCY)
    if not {base_currency, _QUOTE_CURRENCY} <= set(volume):
        raise malformed(f"wanted volumes of {base_currency} and {_QUOTE_CURRENCY}, got", sorted(volume))
    return book_top(
        item(book, "bid"), item(book, "ask"), milliseconds(item(volume, "timestamp"), "volume timestamp")
    )


@dataclass(frozen=True)
class GeminiFeed(SpotVenue):
    base_url: str = "https://api.gemini.com"
    name: str = "gemini"
    domain: str = VENUE_DOMAINS["gemini"]
    symbols: Mapping[int, str] = field(default_factory=lambda: VENUE_SYMBOLS["gemini"])

    async def top(self, session: aiohttp.ClientSession, symbol: str) -> BookTop:
        return parse_gemini(await get_json(session, f"{self.base_url}/v1/pubticker/{symbol}"), symbol)

"""Kraken: `GET /0/public/Depth`; each level carries its second, the newest is the book's time.

Source: Kraken API documentation, "Get Order Book".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import aiohttp

from keeper.feeds.book import BookTop, SpotVenue, book_top
from keeper.feeds.errors import malformed, unreachable
from keeper.feeds.parsing import array, item, obj, positive_price, seconds
from keeper.feeds.transport import get_json
from keeper.symbols import VENUE_DOMAINS, VENUE_SYMBOLS

__all__ = ["KrakenFeed", "parse_kraken"]

_LEVELS = "10"


def parse_kraken(depth: object, pair: str) -> BookTop:
    envelope = obj(depth, "depth")
    if errors := envelope.get("error"):
        raise unreachable(f"Kraken answered {errors!r}")
    result = obj(item(envelope, "result"), "result")
    if set(result) != {pair}:
        raise malformed(f"wanted pair {pair}, got", sorted(result))
    book = obj(result[pair], "book")
    bids, asks = _levels(book, "bids"), _levels(book, "asks")
    newest = max(seconds(level[2], "level time") for level in (*bids, *asks))
    best_bid = max(positive_price(level[0], "bid") for level in bids)
    best_ask = min(positive_price(level[0], "ask") for level in asks)
    return book_top(best_bid, best_ask, newest)


def _levels(book: Mapping[str, object], side: str) -> list[Sequence[object]]:
    return [array(level, f"level of {side}", at_least=3) for level in array(item(book, side), side)]


@dataclass(frozen=True)
class KrakenFeed(SpotVenue):
    base_url: str = "https://api.kraken.com"
    name: str = "kraken"
    domain: str = VENUE_DOMAINS["kraken"]
    symbols: Mapping[int, str] = field(default_factory=lambda: VENUE_SYMBOLS["kraken"])

    async def top(self, session: aiohttp.ClientSession, symbol: str) -> BookTop:
        query = {"pair": symbol, "count": _LEVELS}
        return parse_kraken(await get_json(session, f"{self.base_url}/0/public/Depth", query), symbol)

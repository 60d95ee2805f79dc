"""The top of a venue's book at a venue's time, and the venue base class that turns it into a `Quote`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import aiohttp

from keeper.errors import FeedError
from keeper.feeds.parsing import positive_price
from keeper.types import Quote, RejectionReason

__all__ = ["BookTop", "SpotVenue", "book_top"]


@dataclass(frozen=True, slots=True)
class BookTop:
    """Best bid and ask in quote currency; the venue's unix second of its newest trade or book change."""

    bid: Decimal
    ask: Decimal
    source_time: int


def book_top(bid: object, ask: object, source_time: int) -> BookTop:
    """A book whose prices are positive and do not cross; a locked book (bid = ask) is allowed."""
    best_bid, best_ask = positive_price(bid, "bid"), positive_price(ask, "ask")
    if best_bid > best_ask:
        raise FeedError(RejectionReason.CROSSED_BOOK, f"bid {best_bid} above ask {best_ask}")
    return BookTop(best_bid, best_ask, source_time)


@dataclass(frozen=True)
class SpotVenue(ABC):
    """A venue read over public REST: price is the middle of the book, `half_spread` half its width."""

    base_url: str
    name: str
    domain: str
    symbols: Mapping[int, str]

    @abstractmethod
    async def top(self, session: aiohttp.ClientSession, symbol: str) -> BookTop:
        """The book's top for one of the venue's symbols; raises `FeedError`."""

    async def quotes(
        self, session: aiohttp.ClientSession, underlyings: Sequence[int], now: int
    ) -> list[Quote]:
        """One quote per underlying that the venue lists, in the order asked; raises `FeedError`."""
        listed = [underlying for underlying in underlyings if underlying in self.symbols]
        return [await self._quote(session, underlying, now) for underlying in listed]

    async def _quote(self, session: aiohttp.ClientSession, underlying: int, now: int) -> Quote:
        top = await self.top(session, self.symbols[underlying])
        return Quote(
            source=self.name,
            domain=self.domain,
            underlying=underlying,
            price=(top.bid + top.ask) / 2,
            half_spread=(top.ask - top.bid) / 2,
            source_time=top.source_time,
            received_at=now,
        )

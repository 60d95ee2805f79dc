"""The port every source implements, and `observe`, which reads all of them at one instant.

One source's failure never sinks the observation: whatever it raises becomes a `Rejection` of that source
for that underlying. Results are sorted: the order of arrival does not show.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import aiohttp

from keeper.errors import FeedError
from keeper.symbols import BTC, ETH
from keeper.types import Observation, OptionQuote, Quote, Rejection, RejectionReason

__all__ = ["OptionBook", "OptionFeed", "PriceFeed", "observe"]

T = TypeVar("T")


class PriceFeed(Protocol):
    """A source of spot prices. `domain` is its failure domain: sources that fail together share one."""

    @property
    def name(self) -> str: ...

    @property
    def domain(self) -> str: ...

    async def quotes(
        self, session: aiohttp.ClientSession, underlyings: Sequence[int], now: int
    ) -> list[Quote]:
        """Quotes of the underlyings it lists; `now` becomes `received_at`. Raises `FeedError`."""
        ...


@dataclass(frozen=True, slots=True)
class OptionBook:
    """A chain: the usable marks, and the rows that were not, each with its reason."""

    quotes: tuple[OptionQuote, ...]
    rejections: tuple[Rejection, ...] = ()


class OptionFeed(Protocol):
    """A source of option marks."""

    @property
    def name(self) -> str: ...

    @property
    def domain(self) -> str: ...

    async def option_quotes(
        self, session: aiohttp.ClientSession, underlyings: Sequence[int], now: int
    ) -> OptionBook:
        """Chains of the underlyings it lists. Raises `FeedError` where a whole chain cannot be read."""
        ...


async def observe(
    feeds: Sequence[PriceFeed],
    option_feeds: Sequence[OptionFeed],
    *,
    now: int,
    timeout: float,
    underlyings: Sequence[int] = (BTC, ETH),
    session: aiohttp.ClientSession | None = None,
) -> Observation:
    """Reads every source concurrently; never raises for a source.

    `timeout` is in seconds, for each source and underlying by itself. `session` is used
    where given (and left open), else one is opened for this call.
    """
    if session is not None:
        return await _observe(feeds, option_feeds, session, underlyings, now, timeout)
    async with aiohttp.ClientSession() as own:
        return await _observe(feeds, option_feeds, own, underlyings, now, timeout)


async def _observe(
    feeds: Sequence[PriceFeed],
    option_feeds: Sequence[OptionFeed],
    session: aiohttp.ClientSession,
    underlyings: Sequence[int],
    now: int,
    seconds: float,
) -> Observation:
    def read(feed: str, underlying: int, reading: Awaitable[T]) -> Awaitable[T | Rejection]:
        return _guarded(feed, underlying, seconds, reading)

    spot, options = await asyncio.gather(
        asyncio.gather(*(read(f.name, u, f.quotes(session, [u], now)) for f in feeds for u in underlyings)),
        asyncio.gather(
            *(read(f.name, u, f.option_quotes(session, [u], now)) for f in option_feeds for u in underlyings)
        ),
    )
    return _sorted_observation(now, spot, options)


async def _guarded(source: str, underlying: int, seconds: float, reading: Awaitable[T]) -> T | Rejection:
    try:
        async with asyncio.timeout(seconds):
            return await reading
    except FeedError as error:
        return Rejection(source, underlying, RejectionReason(error.reason), error.detail)
    except TimeoutError:
        detail = f"no answer within {seconds} s"
        return Rejection(source, underlying, RejectionReason.UNREACHABLE, detail)
    except Exception as error:  # noqa: BLE001 - a fault inside one source must not silence the others
        detail = f"{type(error).__name__}: {error}"
        return Rejection(source, underlying, RejectionReason.MALFORMED, detail)


def _sorted_observation(
    now: int, spot: Sequence[list[Quote] | Rejection], options: Sequence[OptionBook | Rejection]
) -> Observation:
    quotes = [quote for reading in spot if not isinstance(reading, Rejection) for quote in reading]
    books = [reading for reading in options if isinstance(reading, OptionBook)]
    rejections = [reading for reading in (*spot, *options) if isinstance(reading, Rejection)]
    rejections += [rejection for book in books for rejection in book.rejections]
    return Observation(
        observed_at=now,
        quotes=tuple(sorted(quotes, key=lambda q: (q.source, q.underlying))),
        option_quotes=tuple(sorted((q for book in books for q in book.quotes), key=_option_order)),
        rejections=tuple(sorted(rejections, key=lambda r: (r.source, r.underlying, r.reason, r.detail))),
    )


def _option_order(quote: OptionQuote) -> tuple[object, ...]:
    return (quote.source, quote.underlying, quote.expiry, quote.strike, not quote.is_call)

"""Deribit: `GET /api/v2/public/get_book_summary_by_currency?kind=option`, a whole chain in one answer.

`mark_iv` is in percent, `underlying_price` is the forward of the option's expiry, expiries are at 08:00 UTC.
Source: Deribit API documentation, "public/get_book_summary_by_currency"; instrument naming convention.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

import aiohttp

from keeper.errors import FeedError
from keeper.feeds.base import OptionBook
from keeper.feeds.errors import malformed, not_positive, unreachable
from keeper.feeds.parsing import array, decimal, item, milliseconds, obj, positive_price, text
from keeper.feeds.transport import get_json
from keeper.symbols import UNDERLYING_NAMES
from keeper.types import OptionQuote, Rejection, RejectionReason

__all__ = ["DeribitFeed", "OptionName", "parse_instrument_name", "parse_option_row", "result_of"]

_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_NAME = re.compile(
    r"(?P<currency>[A-Z]+)-(?P<day>[0-9]{1,2})(?P<month>[A-Z]{3})(?P<year>[0-9]{2})"
    r"-(?P<strike>[0-9]{1,12})-(?P<kind>[CP])"
)
_EXPIRY_HOUR_UTC: Final = 8
# A mark above 1,000% is not a volatility but a unit error.
_LARGEST_VOLATILITY: Final = Decimal(10)


@dataclass(frozen=True, slots=True)
class OptionName:
    """The parts of a name like `BTC-27MAR26-50000-C`; `expiry` in unix seconds."""

    currency: str
    expiry: int
    strike: Decimal
    is_call: bool


def parse_instrument_name(name: str) -> OptionName:
    match = _NAME.fullmatch(name)
    if match is None or match["month"] not in _MONTHS:
        raise malformed("not an option's name", name)
    month = _MONTHS.index(match["month"]) + 1
    try:
        expiry = datetime(2000 + int(match["year"]), month, int(match["day"]), _EXPIRY_HOUR_UTC, tzinfo=UTC)
    except ValueError as error:
        raise malformed("no such date in", name) from error
    strike = positive_price(match["strike"], "strike")
    return OptionName(match["currency"], int(expiry.timestamp()), strike, match["kind"] == "C")


def parse_option_row(row: object, *, source: str, underlying: int, currency: str, now: int) -> OptionQuote:
    """One listed, living option; raises `FeedError` for a row without a usable mark."""
    fields = obj(row, "row")
    name = parse_instrument_name(text(item(fields, "instrument_name"), "instrument_name"))
    if name.currency != currency:
        raise malformed(f"wanted currency {currency}, got", name.currency)
    if name.expiry <= now:
        raise FeedError(RejectionReason.STALE, f"expired at {name.expiry}, now {now}")
    return OptionQuote(
        source=source,
        underlying=underlying,
        expiry=name.expiry,
        strike=name.strike,
        is_call=name.is_call,
        mark_volatility=float(_volatility_fraction(item(fields, "mark_iv"))),
        forward=positive_price(item(fields, "underlying_price"), "underlying_price"),
        open_interest=float(_not_negative(item(fields, "open_interest"), "open_interest")),
        source_time=milliseconds(item(fields, "creation_timestamp"), "creation_timestamp"),
    )


def _volatility_fraction(percent: object) -> Decimal:
    volatility = decimal(percent, "mark_iv") / 100
    if volatility <= 0:
        raise not_positive("mark_iv", percent)
    if volatility > _LARGEST_VOLATILITY:
        raise malformed("mark_iv above 1000 percent", percent)
    return volatility


def _not_negative(value: object, what: str) -> Decimal:
    number = decimal(value, what)
    if number < 0:
        raise malformed(f"{what} is negative", value)
    return number


@dataclass(frozen=True)
class DeribitFeed:
    """Option marks of each currency; a row that cannot be used is rejected alone, the chain stands."""

    base_url: str = "https://www.deribit.com"
    name: str = "deribit"
    domain: str = "deribit"
    currencies: Mapping[int, str] = field(default_factory=lambda: UNDERLYING_NAMES)

    async def option_quotes(
        self, session: aiohttp.ClientSession, underlyings: Sequence[int], now: int
    ) -> OptionBook:
        books = [await self._chain(session, u, now) for u in underlyings if u in self.currencies]
        return OptionBook(
            tuple(quote for book in books for quote in book.quotes),
            tuple(rejection for book in books for rejection in book.rejections),
        )

    async def _chain(self, session: aiohttp.ClientSession, underlying: int, now: int) -> OptionBook:
        currency = self.currencies[underlying]
        url = f"{self.base_url}/api/v2/public/get_book_summary_by_currency"
        answer = await get_json(session, url, {"currency": currency, "kind": "option"})
        rows = array(result_of(answer), "result")
        quotes: list[OptionQuote] = []
        rejections: list[Rejection] = []
        for row in rows:
            try:
                quotes.append(
                    parse_option_row(row, source=self.name, underlying=underlying, currency=currency, now=now)
                )
            except FeedError as error:
                reason = RejectionReason(error.reason)
                rejections.append(Rejection(self.name, underlying, reason, error.detail))
        return OptionBook(tuple(quotes), tuple(rejections))


def result_of(answer: object) -> object:
    """What a JSON-RPC answer of this venue carries."""
    envelope = obj(answer, "JSON-RPC answer")
    if "error" in envelope:
        raise unreachable(f"Deribit answered {envelope['error']!r}")
    return item(envelope, "result")

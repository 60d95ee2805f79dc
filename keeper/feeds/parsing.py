"""Strict readers of decoded JSON: each returns the value in its unit or raises a `FeedError` naming it.

Numbers stay exact: JSON fractions arrive as `Decimal` (see `transport`), strings are held to plain ASCII
decimals, so that `NaN`, `1_000`, blanks and other digits that Python would accept are refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from keeper.feeds.errors import malformed, not_positive
from keeper.types import WAD

__all__ = [
    "array",
    "decimal",
    "iso_seconds",
    "item",
    "milliseconds",
    "obj",
    "positive_price",
    "seconds",
    "text",
]

_PLAIN_DECIMAL = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)

# A price must fit the wire's uint96 WAD: between one unit of WAD and (2**96 - 1) / 1e18.
SMALLEST_PRICE: Final = Decimal(1) / WAD
LARGEST_PRICE: Final = Decimal(2**96 - 1) / WAD

# Year 2100: seconds above it are milliseconds in disguise.
_LATEST_SECOND: Final = 4_102_444_800


def obj(value: object, what: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise malformed(f"{what} is not an object", value)
    return value


def array(value: object, what: str, at_least: int = 1) -> Sequence[object]:
    if not isinstance(value, list) or len(value) < at_least:
        raise malformed(f"{what} is not an array of at least {at_least}", value)
    return value


def item(mapping: Mapping[str, object], key: str) -> object:
    """A required member that is present and not null."""
    value = mapping.get(key)
    if value is None:
        raise malformed(f"field {key!r} is missing in", dict(mapping))
    return value


def text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise malformed(f"{what} is not a string", value)
    return value


def decimal(value: object, what: str) -> Decimal:
    """An exact finite number, given as a JSON number or as a plain decimal string."""
    if isinstance(value, bool):
        raise malformed(f"{what} is not a number", value)
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, Decimal) and value.is_finite():
        return value
    if isinstance(value, str) and _PLAIN_DECIMAL.fullmatch(value):
        return Decimal(value)
    raise malformed(f"{what} is not a number", value)


def positive_price(value: object, what: str) -> Decimal:
    """A price above zero that fits the wire's price type."""
    price = decimal(value, what)
    if price <= 0:
        raise not_positive(what, value)
    if not SMALLEST_PRICE <= price <= LARGEST_PRICE:
        raise malformed(f"{what} does not fit a uint96 WAD", value)
    return price


def seconds(value: object, what: str) -> int:
    """Unix seconds from a number or numeric string in seconds, rounded down."""
    number = decimal(value, what)
    if not 0 < number < _LATEST_SECOND:
        raise malformed(f"{what} is not a time in unix seconds", value)
    return int(number)


def milliseconds(value: object, what: str) -> int:
    """Unix seconds from a number or numeric string in milliseconds, rounded down."""
    number = decimal(value, what)
    if not _LATEST_SECOND < number < _LATEST_SECOND * 1000:
        raise malformed(f"{what} is not a time in unix milliseconds", value)
    return int(number) // 1000


def iso_seconds(value: object, what: str) -> int:
    """Unix seconds from an ISO 8601 time that names its zone, rounded down."""
    try:
        moment = datetime.fromisoformat(text(value, what))
    except ValueError as error:
        raise malformed(f"{what} is not an ISO 8601 time", value) from error
    if moment.tzinfo is None:
        raise malformed(f"{what} names no time zone", value)
    return seconds(int(moment.timestamp()), what)

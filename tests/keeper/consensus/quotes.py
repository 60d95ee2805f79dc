"""Quotes for tests, by the few values that matter."""

from __future__ import annotations

from decimal import Decimal

from keeper.types import Quote

NOW = 1_700_000_000


def quote(source: str, price: object, *, age: int = 10, half_spread: object = "0", **other: object) -> Quote:
    """`source`'s price of underlying 1, `age` seconds old at `NOW`; its domain is its own name unless given."""
    fields = {
        "source": source,
        "domain": source,
        "underlying": 1,
        "price": Decimal(str(price)),
        "half_spread": Decimal(str(half_spread)),
        "source_time": NOW - age,
        "received_at": NOW,
    }
    return Quote(**{**fields, **other})


def crowd(*prices: object) -> list[Quote]:
    """One quote per price from sources a, b, c, ..."""
    return [quote(chr(ord("a") + index), price) for index, price in enumerate(prices)]

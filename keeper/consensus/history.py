"""What a rule without memory needs to know of earlier rounds: since when each source repeats itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from keeper.types import Quote

__all__ = ["LastChange", "updated_changes"]


@dataclass(frozen=True, slots=True)
class LastChange:
    """A source's price and the unix second at which the keeper first saw it."""

    price: Decimal
    since: int


def updated_changes(
    last_changes: Mapping[tuple[str, int], LastChange], quotes: Iterable[Quote]
) -> dict[tuple[str, int], LastChange]:
    """`last_changes`, keyed by (source, underlying), after these quotes; a repeated price keeps its time."""
    updated = dict(last_changes)
    for quote in quotes:
        key = (quote.source, quote.underlying)
        known = updated.get(key)
        if known is None or known.price != quote.price:
            updated[key] = LastChange(quote.price, quote.received_at)
    return updated

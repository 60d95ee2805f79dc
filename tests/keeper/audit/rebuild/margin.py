"""Terms of margin with their credit marks, and settlement prices sampled from on-chain sources."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from typing import Any

from .record import Record, camel


def margin_terms(record: Record) -> dict[str, Any]:
    """Terms up to the last underlying that has some; a mark is written with its event, at its block's time."""
    parameters, marks = record.world.parameters, record.world.marks.last
    last = max(parameters.terms, default=0)
    return {
        "_terms": [camel(parameters.terms_of(underlying)) for underlying in range(1, last + 1)],
        "_marks": {underlying: camel(mark) for underlying, mark in marks.items()},
    }


def settlement_fallback(record: Record) -> dict[str, Any]:
    samples: dict[int, Any] = defaultdict(dict)
    for (underlying, expiry), taken in record.world.fallback.samples.items():
        values = asdict(taken)
        samples[underlying][expiry] = {
            "price": values["price"],
            "sampledAt": values["sampled_at"],
            "coveredSeconds": values["covered"],
            "weightedPrice": values["weighted"],
        }
    return {"samples": samples}

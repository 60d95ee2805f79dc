"""Up to where rounds are settled: a note in the database that a rolled back index takes back with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, insert, select

from keeper.store import tables

_KEY = "settled_rounds"
_META = tables.meta


@dataclass(frozen=True, slots=True)
class Settled:
    """Every round accepted up to `block` has its last status; `numbers`: by lane, the newest of these."""

    block: int = -1
    numbers: Mapping[int, int] = field(default_factory=dict)

    def with_all(self, numbers: Mapping[int, int]) -> dict[int, int]:
        return {**self.numbers, **numbers}


def read_settled(connection: Connection) -> Settled:
    known = connection.execute(select(_META.c.value).where(_META.c.key == _KEY)).scalar()
    if known is None:
        return Settled()
    block, numbers = json.loads(known)
    return Settled(block, {int(lane): number for lane, number in numbers.items()})


def write_settled(connection: Connection, settled: Settled) -> None:
    if settled != read_settled(connection):
        forget_settled(connection)
        value = json.dumps([settled.block, settled.numbers])
        connection.execute(insert(_META).values(key=_KEY, value=value))


def forget_settled(connection: Connection, *, above: int | None = None) -> None:
    """All is looked at anew; with `above` only where the note reaches beyond this block."""
    if above is None or read_settled(connection).block > above:
        connection.execute(delete(_META).where(_META.c.key == _KEY))

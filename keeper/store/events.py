"""The event index's tables: events and the block that completes them are committed together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Engine, Select, func, insert, select

from keeper.store import tables
from keeper.store.database import transaction
from keeper.store.marks import forget_settled
from keeper.store.records import EventRecord, IndexedBlock

_EVENTS, _BLOCKS = tables.events, tables.indexed_blocks
# Blocks are kept to find where a reorganisation began; one that reaches below the oldest rebuilds the index.
KEPT_BLOCKS = 4_096


def _ends() -> Select[Any]:
    """Every contract with its last seq, by as many looks into the index as there are contracts: it is asked each round,
    and grouping would read the whole history."""
    contract = _EVENTS.c.contract
    names = select(func.min(contract).label("contract")).cte("names", recursive=True)
    following = select(func.min(contract)).where(contract > names.c.contract).scalar_subquery()
    names = names.union_all(select(following).where(names.c.contract.is_not(None)))
    last = select(func.max(_EVENTS.c.seq)).where(contract == names.c.contract).scalar_subquery()
    return select(names.c.contract, last).where(names.c.contract.is_not(None))


_ENDS = _ends()


class EventTable:
    """Audit events of one deployment, complete up to the newest indexed block."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def append(self, events: Sequence[EventRecord], block: IndexedBlock) -> None:
        """Adds the events up to and including `block`, all or nothing."""
        with transaction(self._engine) as connection:
            if events:
                connection.execute(insert(_EVENTS), [asdict(event) for event in events])
            connection.execute(insert(_BLOCKS), asdict(block))
            oldest = select(_BLOCKS.c.number).order_by(_BLOCKS.c.number.desc()).offset(KEPT_BLOCKS)
            connection.execute(_BLOCKS.delete().where(_BLOCKS.c.number.in_(oldest)))

    def rollback(self, block: IndexedBlock | None) -> None:
        """Forgets everything after `block`; None forgets all."""
        number = -1 if block is None else block.number
        with transaction(self._engine) as connection:
            connection.execute(_EVENTS.delete().where(_EVENTS.c.block_number > number))
            connection.execute(_BLOCKS.delete().where(_BLOCKS.c.number > number))
            forget_settled(connection, above=number)

    def blocks(self, *, below: int | None = None, limit: int | None = None) -> list[IndexedBlock]:
        """Indexed blocks that are still kept, newest first; `below` a number only, at most `limit`."""
        statement = select(_BLOCKS).order_by(_BLOCKS.c.number.desc()).limit(limit)
        if below is not None:
            statement = statement.where(_BLOCKS.c.number < below)
        with transaction(self._engine) as connection:
            rows = connection.execute(statement).mappings().all()
        return [IndexedBlock(**dict(row)) for row in rows]

    def newest(self) -> IndexedBlock | None:
        with transaction(self._engine) as connection:
            row = connection.execute(select(_BLOCKS).order_by(_BLOCKS.c.number.desc()).limit(1)).mappings()
            found = row.first()
        return None if found is None else IndexedBlock(**dict(found))

    def last_of_each(self) -> list[EventRecord]:
        """The last event of every contract: where its trail goes on."""
        with transaction(self._engine) as connection:
            ends = connection.execute(_ENDS).all()
            rows = [
                connection.execute(
                    select(_EVENTS).where(_EVENTS.c.contract == contract, _EVENTS.c.seq == seq)
                )
                .mappings()
                .one()
                for contract, seq in ends
            ]
        return [EventRecord(**dict(row)) for row in rows]

    def events(self, contract: str, *, after: int = 0, limit: int = 1_000) -> list[EventRecord]:
        """A contract's events with a seq above `after`, in order."""
        statement = (
            select(_EVENTS)
            .where(_EVENTS.c.contract == contract, _EVENTS.c.seq > after)
            .order_by(_EVENTS.c.seq)
            .limit(limit)
        )
        with transaction(self._engine) as connection:
            rows = connection.execute(statement).mappings().all()
        return [EventRecord(**dict(row)) for row in rows]

    def lacking(self) -> list[str]:
        """Trails of which events are missing between the first and the last: what no follower ever wrote."""
        number = _EVENTS.c.contract
        statement = select(number).group_by(number).having(func.count() != func.max(_EVENTS.c.seq))
        with transaction(self._engine) as connection:
            return list(connection.execute(statement.order_by(number)).scalars())

    def count(self) -> int:
        with transaction(self._engine) as connection:
            return int(connection.execute(select(func.count()).select_from(_EVENTS)).scalar_one())

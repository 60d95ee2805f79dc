"""Which of the signed rounds the chain has, by the events in the index: asked again until no reorganisation can take
them back.

Whoever dies between a round's block and the note of it, and whoever only signed what another published, learns it
here; so does he whose round was thrown out of the chain, for itself or for a rival's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, func, or_, select, update

from keeper.store import tables
from keeper.store.database import transaction
from keeper.store.marks import Settled, read_settled, write_settled
from keeper.store.records import MessageStatus, RoundStatus

MOST_EVENTS_AT_ONCE = 10_000  # a long history is taken in over several rounds
_ACCEPTED = ("RoundAccepted", "LaneRoundAccepted")
_EVENTS, _ROUNDS, _OUTBOX = tables.events, tables.rounds, tables.outbox
_C = _ROUNDS.c
# A round's rows are long, and nobody asks for them here.
_KNOWN = select(_C.lane, _C.seq, _C.digest, _C.snapshot, _C.observed_at, _C.status, _C.transaction_hash)


@dataclass(frozen=True, slots=True)
class Accepted:
    """One round as a contract logged it; `number` is its lane's sequence number."""

    lane: int
    number: int
    snapshot: str
    observed_at: int
    transaction_hash: str
    block: int

    def is_of(self, row: RowMapping) -> bool:
        return (row["snapshot"], row["observed_at"]) == (self.snapshot, self.observed_at)


def settle_rounds(engine: Engine, *, final_depth: int) -> int:
    """Gives every signed round the status that the index tells; gives how many changed.

    Of a number that the chain has, the accepted round is `published` and its rivals are `superseded`. A published one
    that is in no block any more is `signed` again. What lies `final_depth` blocks deep is not looked at again.
    """
    with transaction(engine) as connection:
        newest = connection.execute(select(func.max(tables.indexed_blocks.c.number))).scalar()
        if newest is None:
            return 0
        settled = read_settled(connection)
        accepted = _accepted_after(connection, settled.block)
        changed = sum(_settle(connection, found) for found in accepted)
        if len(accepted) < MOST_EVENTS_AT_ONCE:
            changed += _reopen(connection, settled.with_all(_numbers(accepted)))
        write_settled(connection, _final(settled, accepted, newest - final_depth))
        return changed


def _accepted_after(connection: Connection, block: int) -> list[Accepted]:
    statement = (
        select(_EVENTS)
        .where(_EVENTS.c.block_number > block, _EVENTS.c.name.in_(_ACCEPTED))
        .order_by(_EVENTS.c.block_number, _EVENTS.c.log_index)
        .limit(MOST_EVENTS_AT_ONCE)
    )
    return [_accepted(row) for row in connection.execute(statement).mappings()]


def _accepted(row: RowMapping) -> Accepted:
    arguments: dict[str, Any] = json.loads(row["arguments"])
    return Accepted(
        lane=arguments["lane"],
        number=arguments.get("laneSeq", row["seq"]),
        snapshot=arguments["snapshot"],
        observed_at=arguments["observedAt"],
        transaction_hash=row["transaction_hash"],
        block=row["block_number"],
    )


def _settle(connection: Connection, found: Accepted) -> int:
    """Nothing is claimed where several rounds could be the accepted one."""
    number = (_C.lane == found.lane) & (_C.seq == found.number)
    rows = connection.execute(_KNOWN.where(number)).mappings().all()
    mine = [row for row in rows if found.is_of(row)]
    if len(mine) > 1:
        return 0
    wanted = {row["digest"]: (RoundStatus.SUPERSEDED, None) for row in rows}
    wanted |= {row["digest"]: (RoundStatus.PUBLISHED, found.transaction_hash) for row in mine}
    return sum(_move(connection, row, *wanted[row["digest"]]) for row in rows)


def _move(connection: Connection, row: RowMapping, status: RoundStatus, transaction_hash: str | None) -> int:
    is_refused = row["status"] == RoundStatus.REFUSED and status is RoundStatus.SUPERSEDED
    if is_refused or (row["status"], row["transaction_hash"]) == (str(status), transaction_hash):
        return 0
    key = (_C.lane == row["lane"]) & (_C.seq == row["seq"]) & (_C.digest == row["digest"])
    values = {"status": str(status), "transaction_hash": transaction_hash}
    connection.execute(update(_ROUNDS).where(key).values(**values))
    return 1


def _reopen(connection: Connection, last: Mapping[int, int]) -> int:
    """Rounds held for published of numbers that the chain does not have, but for those that the outbox has in a block:
    the index may not have come to it yet."""
    in_block = select(_OUTBOX.c.transaction_hash).where(
        _OUTBOX.c.status == str(MessageStatus.MINED), _OUTBOX.c.transaction_hash == _C.transaction_hash
    )
    lanes = _lanes(connection)
    if not lanes:
        return 0
    beyond = or_(*((_C.lane == lane) & (_C.seq > last.get(lane, 0)) for lane in lanes))
    statement = _KNOWN.where(beyond, _C.status == str(RoundStatus.PUBLISHED), ~in_block.exists())
    rows = connection.execute(statement).mappings().all()
    return sum(_move(connection, row, RoundStatus.SIGNED, None) for row in rows)


def _lanes(connection: Connection) -> list[int]:
    """One look into the primary key for each, where `distinct` would read every round."""
    found, lane = [], -1
    while (
        following := connection.execute(select(func.min(_C.lane)).where(_C.lane > lane)).scalar()
    ) is not None:
        found.append(lane := following)
    return found


def _numbers(accepted: Sequence[Accepted]) -> dict[int, int]:
    """The newest of each lane."""
    return {found.lane: found.number for found in accepted}


def _final(settled: Settled, accepted: Sequence[Accepted], final_block: int) -> Settled:
    """What need not be looked at again; of events that were cut off, the last block may be read in part."""
    if len(accepted) == MOST_EVENTS_AT_ONCE:
        final_block = min(final_block, accepted[-1].block - 1)
    final = [found for found in accepted if found.block <= final_block]
    return Settled(max(settled.block, final_block), settled.with_all(_numbers(final)))

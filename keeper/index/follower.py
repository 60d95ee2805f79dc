"""Follows the chain's audit events: adaptive ranges, proof of completeness, reorganisations of any depth."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from keeper.chain import (
    AuditEvent,
    Block,
    Call,
    Caller,
    Contract,
    EventReader,
    Trail,
    lane_trail,
    verify_trails,
)
from keeper.chain.events import NO_TRAIL
from keeper.chain.reader import LANES
from keeper.errors import ChainError, ChainUnreachable, IndexIncomplete
from keeper.store import EventRecord, EventTable, IndexedBlock

log = structlog.get_logger()

_WIDEST_RANGE = 10_000
_FIRST_RANGE = 2_000
_BLOCKS_A_PAGE = 16


@dataclass(frozen=True, slots=True)
class Progress:
    """What one advance did. `undone`: indexed blocks that a reorganisation took back."""

    block: IndexedBlock
    events: int
    undone: int


class Follower:
    """Keeps an `EventTable` equal to what the contracts logged since `first_block`."""

    def __init__(
        self,
        *,
        events: EventReader,
        caller: Caller,
        contracts: Mapping[str, Contract],
        table: EventTable,
        first_block: int,
    ) -> None:
        self._events = events
        self._caller = caller
        self._audited = {n: c for n, c in contracts.items() if "auditTrail" in c.artifact.functions}
        self._table = table
        self._first_block = first_block
        self._range = _FIRST_RANGE
        self._failures = 0
        self._is_whole = False

    async def advance(self, head: Block) -> Progress:
        """Brings the index to `head`. What was committed before an error stays and is complete as far as it goes.

        Raises `IndexIncomplete` where the node's logs do not add up; the index then steps back, further each time,
        until what it keeps and what it is given fit together again.
        """
        undone = await self._undo_forks(head)
        if not self._is_whole:
            await self._mend()
        added = 0
        try:
            while (block := self._table.newest()) is None or block.number < head.number:
                added += await self._advance_one_range(block, head)
        except IndexIncomplete as error:
            self._step_back()
            self._events.doubt(str(error))
            raise
        self._failures = 0
        return Progress(IndexedBlock(head.number, head.hash), added, undone)

    def rebuild(self) -> None:
        """Forgets everything: the next advance begins at the first block."""
        self._table.rollback(None)

    async def _mend(self) -> None:
        """Once a process: a database that lost rows, or whose trails end otherwise than the chain's, is filled anew."""
        damage = await self._damage()
        if damage:
            log.error("index.damaged", reason=damage)
            self.rebuild()
        self._is_whole = True

    async def _damage(self) -> str:
        lacking, newest = self._table.lacking(), self._table.newest()
        if lacking or newest is None:
            return f"events are missing from the database: {lacking}" if lacking else ""
        try:
            await self._require_complete(self._continued(()), await self._caller.block(newest.number))
        except IndexIncomplete as error:
            return str(error)
        return ""

    async def _undo_forks(self, head: Block) -> int:
        """Rolls back to the newest indexed block that the chain still has."""
        undone = 0
        for block in self._newest_first():
            if block.number <= head.number and await self._hash_at(block.number, head) == block.hash:
                if undone:
                    log.warning("index.reorganised", undone=undone, to=block.number)
                    self._table.rollback(block)
                return undone
            undone += 1
        if undone:
            log.warning("index.rebuilt", undone=undone)
            self._table.rollback(None)
        return undone

    def _newest_first(self) -> Iterator[IndexedBlock]:
        below = None
        while page := self._table.blocks(below=below, limit=_BLOCKS_A_PAGE):
            yield from page
            below = page[-1].number

    async def _hash_at(self, number: int, head: Block) -> str:
        return head.hash if number == head.number else (await self._caller.block(number)).hash

    async def _advance_one_range(self, block: IndexedBlock | None, head: Block) -> int:
        """How many events were added."""
        first = self._first_block if block is None else block.number + 1
        last = min(first + self._range - 1, head.number)
        end = head if last == head.number else await self._caller.block(last)
        try:
            events = await self._events.events(first, last)
        except ChainUnreachable:
            raise
        except ChainError as error:
            # Providers limit a range by blocks, logs or bytes, each in its own words: halve until it passes.
            if first == last:
                raise
            self._range = max(1, (last - first + 1) // 2)
            log.info("index.narrowed", blocks=self._range, reason=str(error))
            return 0
        trails = self._continued(events)
        if end is head:
            await self._require_complete(trails, head)
        self._table.append([_record(event) for event in events], IndexedBlock(end.number, end.hash))
        self._range = min(self._range * 2, _WIDEST_RANGE)
        return len(events)

    def _continued(self, events: Sequence[AuditEvent]) -> dict[str, Trail]:
        trails = {
            record.contract: Trail(record.seq, bytes.fromhex(record.running_hash[2:]))
            for record in self._table.last_of_each()
        }
        try:
            return verify_trails(events, trails)
        except ChainError as error:
            raise IndexIncomplete(str(error)) from error

    async def _require_complete(self, trails: Mapping[str, Trail], head: Block) -> None:
        """The contracts' own counts at `head`, read by its hash, are those of the logs."""
        calls = {name: Call(contract, "auditTrail") for name, contract in self._audited.items()}
        for name, contract in self._audited.items():
            if "laneTrail" in contract.artifact.functions:
                calls |= {lane_trail(name, lane): Call(contract, "laneTrail", (lane,)) for lane in LANES}
        answers = await self._caller.call_many(list(calls.values()), block=head)
        for name, (seq, running_hash) in zip(calls, answers, strict=True):
            known = trails.get(name, Trail())
            if (known.seq, known.running_hash) != (seq, running_hash):
                raise IndexIncomplete(
                    f"{name} has logged {seq} events at block {head.number}, the node gave {known.seq}: "
                    "it lags, or answers ranges it does not have with silence"
                )

    def _step_back(self) -> None:
        blocks = self._table.blocks()
        keep = 2**self._failures
        self._failures += 1
        self._table.rollback(blocks[keep] if keep < len(blocks) else None)


def _record(event: AuditEvent) -> EventRecord:
    place, seq = _place(event)
    return EventRecord(
        contract=place,
        seq=seq,
        name=event.name,
        arguments=json.dumps(event.arguments, default=_plain),
        running_hash="0x" + event.running_hash.hex(),
        block_number=event.block_number,
        log_index=event.log_index,
        transaction_hash=event.transaction_hash,
    )


def _place(event: AuditEvent) -> tuple[str, int]:
    """Trail and number; of a margin taken up by a proof the account and its count, which the event carries."""
    if event.trail == NO_TRAIL:
        count = event.arguments["attestation"] % 2**64
        return f"{event.contract} proofs of {event.arguments['account']}", count
    return event.trail, event.seq


def _plain(value: Any) -> str:  # noqa: ANN401 - as dynamic as the ABI
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)

"""The board of accounts: the newest table, a few older ones for readers of pages, and a ring of deltas."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass

from keeper.candidates import AccountDocument, BlockDocument, CandidateDelta, CandidateSnapshot, Health


@dataclass(frozen=True, slots=True)
class Table:
    """All accounts, ascending, at one sequence number. Rows that are no candidates may be as old as `swept_block`."""

    seq: int
    block: BlockDocument
    swept_block: int
    rows: Mapping[int, AccountDocument]

    @property
    def candidates(self) -> dict[int, AccountDocument]:
        return {account: row for account, row in self.rows.items() if row.health.is_candidate}


class Subscriber:
    """One reader's queue. Once it is full the reader is let go, and `None` in the queue says so."""

    def __init__(self, most_waiting: int) -> None:
        self.frames: asyncio.Queue[CandidateDelta | None] = asyncio.Queue()
        self._most = most_waiting
        self.dropped = False

    def offer(self, delta: CandidateDelta) -> None:
        if self.dropped:
            return
        if self.frames.qsize() < self._most:
            self.frames.put_nowait(delta)
            return
        self.dropped = True
        while not self.frames.empty():
            self.frames.get_nowait()
        self.frames.put_nowait(None)


class Board:
    """Written by one task, read by any number. `stream` names this life of the server, so that no reader of an
    earlier one takes its sequence numbers for ours."""

    def __init__(
        self,
        *,
        stream: str,
        ring: int = 512,
        tables: int = 8,
        most_waiting: int = 64,
        most_readers: int = 256,
    ) -> None:
        self.stream = stream
        self._ring: deque[CandidateDelta] = deque(maxlen=ring)
        self._tables: OrderedDict[int, Table] = OrderedDict()
        self._kept = tables
        self._most_waiting = most_waiting
        self._most_readers = most_readers
        self._subscribers: set[Subscriber] = set()

    # ---- the writer ----

    def apply(
        self, block: BlockDocument, rows: Mapping[int, AccountDocument], *, swept_block: int | None = None
    ) -> None:
        """The whole table at `block`; every call is the next sequence number, also where nothing changed."""
        before = self.newest
        seq = before.seq + 1 if before else 1
        ascending = dict(sorted(rows.items()))
        table = Table(seq, block, block.number if swept_block is None else swept_block, ascending)
        self._tables[seq] = table
        while len(self._tables) > self._kept:
            self._tables.popitem(last=False)
        delta = self._delta(before.candidates if before else {}, table)
        self._ring.append(delta)
        for subscriber in self._subscribers:
            subscriber.offer(delta)

    def fail(self, reason: str) -> None:
        """Nothing could be read: every account is unknown from here on, at the last block known."""
        if self.newest is None:
            return
        unknown = {
            account: row.model_copy(update={"health": Health.UNKNOWN, "reason": reason, "margin": None})
            for account, row in self.newest.rows.items()
        }
        if unknown != self.newest.rows:
            self.apply(self.newest.block, unknown, swept_block=self.newest.swept_block)

    def _delta(self, before: Mapping[int, AccountDocument], table: Table) -> CandidateDelta:
        now = table.candidates
        return CandidateDelta(
            stream=self.stream,
            seq=table.seq,
            block=table.block,
            changed=[row for account, row in now.items() if before.get(account) != row],
            gone=sorted(before.keys() - now.keys()),
        )

    # ---- readers ----

    @property
    def newest(self) -> Table | None:
        return next(reversed(self._tables.values()), None)

    @property
    def rows(self) -> Mapping[int, AccountDocument]:
        """Of the newest table; empty before the first block was read."""
        return {} if self.newest is None else self.newest.rows

    @property
    def readers(self) -> int:
        return len(self._subscribers)

    def table(self, seq: int) -> Table | None:
        """The table of a recent sequence number, None once it is forgotten."""
        return self._tables.get(seq)

    def snapshot(self) -> CandidateSnapshot | None:
        """Every candidate now; None before the first block was read."""
        table = self.newest
        if table is None:
            return None
        return CandidateSnapshot(
            stream=self.stream,
            seq=table.seq,
            block=table.block,
            candidates=list(table.candidates.values()),
        )

    def since(self, stream: str, seq: int) -> list[CandidateDelta] | None:
        """Deltas after `seq` of `stream`, oldest first; None where they cannot be given without a gap."""
        if stream != self.stream or self.newest is None or not 0 < seq <= self.newest.seq:
            return None
        missed = [delta for delta in self._ring if delta.seq > seq]
        return missed if len(missed) == self.newest.seq - seq else None

    def subscribe(self) -> Subscriber | None:
        """A queue of all deltas from now on; None while there are as many readers as are served."""
        if len(self._subscribers) >= self._most_readers:
            return None
        subscriber = Subscriber(self._most_waiting)
        self._subscribers.add(subscriber)
        return subscriber

    def unsubscribe(self, subscriber: Subscriber) -> None:
        self._subscribers.discard(subscriber)

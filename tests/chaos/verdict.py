"""What is true at the end of a trial, by chain, database and a rebuilt index: lost, doubled, gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import text

from keeper.chain import EventReader
from keeper.signing import KeystoreSigner
from keeper.store import EventTable, Store
from tests.chaos.rebuilt import is_index_equal
from tests.chaos.rig import SECRET, Rig

_UNIT = 10**12  # WAD of one token unit
_DEPOSIT = 0


@dataclass(frozen=True)
class Verdict:
    """`lost`: updates that the keeper holds for done and the chain has not; `doubled`: had more than once."""

    updates: int
    lost: int
    doubled: int
    nonce_gaps: int
    is_index_equal: bool

    @property
    def is_clean(self) -> bool:
        return (self.lost, self.doubled, self.nonce_gaps, self.is_index_equal) == (0, 0, 0, True)

    def document(self) -> dict[str, object]:
        return asdict(self)


def together(verdicts: Sequence[Verdict]) -> Verdict:
    """Of several trials: what went wrong in any of them."""
    return Verdict(
        updates=sum(verdict.updates for verdict in verdicts),
        lost=sum(verdict.lost for verdict in verdicts),
        doubled=sum(verdict.doubled for verdict in verdicts),
        nonce_gaps=sum(verdict.nonce_gaps for verdict in verdicts),
        is_index_equal=all(verdict.is_index_equal for verdict in verdicts),
    )


async def judged(rig: Rig, folder: Path) -> Verdict:
    """The worker must be dead; what it left is first brought to rest by a last start."""
    await _brought_to_rest(rig)
    found, (rows, nonces, done) = await deposits(rig), rows_of(rig.task.database)
    sender = KeystoreSigner.from_secret(SECRET).address
    count = int(await rig.rpc.call("eth_getTransactionCount", sender, "latest"), 16)
    missing = [number for number in range(1, done + 1) if not found[number]]
    return Verdict(
        updates=len(rows),
        lost=len(missing),
        doubled=sum(times - 1 for times in found.values() if times > 1),
        nonce_gaps=len(set(range(rig.first_nonce, count)) ^ set(nonces)),
        is_index_equal=await is_index_equal(rig.reader, rig.deployment, rig.task.database, folder),
    )


async def _brought_to_rest(rig: Rig) -> None:
    """Faults off, two more updates, then a kill in a moment in which nothing waits to be mined."""
    rig.set_fault("", nodes=3)
    await rig.control.set_automine(True)
    await rig.control.mine()
    rig.worker.start()
    for _ in range(2):
        await rig.progress(timeout_seconds=240.0)
    for _ in range(50):
        since = len(rig.worker.lines)
        await rig.worker.line("index.advanced", since=since)
        rig.worker.kill()
        if _unfinished(rig.task.database) == 0 and await _indexed_to_head(rig):
            return
        rig.worker.start()
    raise AssertionError(f"the worker does not come to rest:\n{rig.worker.tail()}")


async def _indexed_to_head(rig: Rig) -> bool:
    store = Store.open(rig.task.database)
    try:
        newest = EventTable(store.engine).newest()
        head = await rig.reader.block()
        return newest is not None and newest.hash == head.hash
    finally:
        store.close()


async def deposits(rig: Rig) -> Counter[int]:
    """How often each update is on the chain."""
    events = await EventReader(rig.rpc, rig.reader.contracts).events(
        rig.deployment.first_block, (await rig.reader.block()).number
    )
    found: Counter[int] = Counter()
    for event in events:
        arguments = event.arguments
        if event.name == "CashChanged" and (arguments["account"], arguments["reason"]) == (
            rig.task.account,
            _DEPOSIT,
        ):
            found[arguments["change"] // _UNIT] += 1
    return found


def rows_of(database: Path) -> tuple[list[tuple[str, str]], list[int], int]:
    store = Store.open(database)
    try:
        with store.engine.connect() as connection:
            rows = connection.execute(
                text("SELECT intent_key, status, nonce FROM outbox ORDER BY nonce")
            ).all()
        return (
            [(row[0], row[1]) for row in rows],
            [row[2] for row in rows],
            int(store.get_meta("delivered") or "0"),
        )
    finally:
        store.close()


def _unfinished(database: Path) -> int:
    return sum(status in ("planned", "signed", "accepted") for _, status in rows_of(database)[0])

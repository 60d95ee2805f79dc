"""What is true at the end of the daemon's trial, by chain, outbox, store and a rebuilt index."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from keeper.chain import EventReader
from keeper.chain.events import AuditEvent
from keeper.store import EventTable, MessageStatus, RoundStatus, Store
from keeper.store.records import PENDING
from tests.chaos.daemon_rig import INTERVAL_SECONDS, DaemonRig
from tests.chaos.rebuilt import is_index_equal
from tests.chaos.verdict import Verdict

_ACCEPTED = ("RoundAccepted", "LaneRoundAccepted")
_MOST_ROUNDS_TO_REST = 20


async def judged(rig: DaemonRig, folder: Path) -> Verdict:
    """Lost: rounds that found no place in the chain; messages and rounds that the keeper holds for done and the chain
    has not; rounds that the keeper signed, its index has, and it does not hold for published. Doubled: a lane's round,
    or one observation of it, accepted more than once."""
    await _brought_to_rest(rig)
    reader, deployment = rig.troupe.reader, rig.troupe.played.deployment
    head = (await reader.block()).number
    events = await EventReader(reader.rpc, reader.contracts).events(deployment.first_block, head)
    accepted = [event for event in events if event.name in _ACCEPTED]
    kept = _kept(rig.database)
    count = int(await reader.rpc.call("eth_getTransactionCount", rig.sender, "latest"), 16)
    return Verdict(
        updates=len(kept.messages),
        lost=sum(not done for done in rig.rounds.values()) + _lost(kept, accepted),
        doubled=_doubled(accepted),
        nonce_gaps=len(set(range(count)) ^ {nonce for nonce, _, _ in kept.messages}),
        is_index_equal=await is_index_equal(reader, deployment, rig.database, folder),
    )


async def _brought_to_rest(rig: DaemonRig) -> None:
    """Rounds without kills until nothing waits to be mined; then the daemons end."""
    for _ in range(_MOST_ROUNDS_TO_REST):
        since = len(rig.victim.lines)
        await rig.begin()
        await rig.finish()
        await rig.victim.line("cycle.done", since=since)
        if not any(status in PENDING for _, status, _ in _kept(rig.database).messages):
            break
    else:
        raise AssertionError(f"the daemon does not come to rest:\n{rig.victim.tail()}")
    await asyncio.sleep(0.5)
    for process in (rig.victim, *rig.others):
        process.kill()


@dataclass(frozen=True)
class Kept:
    """Nonce, status and transaction of every message; the status of every round by lane, number and snapshot; the
    newest indexed block."""

    messages: list[tuple[int, MessageStatus, str]]
    rounds: dict[tuple[int, int, str], RoundStatus]
    indexed: int


def _kept(database: Path) -> Kept:
    store = Store.open(database)
    try:
        with store.engine.connect() as connection:
            messages = connection.execute(text("SELECT nonce, status, transaction_hash FROM outbox")).all()
            rounds = connection.execute(text("SELECT lane, seq, snapshot, status FROM rounds")).all()
        newest = EventTable(store.engine).newest()
    finally:
        store.close()
    return Kept(
        messages=[(row[0], MessageStatus(row[1]), str(row[2])) for row in messages],
        rounds={(row[0], row[1], row[2]): RoundStatus(row[3]) for row in rounds},
        indexed=-1 if newest is None else newest.number,
    )


def _lost(kept: Kept, accepted: Sequence[AuditEvent]) -> int:
    on_chain = {event.transaction_hash for event in accepted}
    mined = [digest for _, status, digest in kept.messages if status is MessageStatus.MINED]
    held = {key for key, status in kept.rounds.items() if status is RoundStatus.PUBLISHED}
    told = {_key(event) for event in accepted if event.block_number <= kept.indexed}
    return (
        len([digest for digest in mined if digest not in on_chain])
        + len(held - {_key(event) for event in accepted})
        + len((told & kept.rounds.keys()) - held)
    )


def _key(event: AuditEvent) -> tuple[int, int, str]:
    return event.arguments["lane"], _number(event), _snapshot(event)


def _doubled(accepted: Sequence[AuditEvent]) -> int:
    by_snapshot = Counter((event.arguments["lane"], _snapshot(event)) for event in accepted)
    by_round = Counter(
        (event.arguments["lane"], event.arguments["observedAt"] // INTERVAL_SECONDS) for event in accepted
    )
    return sum(times - 1 for times in (*by_snapshot.values(), *by_round.values()))


def _number(event: AuditEvent) -> int:
    return int(event.arguments.get("laneSeq", event.seq))


def _snapshot(event: AuditEvent) -> str:
    return "0x" + bytes(event.arguments["snapshot"]).hex()

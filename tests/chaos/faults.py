"""Every fault once: what the operator sees, what state results, how long it takes to recover."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.chaos.fault_proxy import TRANSPORT_FAULTS
from tests.chaos.rig import Rig, opened
from tests.chaos.told import told_by
from tests.chaos.verdict import Verdict, deposits, judged

REORG_DEPTHS = (1, 2, 8, 32, 64)
_LASTING_SECONDS = 2.5
_LONGEST_PAUSE_SECONDS = 150.0


@dataclass(frozen=True)
class FaultRecord:
    """One fault. `nodes`: how many of the three had it, 0 where it is no node's; `tries`: requests that met it, or 1.

    `operator_sees`: what the log says above debug, with how often, and the first one's `reason`; `told_by`: the alarm
    and the metric by which a daemon tells of these. `state`: what its cycles did meanwhile, with `progress_during`
    updates delivered. `recovery_seconds`: from its end until every update delivered is on the chain, one more is, and
    the index has followed. `lost` and `doubled` are counted then.
    """

    fault: str
    nodes: int
    tries: int
    operator_sees: dict[str, int]
    told_by: list[str]
    reason: str
    state: str
    progress_during: int
    recovery_seconds: float
    lost: int
    doubled: int

    def document(self) -> dict[str, object]:
        return asdict(self)


Trial = Callable[[Rig], AbstractAsyncContextManager[None]]


async def suffered(folder: Path) -> tuple[list[FaultRecord], Verdict]:
    """Every fault one after the other on one chain, and what is true at the end."""
    records = []
    async with opened(folder) as rig:
        rig.worker.start()
        await rig.progress()
        for name, nodes, trial in trials():
            records.append(await _recorded(rig, name, nodes, trial))
        rig.worker.kill()
        return records, await judged(rig, folder)


def trials() -> list[tuple[str, int, Trial]]:
    """Name, faulty nodes, and the fault as a context that lasts as long as it does."""
    of_nodes = [
        (name, nodes, _transport(name, nodes))
        for name in TRANSPORT_FAULTS
        for nodes in ((1,) if name == "minority_fork" else (1, 3))
    ]
    of_chain = [(f"reorg_{depth}", 0, _reorg(depth)) for depth in REORG_DEPTHS]
    others: list[tuple[str, int, Trial]] = [
        ("base_fee_x20", 0, _base_fee),
        ("clock_ahead", 0, _clock(3_600)),
        ("clock_back", 0, _clock(-7_200)),
        ("full_disk", 0, _full_disk),
        ("slow_disk", 0, _slow_disk),
    ]
    return [*of_nodes, *of_chain, *others]


async def _recorded(rig: Rig, name: str, nodes: int, trial: Trial) -> FaultRecord:
    since, met = len(rig.worker.lines), rig.met(name)
    async with trial(rig):
        during = sum(line.event == "update.delivered" for line in rig.worker.lines[since:])
        failed = any(line.event == "cycle.failed" for line in rig.worker.lines[since:])
    ended = time.monotonic()
    await rig.progress(timeout_seconds=240.0)
    lost, doubled = await _settled(rig)
    recovery = time.monotonic() - ended
    loud = [line for line in rig.worker.lines[since:] if line.fields.get("level") != "debug"]
    counts: dict[str, int] = {}
    for line in loud:
        counts[line.event] = counts.get(line.event, 0) + 1
    reason = next((str(line.fields["reason"]) for line in loud if "reason" in line.fields), "")
    return FaultRecord(
        fault=name,
        nodes=nodes,
        tries=max(1, rig.met(name) - met),
        operator_sees=counts,
        told_by=told_by(counts),
        reason=reason[:200],
        state=_state(during, failed),
        progress_during=during,
        recovery_seconds=round(recovery, 2),
        lost=lost,
        doubled=doubled,
    )


def _state(progress: int, failed: bool) -> str:
    if progress:
        return "goes on, some cycles fail" if failed else "goes on"
    return "waits: cycles fail, nothing half-written" if failed else "waits for the transaction in hand"


async def _settled(rig: Rig) -> tuple[int, int]:
    """Updates that are lost for half a minute, and those that the chain has more than once."""
    deadline = time.monotonic() + 30.0
    while True:
        delivered = [line.fields["number"] for line in rig.worker.lines if line.event == "update.delivered"]
        found = await deposits(rig)
        lost = len([number for number in set(delivered) if not found[number]])
        if not lost or time.monotonic() > deadline:
            return lost, sum(times - 1 for times in found.values() if times > 1)
        await asyncio.sleep(0.1)


def _transport(name: str, nodes: int) -> Trial:
    @asynccontextmanager
    async def lasting(rig: Rig) -> AsyncIterator[None]:
        rig.set_fault(name, nodes=nodes)
        met, deadline = rig.met(name), time.monotonic() + _LONGEST_PAUSE_SECONDS
        while rig.met(name) == met:  # the node may still be paused for the fault before
            assert time.monotonic() < deadline, f"{name} was never met"
            await asyncio.sleep(0.1)
        since = len(rig.worker.lines)
        await asyncio.sleep(_LASTING_SECONDS)
        if nodes == 1:
            # How long a cycle takes beside a node that holds its answers is the machine's affair; that it ends is not.
            await rig.worker.tells("update.delivered", since=since, within_seconds=_LONGEST_PAUSE_SECONDS)
        yield
        rig.set_fault("", nodes=3)

    return lasting


def _reorg(depth: int) -> Trial:
    @asynccontextmanager
    async def reorganised(rig: Rig) -> AsyncIterator[None]:
        while int(await rig.rpc.call("eth_blockNumber"), 16) < depth + 200:
            await rig.control.mine(8)
        await rig.rpc.call("anvil_reorg", depth, [])
        yield

    return reorganised


@asynccontextmanager
async def _base_fee(rig: Rig) -> AsyncIterator[None]:
    """Twenty times the base fee within five blocks that leave the keeper's transaction out."""
    block = await rig.rpc.call("eth_getBlockByNumber", "latest", False)
    fee = int(block["baseFeePerGas"], 16)
    await rig.control.set_automine(False)
    await rig.worker.line("outbox.accepted", since=len(rig.worker.lines))
    for number in range(1, 6):
        await rig.rpc.call("anvil_setNextBlockBaseFeePerGas", hex(int(fee * 20 ** (number / 5))))
        await rig.control.mine()
        await asyncio.sleep(0.3)
    await rig.worker.line("outbox.replaced", since=0)
    yield
    await rig.control.set_automine(True)
    await rig.control.mine()


def _clock(seconds: int) -> Trial:
    """The machine's clock jumps while a transaction waits, and comes back later."""

    @asynccontextmanager
    async def skewed(rig: Rig) -> AsyncIterator[None]:
        await rig.control.set_automine(False)
        since = len(rig.worker.lines)
        await rig.worker.line("outbox.accepted", since=since)
        rig.task.clock.write_text(str(seconds))
        replaced = await rig.worker.line("outbox.replaced", since=since)
        assert replaced.at
        await rig.control.set_automine(True)
        await rig.control.mine()
        yield
        rig.task.clock.write_text("0")

    return skewed


@asynccontextmanager
async def _full_disk(rig: Rig) -> AsyncIterator[None]:
    """No file may grow beyond what the database has now."""
    size = max(path.stat().st_size for path in rig.task.database.parent.glob("keeper.db*"))
    _, hard = resource.prlimit(rig.worker.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(rig.worker.pid, resource.RLIMIT_FSIZE, (size // 2, hard))
    await asyncio.sleep(_LASTING_SECONDS)
    yield
    resource.prlimit(rig.worker.pid, resource.RLIMIT_FSIZE, (hard, hard))


@asynccontextmanager
async def _slow_disk(rig: Rig) -> AsyncIterator[None]:
    """Every write waits: somebody else holds the database, seconds at a time."""
    other = sqlite3.connect(rig.task.database, isolation_level=None, timeout=5.0)
    try:
        for _ in range(2):
            other.execute("BEGIN IMMEDIATE")
            await asyncio.sleep(_LASTING_SECONDS / 2)
            other.execute("ROLLBACK")
            await asyncio.sleep(0.05)
    finally:
        other.close()
    yield

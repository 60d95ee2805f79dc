"""A keeper's hands: outbox, event index and store as the daemon wires them, in a process that is made to be killed.

Update k deposits k token units, once; a restart begins with the first update that is not yet mined. Every step is one
JSON line on the pipe that the supervisor reads, and nothing else tells it anything.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import structlog

from keeper.chain import Artifacts, ChainReader, EventReader, Nodes, Rpc, read_deployment
from keeper.clock import WallClock
from keeper.errors import KeeperError
from keeper.index import Follower, Portfolios
from keeper.outbox import Endpoint, Outbox, Patience
from keeper.signing import KeystoreSigner
from keeper.store import EventTable, MessageStatus, MessageTable, Store

log = structlog.get_logger()


@dataclass(frozen=True)
class Task:
    """What one worker is given. `clock` is a file with the seconds that its clock runs ahead."""

    urls: tuple[str, ...]
    deployment: Path
    artifacts: Path
    database: Path
    clock: Path
    secret: int
    account: int
    confirmations: int
    replace_after_seconds: int
    timeout_seconds: float = 1.0
    poll_seconds: float = 0.02


class SkewedClock:
    """Wall time and what the file says."""

    def __init__(self, path: Path) -> None:
        self._path, self._wall = path, WallClock()

    def now(self) -> int:
        return self._wall.now() + int(self._path.read_text() or "0")


def run(task: Task, pipe: Connection) -> None:
    """The process's whole life; it ends by being killed."""
    stream = os.fdopen(os.dup(pipe.fileno()), "w", buffering=1)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.JSONRenderer(default=str),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=stream),
    )
    asyncio.run(_live(task))


async def _live(task: Task) -> None:
    artifacts, deployment = Artifacts(task.artifacts), read_deployment(task.deployment)
    rpcs = [Rpc(url, timeout_seconds=task.timeout_seconds, retries=0, errors=artifacts) for url in task.urls]
    store = Store.open(task.database)
    async with Nodes(rpcs, agreement=len(rpcs) // 2 + 1) as nodes:
        hands = Hands(
            task, nodes, ChainReader(nodes, artifacts, deployment.addresses), store, deployment.first_block
        )
        log.info("worker.started", pid=os.getpid())
        while True:
            try:
                await hands.cycle()
            except KeeperError as error:
                log.error("cycle.failed", error=type(error).__name__, reason=str(error))
                await asyncio.sleep(0.1)
            await asyncio.sleep(task.poll_seconds)


class Hands:
    """One cycle: look after what was sent, follow the events, send the next update, remember it."""

    def __init__(self, task: Task, nodes: Nodes, reader: ChainReader, store: Store, first_block: int) -> None:
        self._task, self._reader, self._store = task, reader, store
        signer = KeystoreSigner.from_secret(task.secret)
        self._messages = MessageTable(store.engine)
        self._outbox = Outbox(
            endpoint=Endpoint(node=nodes, sender=signer.address),
            messages=self._messages,
            signer=signer,
            chain_id=31_337,
            patience=Patience(task.replace_after_seconds, task.confirmations),
            clock=SkewedClock(task.clock),
        )
        table = EventTable(store.engine)
        self._portfolios = Portfolios(table)
        self._follower = Follower(
            events=EventReader(nodes, reader.contracts),
            caller=reader.caller,
            contracts=reader.contracts,
            table=table,
            first_block=first_block,
        )

    async def cycle(self) -> None:
        log.debug("cycle.started")
        await self._outbox.tend()
        log.debug("outbox.tended")
        await self._send()
        block = await self._reader.block()
        log.debug("cycle.viewed", block=block.number)
        progress = await self._follower.advance(block)
        self._portfolios.advance()
        log.debug("index.advanced", block=block.number, events=progress.events, undone=progress.undone)

    async def _send(self) -> None:
        number = int(self._store.get_meta("delivered") or "0") + 1
        ledger = self._reader.contracts["MarginAccounts"]
        data = ledger.encode("deposit", self._task.account, number)
        message = await self._outbox.deliver(f"update/{number}", ledger.address, data, timeout_seconds=3.0)
        assert message.status is MessageStatus.MINED
        log.debug("update.delivered", number=number, block=message.block_number)
        self._store.set_meta("delivered", str(number))
        log.debug("update.remembered", number=number)

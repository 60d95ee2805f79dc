"""Keepers of one quorum in one process: the daemon's own objects, real HTTP between them, a fault for each by hand."""

from __future__ import annotations

import asyncio
import socket
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import aiohttp
import uvicorn
from fastapi import FastAPI

from keeper.alarms import Alarm
from keeper.api import problems
from keeper.api.metrics import KeeperMetrics
from keeper.api.routes import peers
from keeper.chain import AnvilControl, Block
from keeper.cli.chain_access import indexed_accounts
from keeper.cli.observability import PrometheusObservability
from keeper.cli.policy import policy_of
from keeper.config import KeeperSettings
from keeper.daemon.accounts import Accounts
from keeper.daemon.keeper import Keeper
from keeper.daemon.memory import StoreMemory
from keeper.daemon.policy import KeeperPolicy
from keeper.daemon.publish import OutboxPublisher
from keeper.daemon.quorum import Peer
from keeper.outbox import Endpoint, Outbox
from keeper.signing import KeystoreSigner
from keeper.store import EvidenceStore, MessageTable, Store
from keeper.types import Observation
from tests.chaos.conclave import Conclave, Opening
from tests.chaos.liar import PRICE_LIE, misjudging
from tests.keeper.audit.play import STEP_SECONDS, observed

TAKEOVER_SECONDS = 20
_PATIENCE_SECONDS = 60.0  # how busy the machine is decides nothing: who is cut off refuses at once
_CHAIN_ID = 31_337
_NOWHERE = "http://127.0.0.1:1"


class Bell:
    """Keeps what people would have been woken for."""

    def __init__(self) -> None:
        self.rung: list[tuple[Alarm, str, str]] = []

    def raise_alarm(self, alarm: Alarm, text: str, *, subject: str = "") -> None:
        self.rung.append((alarm, subject, text))

    def named(self) -> set[int]:
        """Signers that this keeper reported as disagreeing or silent."""
        subjects = [subject for alarm, subject, _ in self.rung if alarm is Alarm.PEER_DISAGREES]
        return {int(subject.removeprefix("signer ")) for subject in subjects}


class Sources:
    """What every feed of one keeper says at the step in hand, times its own truth."""

    def __init__(self, troupe: Opening, factor: Decimal) -> None:
        self._troupe, self._factor, self.step = troupe, factor, 0

    async def observe(self, *, underlyings: Sequence[int], now: int) -> Observation:
        seen = observed(self._troupe.market, self.step)
        quotes = tuple(
            replace(quote, price=quote.price * self._factor, received_at=now) for quote in seen.quotes
        )
        return replace(seen, observed_at=now, quotes=quotes)


class ChainTime:
    """The newest block's."""

    def __init__(self, troupe: Opening) -> None:
        self._troupe = troupe

    async def now(self) -> int:
        return int((await self._troupe.reader.block()).timestamp)


class Unsure:
    """Accounts of a keeper whose event index is not complete."""

    def __init__(self, troupe: Opening) -> None:
        self._troupe = troupe

    async def read(self, block: Block) -> Accounts:
        states = await self._troupe.reader.accounts(block)
        return Accounts(states, {state.account: "the event index is not complete" for state in states})


@dataclass
class Seat:
    """One keeper and its fault: "", "killed", "lying_prices", "lying_margins", "partitioned" or "unsure"."""

    signer: int
    keeper: Keeper
    sources: Sources
    bell: Bell
    fault: str


@asynccontextmanager
async def seated(conclave: Conclave, faults: Sequence[str]) -> AsyncIterator[list[Seat]]:
    """A keeper for each signer with its fault, each with a database of its own."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sockets = [stack.enter_context(_listening()) for _ in faults]
        urls = [f"http://127.0.0.1:{item.getsockname()[1]}" for item in sockets]
        seats = []
        for number, fault in enumerate(faults):
            home = folder / str(number)
            policy = replace(
                _policy(number, home),
                peers=_reachable(number, faults, urls),
                peer_timeout_seconds=_PATIENCE_SECONDS,
            )
            seat = await _seat(stack, conclave, policy, fault, home, session)
            seats.append(seat)
            if fault != "killed":
                await _serve(stack, seat.keeper, sockets[number])
        yield seats


def _reachable(number: int, faults: Sequence[str], urls: Sequence[str]) -> tuple[Peer, ...]:
    """The others' addresses; across a partition, and of the dead, one where nobody answers."""
    cut = faults[number] == "partitioned"
    return tuple(
        Peer(other, _NOWHERE if cut or faults[other] in ("killed", "partitioned") else url)
        for other, url in enumerate(urls)
        if other != number
    )


async def _seat(
    stack: AsyncExitStack,
    conclave: Conclave,
    policy: KeeperPolicy,
    fault: str,
    home: Path,
    session: aiohttp.ClientSession,
) -> Seat:
    troupe = conclave.troupe
    (home / "evidence").mkdir(parents=True)
    store = Store.open(home / "keeper.db")
    stack.callback(store.close)
    sender = KeystoreSigner.from_secret(0x5E00 + policy.signer)
    await AnvilControl(troupe.rpc).set_balance(sender.address, 10**21)
    outbox = Outbox(
        endpoint=Endpoint(node=troupe.rpc, sender=sender.address),
        messages=MessageTable(store.engine),
        signer=sender,
        chain_id=_CHAIN_ID,
    )
    sources = Sources(troupe, PRICE_LIE if fault == "lying_prices" else Decimal(1))
    bell = Bell()
    keeper = Keeper(
        policy=policy,
        time_source=ChainTime(troupe),
        reader=troupe.reader,
        observer=sources,
        assessor=troupe.assessor,
        signer=conclave.keys[policy.signer],
        publisher=OutboxPublisher(outbox=outbox, contracts=troupe.reader.contracts),
        memory=StoreMemory(store, EvidenceStore(home / "evidence")),
        observability=PrometheusObservability(KeeperMetrics()),
        alarms=bell,
        session=session,
        accounts=Unsure(troupe)
        if fault == "unsure"
        else indexed_accounts(troupe.reader, troupe.played.deployment, store),
    )
    if fault == "lying_margins":
        misjudging(keeper.present)
    return Seat(policy.signer, keeper, sources, bell, fault)


async def _serve(stack: AsyncExitStack, keeper: Keeper, listening: socket.socket) -> None:
    application = FastAPI()
    problems.install(application)
    application.include_router(peers.router(keeper))
    server = uvicorn.Server(uvicorn.Config(application, log_level="error", lifespan="off", access_log=False))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined] # the trial's own are in force
    task = asyncio.create_task(server.serve(sockets=[listening]))

    async def stop() -> None:
        server.should_exit = True
        await task

    stack.push_async_callback(stop)
    while not server.started:
        await asyncio.sleep(0.005)


def _listening() -> socket.socket:
    """Bound at once, so that every address is known before the first keeper is made."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    return bound


def _policy(number: int, home: Path) -> KeeperPolicy:
    """A configuration file's, with the rhythm of the played market."""
    venues = [{"name": name, "base_url": _NOWHERE} for name in ("kraken", "gemini", "bitstamp")]
    settings = KeeperSettings.model_validate(
        {
            "signer": number,
            "chain": {"rpc_url": _NOWHERE, "chain_id": _CHAIN_ID, "deployment": home / "deployment.json"},
            "keys": {name: {"kind": "keystore", "file": home / name} for name in ("signer", "rounds")},
            "feeds": {"venues": venues, "deribit_url": _NOWHERE},
            "model": {"history": home / "history.json"},
            "rounds": {
                "interval_seconds": STEP_SECONDS,
                "takeover_seconds": TAKEOVER_SECONDS,
                "validity_seconds": 600,
                "price_heartbeat_seconds": STEP_SECONDS,
                "surface_heartbeat_seconds": STEP_SECONDS,
                "attestation_seconds": STEP_SECONDS,
            },
            "store": {"database": home / "keeper.db", "evidence": home / "evidence"},
        }
    )
    return policy_of(settings)

"""One keeper with all its real objects, alone on a local chain with the real contracts, driven cycle by cycle.

Only two things stand in for the world: what the venues say is drawn from a seeded path, without HTTP, and time is the
block's that the caller mines.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import aiohttp
from eth_utils.address import to_checksum_address
from web3 import HTTPProvider, Web3

from deploy import Web3Backend, deploy, read_chain_config
from keeper.alerts import AlertDesk, AlertGate, AlertPolicy
from keeper.api import Board
from keeper.api.metrics import KeeperMetrics
from keeper.assess import Assessor, ModelConfig, history_digest, parse_history
from keeper.chain import (
    Anvil,
    AnvilControl,
    Artifacts,
    ChainClock,
    ChainReader,
    Contract,
    Deployment,
    Rpc,
    find_anvil,
)
from keeper.cli.chain_access import indexed_accounts
from keeper.cli.observability import PrometheusObservability, expose
from keeper.clock import WallClock
from keeper.consensus import ConsensusConfig
from keeper.daemon.endorse import EndorsementPolicy
from keeper.daemon.keeper import Keeper
from keeper.daemon.memory import StoreMemory
from keeper.daemon.policy import KeeperPolicy
from keeper.daemon.progress import Progress
from keeper.daemon.publish import OutboxPublisher
from keeper.decide.agreement import Tolerances
from keeper.decide.cost import CostPolicy
from keeper.decide.mode import ModeThresholds
from keeper.decide.preflight import PreflightBudget
from keeper.decide.rounds import PublishThresholds
from keeper.engine import seldom_collected
from keeper.liquidator import Watch, WatchPolicy
from keeper.outbox import Endpoint, Outbox, Patience
from keeper.signing import KeystoreSigner
from keeper.simulation.history import synthetic_history
from keeper.simulation.market import MarketPath
from keeper.store import EvidenceStore, MessageTable, Store
from keeper.types import Observation
from tests.keeper.audit.play import observed

REPOSITORY = Path(__file__).parents[2]
BEGIN = 19_800 * 86_400 + 5 * 3_600
CHAIN_ID = 31_337
SIGNER, SENDER = KeystoreSigner.from_secret(0x50AC), KeystoreSigner.from_secret(0x50AD)
STRIKES = {
    1: tuple(Decimal(s) for s in range(4_000, 11_001, 500)),
    2: tuple(Decimal(s) for s in range(100, 281, 10)),
}
_SEED = 11
_PLENTY_OF_WEI = 10**24


@dataclass(frozen=True, slots=True)
class Script:
    """What is played: `steps` rounds of `interval_seconds`, the days to the listed expiries, the model's scenarios
    (historical, filtered, Student-t), when rows are pushed, the states that the chain keeps (None: all),
    and the blocks after which a transaction is final."""

    steps: int
    interval_seconds: int
    expiry_days: tuple[int, ...]
    scenarios: tuple[int, int, int]
    publish: PublishThresholds = field(default_factory=PublishThresholds)
    kept_states: int | None = None
    confirmations: int = 64


class PathObserver:
    """Implements the daemon's `Observer` port: what all venues say at `step` of the path."""

    def __init__(self, market: MarketPath) -> None:
        self.market = market
        self.step = 0

    async def observe(self, *, underlyings: Sequence[int], now: int) -> Observation:
        del underlyings, now
        return observed(self.market, self.step)


@dataclass(frozen=True)
class Parts:
    """What a keeper is wired from."""

    script: Script
    reader: ChainReader
    deployment: Deployment
    store: Store
    memory: StoreMemory
    metrics: KeeperMetrics
    observer: PathObserver
    outbox: Outbox
    session: aiohttp.ClientSession
    progress: Progress | None


@dataclass(frozen=True)
class LoneKeeper:
    """A keeper with its parts, and of its chain what a play needs. `operator` is an unlocked account."""

    folder: Path
    rpc: Rpc
    control: AnvilControl
    artifacts: Artifacts
    operator: str
    parts: Parts
    keeper: Keeper
    board: Board
    watch: Watch

    @property
    def token(self) -> Contract:
        return Contract(self.parts.deployment.token, self.artifacts.get("MockToken"))

    async def advance(self, step: int) -> None:
        """Brings venues and chain to a step of the path; no cycle is run."""
        self.parts.observer.step = step
        await self.control.mine_at(self.parts.observer.market.time(step))

    async def cycle(self) -> None:
        """What the scheduler does within an interval: a tick, a look after what was sent, a look for the readers."""
        assert await self.keeper.tick(), "the round was done already"
        await self.keeper.tend()
        await self.watch.look()
        assert self.keeper.watch()


@asynccontextmanager
async def opened(
    folder: Path,
    script: Script,
    *,
    progress: Progress | None = None,
    memory: type[StoreMemory] = StoreMemory,
) -> AsyncIterator[LoneKeeper]:
    """Starts a chain, deploys, opens the keeper; its first cycle is the caller's. `progress` and `memory` as a caller
    wants to watch them."""
    artifacts = Artifacts(REPOSITORY / "out")
    async with AsyncExitStack() as stack:
        program = find_anvil(os.environ.get("PATH"), REPOSITORY)
        anvil = await stack.enter_async_context(
            await Anvil.start(program, timestamp=BEGIN, kept_states=script.kept_states)
        )
        rpc = await stack.enter_async_context(Rpc(anvil.url, timeout_seconds=300.0, errors=artifacts))
        control = AnvilControl(rpc)
        await control.set_timestamp_interval(1)
        await control.set_balance(SENDER.address, _PLENTY_OF_WEI)
        deployment = await asyncio.to_thread(_deployed, anvil.url, artifacts, folder, script)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        store = Store.open(folder / "keeper.db")
        stack.callback(store.close)
        operator = to_checksum_address((await control.accounts())[0])
        reader, metrics = ChainReader(rpc, artifacts, deployment.addresses), KeeperMetrics()
        (folder / "evidence").mkdir()
        parts = Parts(
            script=script,
            reader=reader,
            deployment=deployment,
            store=store,
            memory=memory(store, EvidenceStore(folder / "evidence")),
            metrics=metrics,
            observer=PathObserver(market_of(script, deployment)),
            outbox=_outbox(script, rpc, store),
            session=session,
            progress=progress,
        )
        keeper, board = keeper_of(parts), Board(stream="lone")
        watch = Watch(reader=reader, table=board, policy=WatchPolicy())
        stack.enter_context(seldom_collected())
        yield LoneKeeper(folder, rpc, control, artifacts, operator, parts, keeper, board, watch)


def _deployed(url: str, artifacts: Artifacts, folder: Path, script: Script) -> Deployment:
    web3 = Web3(HTTPProvider(url))
    config = read_chain_config(REPOSITORY / "deploy/chains/local.toml").with_signers((SIGNER.address,), 1)
    expiries = config.expiries.model_copy(update={"days_ahead": script.expiry_days})
    config = config.model_copy(update={"expiries": expiries})
    backend = Web3Backend(web3, web3.eth.accounts[0], artifacts)
    return deploy(config, backend, artifacts, folder / "deployment.json")


def market_of(script: Script, deployment: Deployment) -> MarketPath:
    """Prices and options of every step, an hour after the deployment on."""
    begin = BEGIN + 3_600
    return MarketPath(_SEED, begin, script.interval_seconds, script.steps, deployment.expiries, STRIKES)


def keeper_of(parts: Parts) -> Keeper:
    """The keeper, as `tailguard keeper run` wires it."""
    reader = parts.reader
    keeper = Keeper(
        policy=policy(parts.script),
        time_source=_ChainTime(ChainClock(reader.rpc)),
        reader=reader,
        observer=parts.observer,
        assessor=assessor(parts.script),
        signer=SIGNER,
        publisher=OutboxPublisher(outbox=parts.outbox, contracts=reader.contracts),
        memory=parts.memory,
        observability=PrometheusObservability(parts.metrics),
        alarms=_desk(parts.metrics),
        session=parts.session,
        progress=parts.progress,
        accounts=indexed_accounts(reader, parts.deployment, parts.store),
    )
    expose(parts.metrics, keeper)
    return keeper


def _outbox(script: Script, rpc: Rpc, store: Store) -> Outbox:
    return Outbox(
        endpoint=Endpoint(node=rpc, sender=SENDER.address),
        messages=MessageTable(store.engine),
        signer=SENDER,
        chain_id=CHAIN_ID,
        patience=Patience(confirmations=script.confirmations),
    )


class _ChainTime:
    def __init__(self, clock: ChainClock) -> None:
        self._clock = clock

    async def now(self) -> int:
        return await self._clock.refresh()


def _desk(metrics: KeeperMetrics) -> AlertDesk:
    return AlertDesk(
        gate=AlertGate(AlertPolicy()),
        channel=None,
        clock=WallClock(),
        keeper_name="lone keeper",
        counted=lambda alarm, outcome: metrics.alerts.labels(alarm.value, outcome.value).inc(),
    )


def policy(script: Script) -> KeeperPolicy:
    """A keeper that is the whole quorum."""
    return KeeperPolicy(
        signer=0,
        chain_id=CHAIN_ID,
        interval_seconds=script.interval_seconds,
        takeover_seconds=20,
        validity_seconds=600,
        peer_timeout_seconds=1.0,
        dry_run=False,
        consensus=ConsensusConfig(),
        publish=script.publish,
        modes=ModeThresholds(),
        budget=PreflightBudget(),
        endorsement=EndorsementPolicy(tolerances=Tolerances(), validity_seconds=600),
        cost=CostPolicy(Decimal("0.001"), 10**18, 5 * 10**18),
        routine_wei_per_day=10**21,
        low_balance_wei=10**17,
        native_underlying=None,
        peers=(),
    )


def assessor(script: Script) -> Assessor:
    history = synthetic_history(seed=_SEED, end=BEGIN, hours=1_000, spots=[7_900.0, 195.0])
    historical, filtered, student = script.scenarios
    model = ModelConfig(
        confidence=0.99,
        horizon_steps=24,
        historical=historical,
        filtered_historical=filtered,
        student_t=student,
        seed=_SEED,
        initial_multiplier=1.15,
        maintenance_share=0.8,
        history=history_digest(history),
    )
    return Assessor(model=model, history=parse_history(history))

"""Settings to a running keeper: every room gets what it needs here and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiohttp

from keeper.alerts import AlertDesk
from keeper.api.metrics import KeeperMetrics
from keeper.assess import Assessor, ChargePolicy, ModelConfig, load_history
from keeper.chain import Artifacts, ChainClock, ChainReader, Deployment, read_deployment
from keeper.cli.alerting import opened_desk
from keeper.cli.chain_access import indexed_accounts, nodes_of
from keeper.cli.keys import OpenedKeys, open_keys
from keeper.cli.observability import PrometheusObservability, expose
from keeper.cli.policy import policy_of
from keeper.cli.remembering import opened_store
from keeper.cli.sending import opened_relay, outbox_of
from keeper.clock import WallClock
from keeper.config import KeeperSettings
from keeper.daemon.keeper import Keeper
from keeper.daemon.memory import StoreMemory
from keeper.daemon.publish import OutboxPublisher
from keeper.engine import ray_cluster, thread_executor
from keeper.errors import ConfigurationError
from keeper.feeds import ChainlinkFeed, DeribitFeed, OptionFeed, PriceFeed, observe, spot_feed
from keeper.outbox import Outbox, Urgency
from keeper.store import EvidenceStore, Store
from keeper.types import Observation
from risk.revaluation.account_loop import MapExecutor


@dataclass(frozen=True, slots=True)
class WiredKeeper:
    """A keeper and what the command line keeps of its surroundings."""

    keeper: Keeper
    metrics: KeeperMetrics
    reader: ChainReader
    deployment: Deployment
    outbox: Outbox
    upkeep: Outbox | None
    desk: AlertDesk
    keys: OpenedKeys
    assessor: Assessor
    store: Store


class _FeedObserver:
    """Implements the daemon's `Observer` port on the configured feeds."""

    def __init__(
        self,
        feeds: Sequence[PriceFeed],
        options: Sequence[OptionFeed],
        session: aiohttp.ClientSession,
        timeout_seconds: float,
    ) -> None:
        self._feeds, self._options = feeds, options
        self._session, self._timeout = session, timeout_seconds

    async def observe(self, *, underlyings: Sequence[int], now: int) -> Observation:
        return await observe(
            self._feeds,
            self._options,
            now=now,
            timeout=self._timeout,
            underlyings=underlyings,
            session=self._session,
        )


class _ChainTime:
    def __init__(self, clock: ChainClock) -> None:
        self._clock = clock

    async def now(self) -> int:
        return await self._clock.refresh()


class _Purse:
    """Implements the daemon's `Purse` port for one address."""

    def __init__(self, reader: ChainReader, address: str) -> None:
        self._reader, self._address = reader, address

    async def balance_wei(self) -> int:
        return int(await self._reader.rpc.call("eth_getBalance", self._address, "latest"), 16)


class _WallTime:
    def __init__(self) -> None:
        self._clock = WallClock()

    async def now(self) -> int:
        return self._clock.now()


@asynccontextmanager
async def wired(settings: KeeperSettings, *, resume: bool = True) -> AsyncIterator[WiredKeeper]:
    """Opens keys, history, node, evidence and database; closes them all at the end.

    Nothing is written before everything that can be refused was read. `resume` goes on with transactions that an
    earlier run committed; without it nothing is sent.
    """
    deployment = _deployment_of(settings)
    assessor, history = assessor_of(settings)
    artifacts = Artifacts(settings.chain.artifacts)
    metrics = KeeperMetrics()
    async with (
        nodes_of(settings, artifacts) as rpc,
        aiohttp.ClientSession() as session,
        opened_relay(settings) as relay,
        opened_desk(settings, metrics) as desk,
    ):
        keys = await open_keys(settings.keys, session)
        reader = ChainReader(rpc, artifacts, deployment.addresses)
        await reader.require_deployed(settings.chain.chain_id)
        with opened_engine(settings) as executor, opened_store(settings) as store:
            assessor.executor = executor
            evidence = EvidenceStore(settings.store.evidence)
            open_outbox = partial(outbox_of, settings, rpc=rpc, relay=relay, store=store)
            outbox = open_outbox(keys.senders[Urgency.ROUNDS])
            payer = keys.senders.get(Urgency.LIQUIDATION)
            upkeep = None if payer is None else open_outbox(payer)
            if resume:
                await _resume(evidence, assessor, history, outbox)
            keeper = Keeper(
                policy=policy_of(settings),
                time_source=_ChainTime(ChainClock(rpc)) if settings.clock == "chain" else _WallTime(),
                reader=reader,
                observer=_observer(settings, session),
                assessor=assessor,
                signer=keys.signer,
                publisher=OutboxPublisher(outbox=outbox, contracts=reader.contracts),
                memory=StoreMemory(store, evidence, final_depth=settings.fees.confirmations),
                observability=PrometheusObservability(metrics),
                alarms=desk,
                session=session,
                accounts=indexed_accounts(reader, deployment, store),
                purse=_Purse(reader, outbox.sender),
            )
            expose(metrics, keeper)
            yield WiredKeeper(
                keeper, metrics, reader, deployment, outbox, upkeep, desk, keys, assessor, store
            )


async def _resume(
    evidence: EvidenceStore, assessor: Assessor, history: dict[str, Any], outbox: Outbox
) -> None:
    # Whoever audits the rounds needs what the model was estimated from.
    evidence.keep_history(assessor.model.history, history)
    await outbox.tend()


def _deployment_of(settings: KeeperSettings) -> Deployment:
    deployment = read_deployment(settings.chain.deployment)
    if deployment.chain_id != settings.chain.chain_id:
        raise ConfigurationError(
            f"chain.chain_id is {settings.chain.chain_id}, but {settings.chain.deployment} is a deployment on "
            f"chain {deployment.chain_id}; correct one of them"
        )
    return deployment


@contextmanager
def opened_engine(settings: KeeperSettings) -> Iterator[MapExecutor]:
    engine = settings.engine
    opened = (
        ray_cluster(address=engine.address, workers=engine.workers)
        if engine.kind == "ray"
        else thread_executor(workers=engine.workers)
    )
    with opened as executor:
        yield executor


def assessor_of(settings: KeeperSettings) -> tuple[Assessor, dict[str, Any]]:
    """The configured model, and the document of its history."""
    history, digest, document = load_history(settings.model.history)
    hours = settings.model.horizon_hours * 3_600
    if hours % history.step_seconds:
        raise ConfigurationError(
            f"model.horizon_hours is {settings.model.horizon_hours}, no multiple of the history's step of "
            f"{history.step_seconds} s"
        )
    model = ModelConfig(
        confidence=settings.model.confidence,
        horizon_steps=hours // history.step_seconds,
        historical=settings.model.historical,
        filtered_historical=settings.model.filtered_historical,
        student_t=settings.model.student_t,
        seed=settings.model.seed,
        initial_multiplier=settings.model.initial_multiplier,
        maintenance_share=settings.model.maintenance_share,
        history=digest,
        charges=ChargePolicy(**settings.charges.model_dump()),
    )
    return Assessor(model=model, history=history), document


def _observer(settings: KeeperSettings, session: aiohttp.ClientSession) -> _FeedObserver:
    feeds: list[PriceFeed] = [spot_feed(v.name, v.base_url) for v in settings.feeds.venues]
    if settings.feeds.chainlink:
        feeds.append(ChainlinkFeed(rpc_url=settings.chain.rpc_url, proxies=settings.feeds.chainlink))
    options: list[OptionFeed] = [DeribitFeed(base_url=settings.feeds.deribit_url)]
    return _FeedObserver(feeds, options, session, settings.feeds.timeout_seconds)

"""liquidator run: the reference client, wired."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import aiohttp
import structlog
import typer

from keeper.amounts import to_wad
from keeper.chain import Artifacts, ChainReader, read_deployment
from keeper.cli.chain_access import nodes_of
from keeper.cli.keys import key_opener
from keeper.cli.policy import LOCAL_CHAINS
from keeper.config import LiquidatorSettings, load_liquidator_settings
from keeper.daemon.schedule import stop_on_signals
from keeper.errors import ConfigurationError
from keeper.liquidator.client import ClientPolicy, LiquidatorClient
from keeper.liquidator.feed import CandidateFeed
from keeper.liquidator.guard import Limits
from keeper.liquidator.loop import run_client
from keeper.liquidator.names import instrument_named
from keeper.liquidator.quoting import QuoteTerms
from keeper.liquidator.strategy import ProfitModel, ReferenceStrategy, Strategy
from keeper.liquidator.strategy_process import ProcessPolicy, ProcessStrategy
from keeper.liquidator.transactor import BoundedTransactor
from keeper.outbox import Endpoint, Outbox
from keeper.store import MessageTable, Store

log = structlog.get_logger()
app = typer.Typer(help="The reference liquidator.", no_args_is_help=True)


@app.callback()
def liquidators() -> None:
    """The reference liquidator."""


@app.command()
def run(
    config: Annotated[Path, typer.Option("--config", help="Configuration file (TOML).")],
) -> None:
    """Liquidates what keepers name and its strategy wants, until SIGINT or SIGTERM; what is in hand is finished."""
    settings = load_liquidator_settings(config)
    asyncio.run(_run(settings))


async def _run(settings: LiquidatorSettings) -> None:
    stop = asyncio.Event()
    stop_on_signals(stop)
    async with aiohttp.ClientSession() as session, wired_client(settings, session) as client:
        feed = CandidateFeed(keepers=settings.keepers, session=session)
        await run_client(client, feed.snapshots(), stop=stop)
        log.info("liquidator.stopped", account=settings.account)


@asynccontextmanager
async def wired_client(
    settings: LiquidatorSettings, session: aiohttp.ClientSession
) -> AsyncIterator[LiquidatorClient]:
    """Opens key, node and database; what an earlier run sent is looked after before anything new."""
    deployment = read_deployment(settings.chain.deployment)
    if deployment.chain_id != settings.chain.chain_id:
        raise ConfigurationError(
            f"chain.chain_id is {settings.chain.chain_id}, the deployment is on {deployment.chain_id}; correct one"
        )
    signer = await key_opener(settings.keys.password_file, session)("keys.sender", settings.keys.sender)
    artifacts = Artifacts(settings.chain.artifacts)
    settings.store.database.parent.mkdir(parents=True, exist_ok=True)
    strategy = strategy_of(settings)
    async with nodes_of(settings, artifacts) as rpc:
        reader = ChainReader(rpc, artifacts, deployment.addresses)
        await reader.require_deployed(settings.chain.chain_id)
        store = Store.open(settings.store.database)
        try:
            messages = MessageTable(store.engine)
            sender = BoundedTransactor(
                reader=reader,
                outbox=Outbox(
                    endpoint=Endpoint(node=rpc, sender=signer.address),
                    messages=messages,
                    signer=signer,
                    chain_id=settings.chain.chain_id,
                ),
                messages=messages,
                chain_id=settings.chain.chain_id,
            )
            policy = policy_of(settings)
            log.info(
                "liquidator.started", account=policy.account, sender=signer.address, dry_run=policy.dry_run
            )
            yield LiquidatorClient(reader=reader, sender=sender, strategy=strategy, policy=policy)
        finally:
            await strategy.close()
            store.close()


def policy_of(settings: LiquidatorSettings) -> ClientPolicy:
    """Limits in the contracts' units. Unset, `dry_run` is true on every chain that is not local."""
    limits, price = settings.limits, settings.model.native_price
    return ClientPolicy(
        account=settings.account,
        limits=Limits(
            least_profit=to_wad(format(limits.least_profit, "f")),
            most_own_requirement=to_wad(format(limits.most_own_requirement, "f")),
            least_free_bps=limits.least_free_bps,
            most_gas_wei=limits.most_gas_wei,
            most_gas_wei_per_day=limits.most_gas_wei_per_day,
            slippage_bps=limits.slippage_bps,
            instruments={instrument_named(n): to_wad(format(m, "f")) for n, m in limits.instruments.items()},
        ),
        terms=QuoteTerms(
            chain_id=settings.chain.chain_id,
            native_underlying=settings.model.native_underlying,
            native_price=None if price is None else to_wad(format(price, "f")),
        ),
        holding_charge_bps=settings.model.holding_charge_bps,
        dry_run=settings.chain.chain_id not in LOCAL_CHAINS if settings.dry_run is None else settings.dry_run,
    )


def strategy_of(settings: LiquidatorSettings) -> Strategy:
    """The configured process, else the reference strategy."""
    if settings.strategy.command:
        policy = ProcessPolicy(answer_seconds=settings.strategy.answer_seconds)
        return ProcessStrategy(settings.strategy.command, policy)
    model = ProfitModel(settings.model.holding_charge_bps, settings.model.rivals_per_minute)
    return ReferenceStrategy(model)

"""A demonstration from an empty folder to its audited summary; imported only when needed, for it needs every room."""

from __future__ import annotations

import os
from pathlib import Path

from web3 import Web3

import deploy as deployment_room
from keeper.audit import AuditReport, audit
from keeper.chain import Artifacts, Deployment, find_anvil
from keeper.cli.live import LiveView
from keeper.cli.output import err
from keeper.cli.places import CHAIN_CONFIG, REPOSITORY
from keeper.cli.summary import Performance, Summary, summarise
from keeper.errors import ConfigurationError
from keeper.liquidator import BidLimits, LiquidatorBot, OutboxTransactor
from keeper.simulation.books import draw_books
from keeper.simulation.conductor import Conductor
from keeper.simulation.programme import Programme
from keeper.simulation.stage import Cast, Stage
from keeper.simulation.theatre import CHAIN_ID, Theatre, opened
from keeper.store import EvidenceStore
from keeper.types import WAD


def _deployer(
    rpc_url: str, operator: str, artifacts: Artifacts, record: Path, signers: tuple[str, ...]
) -> Deployment:
    config = deployment_room.read_chain_config(CHAIN_CONFIG).with_signers(signers, 2)
    backend = deployment_room.Web3Backend(Web3(Web3.HTTPProvider(rpc_url)), operator, artifacts)
    return deployment_room.deploy(config, backend, artifacts, record)


def _feeds(deployment: Deployment) -> dict[int, str]:
    config = deployment_room.read_chain_config(CHAIN_CONFIG)
    return deployment_room.mock_feeds(config, deployment.addresses)


async def perform(programme: Programme, *, seed: int, folder: Path, artifacts: Path) -> Summary:
    """Everything from an empty folder to the audited summary."""
    with LiveView(err, title=programme.title) as view:
        async with opened(
            anvil_program=find_anvil(os.environ.get("PATH"), REPOSITORY),
            folder=folder,
            artifacts_folder=artifacts,
            seed=seed,
            begin=programme.begin,
            history=programme.history,
            rhythm=programme.rhythm,
            deployer=_deployer,
            feeds=_feeds,
            announce=view.stage,
        ) as theatre:
            performance = await _play(programme, theatre, view, seed)
            report = await _audit(theatre, view)
            view.stage("summing up")
            return await summarise(
                programme=programme,
                reader=theatre.reader,
                performance=performance,
                report=report,
                evidence=EvidenceStore(folder / "evidence"),
                seed=seed,
            )


async def _play(programme: Programme, theatre: Theatre, view: LiveView, seed: int) -> Performance:
    plans = draw_books(listing=programme.listing, seed=seed)
    stage = Stage(
        rpc=theatre.rpc,
        reader=theatre.reader,
        token=theatre.token,
        operator=theatre.operator,
        chain_id=CHAIN_ID,
        seed=seed,
    )
    view.stage(f"opening {len(plans)} accounts and their market makers")
    cast = await stage.prepare(plans, liquidator_owner=theatre.liquidator.sender)
    conductor = Conductor(
        market=programme.market,
        venues=theatre.venues,
        rpc=theatre.rpc,
        reader=theatre.reader,
        operator=theatre.operator,
        aggregators=theatre.aggregators,
        keepers=theatre.keepers,
        session=theatre.session,
        interval_seconds=programme.rhythm.interval_seconds,
        excluded=[cast.fund],
    )
    accepted, _, opening = await conductor.advance(programme.opening)
    if not accepted:
        raise ConfigurationError(f"the opening round was not accepted: {opening}")
    trades = await stage.open_books(cast)
    view.stage(f"{trades} trades settled from signed orders; the day begins")
    bot = await _bot(theatre, cast, seed)
    performance = Performance(cast=cast)
    async for report in conductor.play(bot, programme.rounds):
        performance.add(report)
        view.show(report)
    return performance


async def _bot(theatre: Theatre, cast: Cast, seed: int) -> LiquidatorBot:
    parameters = await theatre.reader.parameters()
    limits = BidLimits(
        least_discount_bps=parameters.curve.start_discount_bps,
        most_own_requirement=250_000 * WAD,
        cure_buffer_bps=parameters.model.cure_buffer_bps,
    )
    return LiquidatorBot(
        reader=theatre.reader,
        transactor=OutboxTransactor(
            reader=theatre.reader, outbox=theatre.liquidator, session=f"demonstration/{seed}"
        ),
        account=cast.liquidator,
        limits=limits,
        excluded=[cast.fund],
    )


async def _audit(theatre: Theatre, view: LiveView) -> AuditReport:
    view.stage("auditing: every number again, from logs, calldata and evidence bundles")
    return await audit(
        reader=theatre.reader,
        deployment=theatre.deployment,
        evidence=theatre.folder / "evidence",
    )

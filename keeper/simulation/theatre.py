"""Where a demonstration plays: anvil, contracts, venues, keeper processes, all started and stopped here."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from eth_utils.address import to_checksum_address

from keeper.chain import Anvil, AnvilControl, Artifacts, ChainReader, Contract, Deployment, Rpc
from keeper.outbox import Endpoint, Outbox
from keeper.simulation.processes import KeeperProcess
from keeper.simulation.troupe import (
    KEEPERS,
    Member,
    RoundRhythm,
    Surroundings,
    create_members,
    seeded_key,
    write_configuration,
)
from keeper.simulation.venues import VenueServer
from keeper.store import MessageTable, Store

CHAIN_ID = 31_337
_PLENTY_OF_WEI = 10**24
_KEEPER_START_SECONDS = 180.0

Deployer = Callable[[str, str, Artifacts, Path, tuple[str, ...]], Deployment]
Feeds = Callable[[Deployment], Mapping[int, str]]


@dataclass(frozen=True, slots=True)
class Theatre:
    """Everything that runs, ready to be conducted."""

    folder: Path
    rpc: Rpc
    reader: ChainReader
    control: AnvilControl
    artifacts: Artifacts
    deployment: Deployment
    token: Contract
    operator: str
    venues: VenueServer
    aggregators: Mapping[int, Contract]
    keepers: Sequence[KeeperProcess]
    session: aiohttp.ClientSession
    liquidator: Outbox


@dataclass(frozen=True, slots=True)
class _Ground:
    """The chain with the contracts on it, before anybody plays."""

    rpc: Rpc
    control: AnvilControl
    artifacts: Artifacts
    deployment: Deployment
    record: Path
    operator: str
    aggregators: Mapping[int, str]


@asynccontextmanager
async def opened(
    *,
    anvil_program: Path,
    folder: Path,
    artifacts_folder: Path,
    seed: int,
    begin: int,
    history: dict[str, Any],
    rhythm: RoundRhythm,
    deployer: Deployer,
    feeds: Feeds,
    announce: Callable[[str], None],
) -> AsyncIterator[Theatre]:
    """Starts the chain at unix second `begin`, deploys, starts venues and keepers; stops them all at the end.

    `deployer` is (rpc url, operator, artifacts, record path, signer addresses) -> deployment, `feeds` names its mock
    price feeds by underlying. `folder` is made anew.
    """
    history_file = _fresh(folder, history)
    async with AsyncExitStack() as stack:
        announce("starting a local chain")
        rpc = await _chain(stack, anvil_program, Artifacts(artifacts_folder), begin)
        members = create_members(seed=seed, folder=folder)
        announce("deploying the contracts")
        ground = await _deployed(rpc, members, folder / "deployment.json", artifacts_folder, deployer, feeds)
        announce("starting the venues and three keepers")
        session = await stack.enter_async_context(aiohttp.ClientSession())
        venues = VenueServer()
        venues_url = await venues.start()
        stack.push_async_callback(venues.stop)
        surroundings = Surroundings(
            rpc_url=rpc.url,
            chain_id=CHAIN_ID,
            deployment=ground.record.resolve(),
            artifacts=artifacts_folder.resolve(),
            venues_url=venues_url,
            aggregators=ground.aggregators,
            history=history_file.resolve(),
            evidence=(folder / "evidence").resolve(),
            rhythm=rhythm,
        )
        keepers = await _start_keepers(stack, members, ground.control, session, surroundings)
        liquidator = await _liquidator(stack, ground.control, rpc, folder, seed)
        yield _theatre(ground, folder, venues, keepers, session, liquidator)


async def _deployed(
    rpc: Rpc,
    members: Sequence[Member],
    record: Path,
    artifacts_folder: Path,
    deployer: Deployer,
    feeds: Feeds,
) -> _Ground:
    control, artifacts = AnvilControl(rpc), Artifacts(artifacts_folder)
    await control.set_timestamp_interval(1)
    operator = to_checksum_address((await control.accounts())[0])
    signers = tuple(member.signer_address for member in members)
    deployment = await asyncio.to_thread(deployer, rpc.url, operator, artifacts, record, signers)
    return _Ground(rpc, control, artifacts, deployment, record, operator, dict(feeds(deployment)))


def _theatre(
    ground: _Ground,
    folder: Path,
    venues: VenueServer,
    keepers: Sequence[KeeperProcess],
    session: aiohttp.ClientSession,
    liquidator: Outbox,
) -> Theatre:
    aggregator = ground.artifacts.get("MockAggregator")
    return Theatre(
        folder=folder,
        rpc=ground.rpc,
        reader=ChainReader(ground.rpc, ground.artifacts, ground.deployment.addresses),
        control=ground.control,
        artifacts=ground.artifacts,
        deployment=ground.deployment,
        token=Contract(ground.deployment.token, ground.artifacts.get("MockToken")),
        operator=ground.operator,
        venues=venues,
        aggregators={u: Contract(at, aggregator) for u, at in ground.aggregators.items()},
        keepers=keepers,
        session=session,
        liquidator=liquidator,
    )


def _fresh(folder: Path, history: dict[str, Any]) -> Path:
    """Empties the folder and writes the history that keepers start from; returns where."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "evidence").mkdir(parents=True)
    path = folder / "history.json"
    path.write_text(json.dumps(history), encoding="utf8")
    return path


async def _chain(stack: AsyncExitStack, program: Path, artifacts: Artifacts, begin: int) -> Rpc:
    anvil = await stack.enter_async_context(await Anvil.start(program, timestamp=begin, chain_id=CHAIN_ID))
    return await stack.enter_async_context(Rpc(anvil.url, timeout_seconds=60.0, errors=artifacts))


async def _start_keepers(
    stack: AsyncExitStack,
    members: Sequence[Member],
    control: AnvilControl,
    session: aiohttp.ClientSession,
    surroundings: Surroundings,
) -> list[KeeperProcess]:
    ports = dict(enumerate(free_ports(KEEPERS)))
    keepers = []
    for member in members:
        await control.set_balance(member.sender_address, _PLENTY_OF_WEI)
        keeper = KeeperProcess.start(
            signer=member.signer,
            config=write_configuration(member=member, ports=ports, surroundings=surroundings),
            url=f"http://127.0.0.1:{ports[member.signer]}",
            log=member.folder / "keeper.log",
        )
        stack.callback(keeper.stop)
        keepers.append(keeper)
    for keeper in keepers:
        await keeper.wait_until_up(session, _KEEPER_START_SECONDS)
    return keepers


async def _liquidator(
    stack: AsyncExitStack, control: AnvilControl, rpc: Rpc, folder: Path, seed: int
) -> Outbox:
    store = Store.open(folder / "liquidator.db")
    stack.callback(store.close)
    signer = seeded_key(seed, "liquidator")
    await control.set_balance(signer.address, _PLENTY_OF_WEI)
    return Outbox(
        endpoint=Endpoint(node=rpc, sender=signer.address),
        messages=MessageTable(store.engine),
        signer=signer,
        chain_id=CHAIN_ID,
    )


def free_ports(count: int) -> list[int]:
    """Ports of loopback that were free a moment ago, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for item in sockets:
            item.bind(("127.0.0.1", 0))
        return [int(item.getsockname()[1]) for item in sockets]
    finally:
        for item in sockets:
            item.close()

"""A real local chain on which an account goes under water: deployed contracts, signed prices, two rival liquidators."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from eth_utils.address import to_checksum_address
from web3 import HTTPProvider, Web3

from deploy import Web3Backend, deploy, mock_feeds
from keeper.chain import (
    Anvil,
    AnvilControl,
    Artifacts,
    ChainReader,
    Contract,
    Rpc,
    find_anvil,
    read_deployment,
)
from keeper.signing import KeystoreSigner, assemble_quorum
from keeper.simulation.books import BITCOIN, AccountPlan, Holding, perpetual
from keeper.simulation.receipts import mined
from keeper.simulation.stage import Amounts, Cast, Stage
from keeper.types import WAD
from keeper.wire import LANE_PRICES, Header, PriceRow, pack_rows, round_digest, rows_hash

from .conftest import REPOSITORY, SIGNERS, configuration

GENESIS = 1_773_316_800  # 12 March 2026, 12:00 UTC
OWNERS = tuple(KeystoreSigner.from_secret(secret) for secret in (0x11, 0x12))
BEFORE = 50_000
FALL = (48_500, 47_000, 45_500)  # each step below what a jump would have to confirm
_STEP_SECONDS = 60
ETHER_PRICE = 3_000
_FEED_SCALE = 10**8
_PLENTY_OF_WEI = 10**21


@dataclass
class Distress:
    """The chain after the fall: `victim` is under water, each owner of `OWNERS` has one of `bidders`."""

    url: str
    rpc: Rpc
    reader: ChainReader
    control: AnvilControl
    operator: str
    record: Path
    chain_id: int
    feeds: dict[int, Contract]
    cast: Cast | None = None
    bidders: tuple[int, ...] = ()

    @property
    def victim(self) -> int:
        assert self.cast is not None
        return min(self.cast.customers)

    async def prices(self, bitcoin: int) -> None:
        """A signed round at the chain's present, and on-chain feeds that agree."""
        now = (await self.reader.block()).timestamp + 1
        for underlying, price in ((1, bitcoin), (2, ETHER_PRICE)):
            await self.send(self.feeds[underlying], "set", price * _FEED_SCALE, now)
        state = await self.reader.lanes()
        rows = (PriceRow(1, bitcoin * WAD, 5 * WAD), PriceRow(2, ETHER_PRICE * WAD, WAD))
        header = Header(
            config_digest=state.config_digest,
            lane=LANE_PRICES,
            seq=state.sequences[LANE_PRICES] + 1,
            observed_at=now,
            valid_until=now + 600,
            snapshot=b"\x01" * 32,
            model=b"\x02" * 32,
        )
        lanes = self.reader.contracts["SignedLanes"]
        digest = round_digest(header, rows_hash(rows), self.chain_id, lanes.address)
        quorum = assemble_quorum({i: SIGNERS[i].sign_digest(digest) for i in (0, 1)}, 2)
        await self.send(lanes, "publishPrices", header, pack_rows(rows), quorum)

    async def send(self, contract: Contract, function: str, *arguments: object) -> None:
        data = "0x" + contract.encode(function, *arguments).hex()
        transaction = {"from": self.operator, "to": contract.address, "data": data, "gas": hex(25_000_000)}
        await self.rpc.call("eth_call", transaction, "latest")  # raises with the decoded error
        receipt = await mined(self.rpc, await self.rpc.call("eth_sendTransaction", transaction))
        assert int(receipt["status"], 16) == 1, function


@dataclass(frozen=True)
class Staged:
    """The chain after the fall, its node running; every test starts from there."""

    url: str
    folder: Path
    record: Path
    artifacts: Artifacts
    operator: str
    chain_id: int
    feeds: dict[int, Contract]
    token: Contract


@contextmanager
def staged(folder: Path, reckless: tuple[Holding, ...] = (Holding(perpetual(BITCOIN), Decimal(10)),)):
    """Starts a node, deploys, opens the books, lets the price fall: once for many tests. `reckless`: what the account
    that goes under water holds."""
    program = find_anvil(os.environ.get("PATH"), REPOSITORY)
    anvil = asyncio.run(Anvil.start(program, timestamp=GENESIS))
    try:
        stage = _deployed(anvil.url, folder)
        cast, bidders = asyncio.run(_fall(stage, reckless))
        yield stage, cast, bidders
    finally:
        anvil.stop()


def _deployed(url: str, folder: Path) -> Staged:
    artifacts = Artifacts(REPOSITORY / "out")
    web3 = Web3(HTTPProvider(url))
    operator = to_checksum_address(web3.eth.accounts[0])
    backend = Web3Backend(web3, operator, artifacts)
    config = configuration(backend)
    record = folder / "deployment.json"
    deployment = deploy(config, backend, artifacts, record)
    feed = artifacts.get("MockAggregator")
    return Staged(
        url=url,
        folder=folder,
        record=record,
        artifacts=artifacts,
        operator=operator,
        chain_id=deployment.chain_id,
        feeds={u: Contract(a, feed) for u, a in mock_feeds(config, deployment.addresses).items()},
        token=Contract(deployment.token, artifacts.get("MockToken")),
    )


async def _fall(stage: Staged, reckless: tuple[Holding, ...]) -> tuple[Cast, tuple[int, ...]]:
    async with _connected(stage) as chain:
        await chain.control.set_timestamp_interval(1)
        for owner in OWNERS:
            await chain.control.set_balance(owner.address, _PLENTY_OF_WEI)
        await chain.prices(BEFORE)
        await _open_books(chain, stage.token, reckless)
        for price in FALL:
            await chain.control.mine_at((await chain.reader.block()).timestamp + _STEP_SECONDS)
            await chain.prices(price)
        assert chain.cast is not None
        return chain.cast, chain.bidders


@asynccontextmanager
async def _connected(stage: Staged):
    async with Rpc(stage.url, timeout_seconds=60.0, errors=stage.artifacts) as rpc:
        yield Distress(
            url=stage.url,
            rpc=rpc,
            reader=ChainReader(rpc, stage.artifacts, read_deployment(stage.record).addresses),
            control=AnvilControl(rpc),
            operator=stage.operator,
            record=stage.record,
            chain_id=stage.chain_id,
            feeds=stage.feeds,
        )


@asynccontextmanager
async def distressed(stage: Staged, cast: Cast, bidders: tuple[int, ...]):
    """The staged chain for one test; what the test does to it is taken back."""
    async with _connected(stage) as chain:
        chain.cast, chain.bidders = cast, bidders
        snapshot = await chain.rpc.call("evm_snapshot")
        try:
            yield chain
        finally:
            await chain.control.set_automine(True)
            await chain.rpc.call("evm_revert", snapshot)


async def _open_books(chain: Distress, token: Contract, reckless: tuple[Holding, ...]) -> None:
    calm = Holding(perpetual(BITCOIN), Decimal(-2))
    plans = [
        AccountPlan("reckless", "perpetual", Decimal("1.01"), reckless),
        AccountPlan("calm", "perpetual", Decimal(8), (calm,)),
    ]
    stage = Stage(
        rpc=chain.rpc,
        reader=chain.reader,
        token=token,
        operator=chain.operator,
        chain_id=chain.chain_id,
        seed=5,
        amounts=Amounts(insurance=Decimal(10_000)),
    )
    chain.cast = await stage.prepare(plans, liquidator_owner=OWNERS[0].address)
    ledger = chain.reader.contracts["MarginAccounts"]
    await chain.send(ledger, "create", OWNERS[1].address)
    rival = await chain.reader.account_count()
    await chain.send(ledger, "deposit", rival, 5_000_000 * 10**6)
    chain.bidders = (chain.cast.liquidator, rival)
    await stage.open_books(chain.cast)

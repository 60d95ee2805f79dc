"""Liquidators on a real chain: each with a key, a margin account and a database of its own."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager

from keeper.api import Board
from keeper.candidates import CandidateSnapshot
from keeper.chain import EventReader
from keeper.liquidator import QuoteTerms, Watch, WatchPolicy
from keeper.liquidator.client import ClientPolicy, LiquidatorClient
from keeper.liquidator.guard import Limits
from keeper.liquidator.strategy import ProfitModel, ReferenceStrategy
from keeper.liquidator.transactor import BoundedTransactor
from keeper.outbox import Endpoint, Outbox
from keeper.store import MessageTable, Store
from keeper.types import WAD

from .distress import OWNERS

ETHER = 2
LIMITS = Limits(
    least_profit=10 * WAD,
    most_own_requirement=200_000 * WAD,
    least_free_bps=1_000,
    most_gas_wei=10**17,
    most_gas_wei_per_day=10**18,
)
# Rivals are expected at any moment: what pays is taken at once.
EAGER = ProfitModel(holding_charge_bps=0, rivals_per_minute=1_000.0)


class Rival:
    """One liquidator with a key, a margin account and a database of its own."""

    def __init__(self, chain, folder, number, *, strategy=None, limits=LIMITS, dry_run=False, timeout=20.0):
        self.chain, self.number = chain, number
        self.store = Store.open(folder / f"liquidator-{number}.db")
        self.messages = MessageTable(self.store.engine)
        self.outbox = Outbox(
            endpoint=Endpoint(node=chain.rpc, sender=OWNERS[number].address),
            messages=self.messages,
            signer=OWNERS[number],
            chain_id=chain.chain_id,
        )
        self.sender = BoundedTransactor(
            reader=chain.reader,
            outbox=self.outbox,
            messages=self.messages,
            chain_id=chain.chain_id,
            timeout_seconds=timeout,
        )
        self.client = LiquidatorClient(
            reader=chain.reader,
            sender=self.sender,
            strategy=strategy or ReferenceStrategy(EAGER),
            policy=ClientPolicy(
                account=chain.bidders[number],
                limits=limits,
                terms=QuoteTerms(chain_id=chain.chain_id, native_underlying=ETHER),
                dry_run=dry_run,
                pause_seconds=0.05,
            ),
        )

    async def look(self):
        return await self.client.look(await candidates(self.chain))

    async def nonce(self) -> int:
        answer = await self.chain.rpc.call("eth_getTransactionCount", OWNERS[self.number].address, "latest")
        return int(answer, 16)


async def candidates(chain) -> CandidateSnapshot:
    board = Board(stream="test")
    await Watch(reader=chain.reader, table=board, policy=WatchPolicy()).look()
    return board.snapshot()


@asynccontextmanager
async def mining(chain, every_seconds=0.2):
    """Blocks come by themselves, so that rivals' transactions meet in one."""
    await chain.control.set_automine(False)

    async def mine():
        while True:
            await asyncio.sleep(every_seconds)
            await chain.control.mine()

    task = asyncio.create_task(mine())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await chain.control.mine()
        await chain.control.set_automine(True)


async def events(chain, *names):
    reader = EventReader(chain.rpc, chain.reader.contracts)
    found = await reader.events(0, (await chain.reader.block()).number)
    return [event for event in found if event.name in names]


async def positions(chain):
    """Quantity of bitcoin perpetual by account."""
    accounts = await chain.reader.accounts(await chain.reader.block())
    return {a.account: sum(leg.quantity for leg in a.legs) for a in accounts}

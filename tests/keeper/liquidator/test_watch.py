"""The watch reads what may have moved, all of it now and then, and never leaves a healthy row it cannot vouch for."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from keeper.candidates import Health
from keeper.chain import Block
from keeper.errors import ChainUnreachable, TransactionFailed
from keeper.liquidator import Watch, WatchPolicy
from tests.keeper.liquidator.test_bot import NOW, Chain, account, margin


class MovingChain(Chain):
    """A prepared chain whose blocks come one by one; remembers which accounts were read."""

    def __init__(self, accounts, margins, **facts):
        super().__init__(accounts, margins, **facts)
        self.number, self.time, self.sequence, self.read, self.down = 1, NOW, 1, [], False

    def mine(self, seconds=12):
        self.number, self.time = self.number + 1, self.time + seconds

    async def block(self, number="latest"):
        if self.down:
            raise ChainUnreachable("no answer")
        return Block(self.number, f"0x{self.number:064x}", self.time)

    async def lanes(self, block):
        return type("Lanes", (), {"sequences": {0: self.sequence}})()

    async def accounts_of(self, ids, block):
        return tuple(a for a in self._accounts if a.account in ids)

    async def margins(self, ids, block):
        self.read.append(sorted(ids))
        return await super().margins(ids, block)


class Table:
    def __init__(self):
        self.applied, self.failed = [], []

    def apply(self, block, rows, *, swept_block=None):
        self.applied.append((block.number, swept_block, {a: row.health for a, row in rows.items()}))

    def fail(self, reason):
        self.failed.append(reason)


@pytest.fixture
def chain():
    accounts = [account(number) for number in (5, 6, 7, 8)] + [replace(account(9), legs=())]
    margins = {
        5: margin(50, 100),
        6: margin(130, 100),
        7: margin(1_000, 100),
        8: TransactionFailed("reverted with NoSurface()", "NoSurface"),
        9: margin(0, 0),
    }
    return MovingChain(accounts, margins)


@pytest.fixture
def table():
    return Table()


@pytest.fixture
def watch(chain, table):
    return Watch(reader=chain, table=table, policy=WatchPolicy(poll_seconds=0.01, stale_seconds=0.05))


async def test_the_first_look_reads_everyone_by_the_contracts_rules(watch, chain, table):
    assert await watch.look()
    assert chain.read == [[5, 6, 7, 8, 9]]
    healths = {
        5: Health.LIQUIDATABLE,
        6: Health.HEALTHY,
        7: Health.HEALTHY,
        8: Health.UNKNOWN,
        9: Health.EMPTY,
    }
    assert table.applied == [(1, 1, healths)]


async def test_the_same_block_is_not_read_twice(watch, chain):
    await watch.look()
    assert not await watch.look()
    assert len(chain.read) == 1


async def test_between_sweeps_those_near_the_line_and_the_unknown_are_read(watch, chain, table):
    await watch.look()
    chain.mine()
    await watch.look()
    assert chain.read[-1] == [5, 6, 8]
    assert (table.applied[-1][:2], set(table.applied[-1][2])) == ((2, 1), {5, 6, 7, 8, 9})


@pytest.mark.parametrize("change", ["round", "time", "reorganisation"])
async def test_an_accepted_round_or_enough_time_reads_everyone(watch, chain, change):
    await watch.look()
    chain.mine(seconds={"round": 1, "time": 60, "reorganisation": -5}[change])
    chain.sequence += change == "round"
    await watch.look()
    assert chain.read[-1] == [5, 6, 7, 8, 9]


async def test_an_auction_shows_what_it_offers(table):
    chain = MovingChain([account(5)], {5: margin(50, 100)}, auctions=[5])
    await Watch(reader=chain, table=table, policy=WatchPolicy()).look()
    assert table.applied == [(1, 1, {5: Health.IN_AUCTION})]


async def test_without_a_node_everyone_becomes_unknown_and_a_good_look_ends_it(watch, chain, table):
    stop = asyncio.Event()
    running = asyncio.create_task(watch.run(stop))
    async with asyncio.timeout(5):
        while not table.applied:
            await asyncio.sleep(0.01)
        chain.down = True
        while not table.failed:
            await asyncio.sleep(0.01)
        chain.down = False
        chain.mine()
        while len(table.applied) < 2:
            await asyncio.sleep(0.01)
    assert "no answer" in table.failed[0]
    stop.set()
    await running
    assert table.failed[-1] == "nobody watches the chain any more"

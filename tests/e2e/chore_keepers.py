"""Keepers that make the calls anyone may make: each with a key, a table and a database of its own."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from keeper.api import Board
from keeper.chain import EventReader
from keeper.chores import ChoreTerms, ChoreWorker
from keeper.decide.chores import ChorePolicy
from keeper.liquidator import BoundedTransactor, Watch, WatchPolicy
from keeper.outbox import Endpoint, Outbox
from keeper.store import MessageTable, Store
from keeper.types import WAD

from .distress import OWNERS

POLICY = ChorePolicy(
    deficit_share_bps=1_000,
    least_deficit=100 * WAD,
    mark_bps=50,
    clock_margin_seconds=1_800,
    least_reserve=100 * WAD,
    ratio_bps=100,
)
TERMS = ChoreTerms(
    signer=0,
    policy=POLICY,
    stagger_seconds=0,
    most_cost_wei=10**17,
    wei_per_day=10**18,
    overdue_seconds=900,
    dry_run=False,
)
CRASH = (43_500, 41_500, 39_500, 37_500, 36_000)


class Figures:
    def __init__(self):
        self.results, self.counts, self.wei = Counter(), {}, 0

    def made(self, kind, result):
        self.results[kind, result] += 1

    def due(self, counts):
        self.counts = dict(counts)

    def offered(self, wei):
        self.wei = wei


class Woken:
    def __init__(self):
        self.alarms = []

    def raise_alarm(self, alarm, text, *, subject=""):
        self.alarms.append((alarm, subject))


class One:
    """One keeper's worker, with a key and a database of its own."""

    def __init__(self, chain, folder, number, own=None, **terms):
        self.chain, self.figures, self.woken = chain, Figures(), Woken()
        store = Store.open(folder / f"keeper-{number}.db")
        messages = MessageTable(store.engine)
        self.board = Board(stream="test")
        self.watch = Watch(reader=chain.reader, table=self.board, policy=WatchPolicy())
        self.worker = ChoreWorker(
            reader=chain.reader,
            sender=BoundedTransactor(
                reader=chain.reader,
                outbox=Outbox(
                    endpoint=Endpoint(node=chain.rpc, sender=OWNERS[number].address),
                    messages=messages,
                    signer=OWNERS[number],
                    chain_id=chain.chain_id,
                ),
                messages=messages,
                chain_id=chain.chain_id,
                timeout_seconds=20.0,
            ),
            rows=lambda: self.board.rows,
            own=own,
            terms=replace(TERMS, signer=number, **terms),
            figures=self.figures,
            alarms=self.woken,
        )

    async def look(self):
        await self.watch.look()
        return await self.worker.look()

    def sent(self, kind):
        return self.figures.results[kind, "sent"]


async def crash(chain, prices=CRASH):
    for price in prices:
        await later(chain, 60)
        await chain.prices(price)


async def later(chain, seconds):
    await chain.control.mine_at((await chain.reader.block()).timestamp + seconds)


async def events(chain, *names):
    reader = EventReader(chain.rpc, chain.reader.contracts)
    found = await reader.events(0, (await chain.reader.block()).number)
    return [event for event in found if event.name in names]


async def asked(chain, contract, function, *arguments):
    return await chain.reader.caller.call(chain.reader.contracts[contract], function, *arguments)


async def equity_high(chain):
    return (await chain.reader.margins([chain.victim]))[chain.victim].equity_high

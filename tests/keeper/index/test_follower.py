"""The index is complete up to its newest block or says that it is not, whatever the node forgets or reorganises."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from keeper.chain import Caller, EventReader
from keeper.errors import IndexIncomplete
from keeper.index import Follower
from keeper.store import EventTable, Store
from tests.keeper.index.ledger_node import CONTRACTS, LedgerNode


def follower(node, table):
    return Follower(
        events=EventReader(node, CONTRACTS),
        caller=Caller(node),
        contracts=CONTRACTS,
        table=table,
        first_block=0,
    )


async def advance(node, table, using=None):
    return await (using or follower(node, table)).advance(await Caller(node).block())


def dump(table):
    return {name: table.events(name, limit=100_000) for name in CONTRACTS}


@pytest.fixture
def tables(tmp_path):
    stores = []

    def made(name="index"):
        stores.append(Store.open(tmp_path / f"{name}{len(stores)}.db"))
        return EventTable(stores[-1].engine)

    yield made
    for store in stores:
        store.close()


async def test_events_are_indexed_in_order_with_their_arguments(tables):
    node, table = LedgerNode(), tables()
    node.mine({"Ledger": [5, 6], "Lanes": [2**200]})
    progress = await advance(node, table)
    assert (progress.events, progress.undone, progress.block.number) == (3, 0, 1)
    first, second = table.events("Ledger")
    assert (first.seq, second.seq, json.loads(first.arguments)) == (1, 2, {"account": 7, "amount": 5})
    assert json.loads(table.events("Lanes")[0].arguments)["amount"] == 2**200


async def test_advancing_again_changes_nothing(tables):
    node, table = LedgerNode(), tables()
    node.mine({"Ledger": [5]})
    await advance(node, table)
    assert (await advance(node, table)).events == 0
    assert table.count() == 1


@pytest.mark.parametrize("longest", [1, 7, 64])
async def test_ranges_shrink_to_what_the_node_takes(tables, longest):
    node, table = LedgerNode(longest_range=longest), tables()
    for number in range(100):
        node.mine({"Ledger": [number]})
    await advance(node, table)
    assert table.count() == 100


@pytest.mark.parametrize("depth", [1, 2, 31, 64])
async def test_a_reorganisation_of_any_depth_is_followed(tables, depth):
    node, table, fresh = LedgerNode(), tables(), tables("fresh")
    for number in range(70):
        node.mine({"Ledger": [number], "Lanes": [number] if number % 3 else []})
        await advance(node, table)
    node.reorganise(depth)
    for number in range(depth + 2):
        node.mine({"Ledger": [1_000 + number]})
    assert (await advance(node, table)).undone == depth
    await advance(node, fresh)
    assert dump(table) == dump(fresh)


async def test_a_shorter_chain_is_followed_too(tables):
    node, table = LedgerNode(), tables()
    for number in range(5):
        node.mine({"Ledger": [number]})
        await advance(node, table)
    node.reorganise(3)
    assert (await advance(node, table)).undone == 3
    assert table.count() == 2


async def test_silence_about_the_newest_logs_is_not_believed(tables):
    node, table = LedgerNode(), tables()
    node.mine({"Ledger": [1]})
    await advance(node, table)
    node.mine({"Ledger": [2]})
    node.silent = {2}
    with pytest.raises(IndexIncomplete, match="Ledger has logged 2 events at block 2, the node gave 1"):
        await advance(node, table)
    node.silent = set()
    await advance(node, table)
    assert table.count() == 2


async def test_silence_in_the_past_is_found_by_the_next_event_and_healed(tables):
    node, table = LedgerNode(longest_range=2), tables()
    for number in range(20):
        node.mine({"Ledger": [number]})
    node.silent = {5, 6, 7, 8}
    using = follower(node, table)
    with pytest.raises(IndexIncomplete, match="missing"):
        await advance(node, table, using)
    node.silent = set()
    for _ in range(4):
        try:
            await advance(node, table, using)
            break
        except IndexIncomplete:
            continue
    assert [event.seq for event in table.events("Ledger")] == list(range(1, 21))


class Chain(RuleBasedStateMachine):
    """Any order of blocks, reorganisations, lapses and restarts: an advance that succeeds equals a rebuild."""

    @initialize(longest=st.integers(1, 8))
    def begin(self, longest):
        self.folder = tempfile.TemporaryDirectory()
        self.node = LedgerNode(longest_range=longest)
        self.store = Store.open(Path(self.folder.name) / "index.db")
        self.table = EventTable(self.store.engine)
        self.follower = follower(self.node, self.table)
        self.complete = False

    @rule(ledger=st.lists(st.integers(0, 9), max_size=3), lanes=st.lists(st.integers(0, 9), max_size=2))
    def mine(self, ledger, lanes):
        self.node.mine({"Ledger": ledger, "Lanes": lanes})
        self.complete = False

    @rule(depth=st.integers(1, 12))
    def reorganise(self, depth):
        self.node.reorganise(depth)
        self.node.mine({"Ledger": [99]})
        self.complete = False

    @rule(numbers=st.sets(st.integers(0, 20), max_size=4))
    def forget(self, numbers):
        self.node.silent = numbers

    @rule()
    def restart(self):
        self.follower = follower(self.node, self.table)

    @rule()
    def advance(self):
        try:
            asyncio.run(advance(self.node, self.table, self.follower))
            self.complete = True
        except IndexIncomplete:
            self.complete = False

    @invariant()
    def a_complete_index_has_every_log_of_the_chain(self):
        if not self.complete:
            return
        logs = [log for block in self.node.blocks for log in block["logs"]]
        assert self.table.count() == len(logs)
        trails = self.node.blocks[-1]["trails"]
        last = {record.contract: record for record in self.table.last_of_each()}
        assert {n: (r.seq, r.running_hash) for n, r in last.items()} == {
            n: (seq, "0x" + running.hex()) for n, (seq, running) in trails.items()
        }

    def teardown(self):
        self.store.close()
        self.folder.cleanup()


TestChain = Chain.TestCase
TestChain.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)

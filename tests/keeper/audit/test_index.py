"""The daemon's accounts on the played chain: proven by the events, unknown where they are not."""

from __future__ import annotations

import dataclasses
import json
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from keeper.chain import EventReader
from keeper.daemon.accounts import IndexedAccounts
from keeper.index import Follower, Portfolios
from keeper.store import EventTable, Store

from .conftest import reading


class Forgetful:
    """A node that answers ranges of logs with silence while `silent`."""

    def __init__(self, node):
        self._node, self.url, self.silent = node, node.url, False

    async def call(self, method, *parameters):
        if self.silent and method == "eth_getLogs":
            return []
        return await self._node.call(method, *parameters)

    def doubt(self, method, reason):
        """There is no other."""


@contextmanager
def opened(path):
    store = Store.open(path)
    try:
        yield store, EventTable(store.engine)
    finally:
        store.close()


def indexed(played, reader, table, node=None, **changes):
    follower = Follower(
        events=EventReader(node or reader.rpc, reader.contracts),
        caller=reader.caller,
        contracts=reader.contracts,
        table=table,
        first_block=played.deployment.first_block,
    )
    return IndexedAccounts(reader=reader, follower=follower, portfolios=Portfolios(table), **changes)


def rows(store):
    with store.engine.connect() as connection:
        return connection.execute(text("SELECT * FROM events ORDER BY contract, seq")).all()


def execute(store, statement):
    with store.engine.begin() as connection:
        assert connection.execute(text(statement)).rowcount == 1


async def test_followed_block_by_block_it_equals_a_rebuild_and_proves_every_account(played, tmp_path):
    async with reading(played) as reader:
        newest = await reader.block()
        first = played.deployment.first_block
        # the first of them behind the deployment
        stops = [first + (newest.number - first) * part // 16 for part in range(5, 17)]
        with (
            opened(tmp_path / "followed.db") as (store, table),
            opened(tmp_path / "fresh.db") as (other, fresh),
        ):
            accounts, changed = indexed(played, reader, table), 0
            for number in stops:
                found = await accounts.read(await reader.block(number))
                assert (found.unknown, found.index.reason) == ({}, ""), number
                changed += found.index.changed
            assert changed > 0
            assert any(state.legs for state in found.states)
            await indexed(played, reader, fresh).read(newest)
            assert rows(store) == rows(other)
            assert len(rows(store)) > 300


async def test_a_node_that_forgets_logs_makes_every_account_unknown_until_it_remembers(played, tmp_path):
    async with reading(played) as reader:
        block, node = await reader.block(), Forgetful(reader.rpc)
        with opened(tmp_path / "index.db") as (_, table):
            accounts, node.silent = indexed(played, reader, table, node), True
            found = await accounts.read(block)
            assert set(found.unknown) == {state.account for state in found.states}
            assert "the node gave 0" in found.index.reason
            node.silent = False
            assert (await accounts.read(block)).unknown == {}


async def test_an_index_that_cannot_keep_up_makes_every_account_unknown(played, tmp_path):
    async with reading(played) as reader:
        with opened(tmp_path / "index.db") as (_, table):
            hurried = indexed(played, reader, table, most_seconds=0.0)
            found = await hurried.read(await reader.block())
            assert len(found.unknown) == len(found.states) > 0
            assert "catching up" in found.index.reason


def leg_still_held(table):
    """The event that last gave an account a leg it has."""
    last = {}
    for record in table.events("MarginAccounts", limit=10_000):
        if record.name == "PositionChanged":
            arguments = json.loads(record.arguments)
            last[arguments["account"], arguments["instrument"]] = (record.seq, arguments["quantityAfter"])
    return max(seq for seq, quantity in last.values() if quantity > 0)


DAMAGE = {
    "a leg": "UPDATE events SET arguments = replace(arguments, '\"quantityAfter\": ', '\"quantityAfter\": 1') "
    "WHERE contract = 'MarginAccounts' AND seq = {leg}",
    "an event in the middle": "DELETE FROM events WHERE contract = 'MarginAccounts' AND seq = 7",
    "the last hash": "UPDATE events SET running_hash = '0x00' WHERE contract = 'MarginAccounts' "
    "AND seq = (SELECT max(seq) FROM events WHERE contract = 'MarginAccounts')",
}


@pytest.mark.parametrize("statement", DAMAGE.values(), ids=DAMAGE.keys())
async def test_a_damaged_database_is_never_believed_and_mends_itself(played, tmp_path, statement):
    async with reading(played) as reader:
        block = await reader.block()
        with opened(tmp_path / "index.db") as (store, table):
            await indexed(played, reader, table).read(block)
            whole = rows(store)
            execute(store, statement.format(leg=leg_still_held(table)))
            restarted, looks = indexed(played, reader, table), []
            for _ in range(3):
                found = await restarted.read(block)
                looks.append(len(found.unknown))
                if not found.unknown:
                    break
            assert looks[-1] == 0, looks
            assert rows(store) == whole


async def test_an_answer_that_the_events_contradict_makes_that_account_unknown(played, tmp_path, monkeypatch):
    async with reading(played) as reader:
        block = await reader.block()
        honest = await reader.accounts(block)
        liar = next(state for state in honest if state.legs)

        async def lying(_block):
            short = dataclasses.replace(liar, legs=liar.legs[1:])
            return tuple(short if state is liar else state for state in honest)

        monkeypatch.setattr(reader, "accounts", lying)
        with opened(tmp_path / "index.db") as (_, table):
            found = await indexed(played, reader, table).read(block)
            assert list(found.unknown) == [liar.account]
            assert "legs, by the events" in found.unknown[liar.account]

"""The event index that a killed keeper left, against one that is built from genesis."""

from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy import text

from keeper.chain import ChainReader, Deployment, EventReader
from keeper.index import Follower
from keeper.store import EventTable, Store


async def is_index_equal(reader: ChainReader, deployment: Deployment, database: Path, folder: Path) -> bool:
    """Row for row, at the newest block of the database's index. A new database is made in `folder`."""
    store = Store.open(folder / f"rebuilt-{time.monotonic_ns()}.db")
    left = Store.open(database)
    try:
        follower = Follower(
            events=EventReader(reader.rpc, reader.contracts),
            caller=reader.caller,
            contracts=reader.contracts,
            table=EventTable(store.engine),
            first_block=deployment.first_block,
        )
        newest = EventTable(left.engine).newest()
        assert newest is not None
        await follower.advance(await reader.block(newest.number))
        return _events(store) == _events(left)
    finally:
        store.close()
        left.close()


def _events(store: Store) -> list[tuple[object, ...]]:
    with store.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text("SELECT * FROM events ORDER BY contract, seq"))]

"""A store on a database server: verified as a file is, and copied by the server's own tools."""

from __future__ import annotations

from pathlib import Path

import pytest

from keeper.errors import StoreError
from keeper.store import MessageTable, Store, tables
from keeper.store.server import refuse_backup, refuse_restore, verify_server

TARGET = "0x" + "22" * 20


def plan(store, key):
    MessageTable(store.engine).plan(
        chain_id=1, sender="0x" + "11" * 20, intent_key=key, target=TARGET, data=b"", chain_nonce=5
    )


def test_rows_are_counted_and_the_schema_is_named(store):
    plan(store, "a")
    facts = verify_server(store.engine)
    assert facts["outbox"] == 1
    assert set(facts) == {"schema", *tables.metadata.tables}


def test_a_gap_among_unfinished_nonces_is_found(store):
    for key in "abc":
        plan(store, key)
    with store.engine.begin() as connection:
        connection.execute(tables.outbox.delete().where(tables.outbox.c.intent_key == "b"))
    with pytest.raises(StoreError, match="gap"):
        verify_server(store.engine)


def test_a_table_that_is_gone_is_named(store):
    tables.liquidations.drop(store.engine)
    with pytest.raises(StoreError, match="lacks the table liquidations"):
        verify_server(store.engine)


def test_the_servers_own_tools_are_named_with_their_arguments():
    url = "postgresql+psycopg://keeper@db/keeper_1"
    assert "pg_dump -Fc -f copy 'postgresql://keeper@db/keeper_1'" in str(refuse_backup(url, Path("copy")))
    assert "pg_restore --exit-on-error -d 'postgresql://keeper@db/keeper_1' copy" in str(
        refuse_restore(url, Path("copy"))
    )


def test_a_url_with_a_password_is_refused_without_repeating_it():
    with pytest.raises(StoreError, match="password_file") as refused:
        Store.open("postgresql://keeper:hidden@db/keeper")
    assert "hidden" not in str(refused.value)

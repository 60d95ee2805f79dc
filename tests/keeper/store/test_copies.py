"""Copies are consistent while the keeper writes, verified, and never overwrite anything."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing

import pytest

from keeper.errors import StoreError
from keeper.store import MessageTable, Store
from keeper.store.copies import backup, restore, verify

SENDER, TARGET = "0x" + "11" * 20, "0x" + "22" * 20


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "keeper.db"
    store = Store.open(path)
    for key in "abc":
        plan(MessageTable(store.engine), key)
    store.close()
    return path


def plan(table, key):
    return table.plan(chain_id=1, sender=SENDER, intent_key=key, target=TARGET, data=b"", chain_nonce=5)


def execute(path, statement):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def test_a_copy_has_everything_and_can_be_put_back(database, tmp_path):
    copy = tmp_path / "copy.db"
    assert backup(database, copy) == copy.stat().st_size
    assert verify(copy) == verify(database)
    assert verify(copy)["outbox"] == 3
    moved = tmp_path / "elsewhere" / "keeper.db"
    moved.parent.mkdir()
    restore(copy, moved)
    store = Store.open(moved)
    assert plan(MessageTable(store.engine), "d").nonce == 8
    store.close()


def test_a_copy_made_while_the_keeper_writes_is_consistent(database, tmp_path):
    stop, store = threading.Event(), Store.open(database)

    def write():
        table = MessageTable(store.engine)
        number = 0
        while not stop.is_set():
            plan(table, f"busy {number}")
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            copy = tmp_path / f"copy{number}.db"
            backup(database, copy)
            assert verify(copy)["outbox"] >= 3
    finally:
        stop.set()
        writer.join()
        store.close()


def test_nothing_is_ever_overwritten(database, tmp_path):
    copy = tmp_path / "copy.db"
    backup(database, copy)
    with pytest.raises(StoreError, match="exists already"):
        backup(database, copy)
    with pytest.raises(StoreError, match="nothing was changed"):
        restore(copy, database)
    alone = tmp_path / "other.db"
    alone.with_name("other.db-wal").write_bytes(b"a log without its database")
    with pytest.raises(StoreError, match="nothing was changed"):
        restore(copy, alone)


def test_damage_is_found_and_a_damaged_copy_is_not_kept(database, tmp_path):
    content = bytearray(database.read_bytes())
    content[4_096:8_192] = b"\xff" * 4_096
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(content)
    with pytest.raises(StoreError, match=r"damaged|malformed"):
        verify(damaged)
    with pytest.raises(StoreError):
        backup(damaged, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()
    assert not (tmp_path / "copy.db.partial").exists()


def test_a_file_that_is_no_database_says_so(tmp_path):
    path = tmp_path / "keeper.db"
    path.write_text("not a database" * 100)
    with pytest.raises(StoreError, match="not a database"):
        verify(path)


def test_a_gap_among_unfinished_nonces_is_found(database):
    execute(database, "DELETE FROM outbox WHERE intent_key = 'b'")
    with pytest.raises(StoreError, match="gap"):
        verify(database)


def test_nonces_that_others_used_meanwhile_are_no_gap(database):
    execute(database, "UPDATE outbox SET status = 'mined', nonce = nonce - 3 WHERE intent_key = 'a'")
    assert verify(database)["outbox"] == 3


def test_a_missing_database_says_what_to_correct(tmp_path):
    with pytest.raises(StoreError, match=r"store\.database"):
        backup(tmp_path / "none.db", tmp_path / "copy.db")

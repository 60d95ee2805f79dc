"""The database: what is written once is there after a restart, twice is harmless, and errors are typed."""

from __future__ import annotations

import dataclasses
import json
from decimal import Decimal
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from keeper.errors import StoreError
from keeper.store import LiquidationRecord, RoundRecord, RoundStatus, Store, migrate
from keeper.store.tables import metadata
from keeper.types import ConsensusPrice, Quote, Rejection, RejectionReason

SNAPSHOT = "0x" + "ab" * 32
ROUND = RoundRecord(0, 7, "0x" + "01" * 32, "{}", "[]", RoundStatus.SIGNED, SNAPSHOT, 1_700_000_000)
QUOTE = Quote("kraken", "kraken", 1, Decimal("50000.10"), Decimal("0.05"), 1_700_000_000, 1_700_000_001)
PRICE = ConsensusPrice(
    underlying=1,
    price=Decimal("50000.10"),
    confidence=Decimal("12.3"),
    observed_at=1_700_000_000,
    dispersion=0.001,
    accepted=(QUOTE,),
    rejected=(Rejection("poloniex", 1, RejectionReason.FROZEN, "same trade id for 900 s"),),
)


@pytest.fixture
def sqlite_store(tmp_path):
    opened = Store.open(tmp_path / "keeper.db")
    yield opened
    opened.close()


def test_rounds_survive_a_restart_and_move_on(opened):
    first = opened()
    first.save_round(ROUND)
    first.close()
    second = opened()
    assert second.rounds(0) == [ROUND]
    second.set_round_status(0, 7, ROUND.digest, RoundStatus.PUBLISHED, "0x" + "02" * 32)
    assert second.rounds(0, seq=7)[0].status is RoundStatus.PUBLISHED


def test_saving_a_round_again_updates_it_instead_of_doubling_it(store):
    store.save_round(ROUND)
    store.save_round(dataclasses.replace(ROUND, status=RoundStatus.SUPERSEDED))
    assert [record.status for record in store.rounds(0)] == [RoundStatus.SUPERSEDED]


LONG = json.dumps([[str(account), "1", str(10**21 // account)] for account in range(1, 400)])


def stored_rows(store):
    with store.engine.connect() as connection:
        return connection.exec_driver_sql("SELECT rows FROM rounds").scalar()


def test_rows_of_every_account_are_kept_in_less_than_half_of_their_length(store):
    store.save_round(dataclasses.replace(ROUND, rows=LONG))
    assert store.rounds(0)[0].rows == LONG
    assert len(stored_rows(store)) < len(LONG) / 2


def test_a_version_that_knew_no_packed_rows_finds_them_in_the_clear(store):
    store.save_round(dataclasses.replace(ROUND, rows=LONG))
    migrate.downgrade(store.engine, "0004")
    assert stored_rows(store) == LONG
    migrate.upgrade(store.engine)
    assert store.rounds(0)[0].rows == LONG


def test_rival_rounds_of_one_sequence_are_all_kept(store):
    store.save_round(ROUND)
    store.save_round(dataclasses.replace(ROUND, digest="0x" + "03" * 32))
    assert len(store.rounds(0, seq=7)) == 2


def test_a_published_rival_takes_the_place_of_one_that_a_reorganisation_has_thrown_out(store):
    rival = dataclasses.replace(ROUND, digest="0x" + "03" * 32)
    refused = dataclasses.replace(ROUND, digest="0x" + "04" * 32, status=RoundStatus.REFUSED)
    other_number = dataclasses.replace(ROUND, seq=ROUND.seq + 1)
    for record in (ROUND, rival, refused, other_number):
        store.save_round(record)
    for record in (other_number, ROUND, rival):
        store.set_round_status(record.lane, record.seq, record.digest, RoundStatus.PUBLISHED)
    statuses = {record.digest: record.status for record in store.rounds(0, seq=ROUND.seq)}
    assert statuses == {
        ROUND.digest: RoundStatus.SUPERSEDED,
        rival.digest: RoundStatus.PUBLISHED,
        refused.digest: RoundStatus.REFUSED,
    }
    assert store.rounds(0, seq=ROUND.seq + 1)[0].status is RoundStatus.PUBLISHED


def test_a_status_for_a_round_never_saved_is_refused(store):
    with pytest.raises(StoreError, match="never saved"):
        store.set_round_status(0, 8, ROUND.digest, RoundStatus.PUBLISHED)


def test_prices_keep_accepted_and_rejected_sources_exactly(store):
    store.save_prices(SNAPSHOT, [PRICE])
    store.save_prices(SNAPSHOT, [PRICE])
    assert store.prices(SNAPSHOT)[0]["price"] == Decimal("50000.10")
    accepted, rejected = store.sources(SNAPSHOT)
    assert (accepted["source"], accepted["accepted"], accepted["half_spread"]) == (
        "kraken",
        True,
        Decimal("0.05"),
    )
    assert (rejected["source"], rejected["accepted"], rejected["reason"]) == ("poloniex", False, "frozen")


def test_an_observation_is_named_by_its_block_and_round(store):
    name = f"{SNAPSHOT}:{2**40}"  # longer than a hash: a database that keeps lengths must have room for it
    store.save_prices(name, [PRICE])
    assert len(store.sources(name)) == 2


def test_prices_are_written_whole_or_not_at_all(store):
    broken = dataclasses.replace(PRICE, underlying=2, accepted=(dataclasses.replace(QUOTE, source=None),))
    with pytest.raises(StoreError):
        store.save_prices(SNAPSHOT, [PRICE, broken])
    assert store.prices(SNAPSHOT) == []
    assert store.sources(SNAPSHOT) == []


def test_liquidations_are_kept_once_in_order(store):
    events = [LiquidationRecord(1, seq, 5, "LiquidationStarted", "{}", 10, "0x00") for seq in (2, 1)]
    store.save_liquidations(events)
    store.save_liquidations(events)
    assert [record.seq for record in store.liquidations(account=5)] == [1, 2]
    assert store.liquidations(account=6) == []


def test_evidence_index_and_notes(store):
    store.index_evidence(SNAPSHOT, 100, 2_000)
    store.index_evidence(SNAPSHOT, 100, 2_000)
    assert [row["hash"] for row in store.evidence(since=100)] == [SNAPSHOT]
    assert store.evidence(since=101) == []
    store.set_meta("epoch", "1")
    store.set_meta("epoch", "2")
    assert store.get_meta("epoch") == "2"
    assert store.get_meta("absent") is None


def test_commits_are_synced_and_written_ahead(sqlite_store):
    with sqlite_store.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_the_migrations_build_exactly_the_declared_tables(store):
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata) == []


def tables_of(store):
    return set(inspect(store.engine).get_table_names())


def test_migrations_go_down_to_nothing_and_up_again(store):
    migrate.downgrade(store.engine, "base")
    assert tables_of(store) == {"alembic_version"}
    migrate.upgrade(store.engine)
    assert set(metadata.tables) < tables_of(store)


def revisions():
    """Every version of the schema, oldest first."""
    folder = Path(migrate.__file__).parent / "migrations/versions"
    return sorted(path.name.split("_")[0] for path in folder.glob("[0-9]*.py"))


@pytest.mark.parametrize("revision", revisions())
def test_each_migration_goes_down_and_up_again_around_rows(store, revision):
    """What every version knows, here a note, survives the way back to it and forth again."""
    store.set_meta("epoch", "7")
    store.save_prices(SNAPSHOT, [PRICE])
    migrate.downgrade(store.engine, revision)
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert context.get_current_revision() == revision
    migrate.upgrade(store.engine)
    assert store.get_meta("epoch") == "7"
    assert store.prices(SNAPSHOT)[0]["price"] == Decimal("50000.10")
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_missing_directory_is_named(tmp_path):
    with pytest.raises(StoreError, match="does not exist"):
        Store.open(tmp_path / "absent" / "keeper.db")


def test_a_directory_is_no_database(tmp_path):
    with pytest.raises(StoreError, match="is a directory"):
        Store.open(tmp_path)


def test_a_file_that_is_no_database_is_a_store_error(tmp_path):
    path = tmp_path / "keeper.db"
    path.write_bytes(b"not a database, but long enough to look at" * 100)
    with pytest.raises(StoreError):
        Store.open(path)
    assert path.read_bytes().startswith(b"not a database")


def test_a_database_may_be_named_by_url(tmp_path):
    by_url = Store.open(f"sqlite:///{tmp_path / 'keeper.db'}")
    by_url.set_meta("key", "value")
    by_url.close()
    by_path = Store.open(tmp_path / "keeper.db")
    assert by_path.get_meta("key") == "value"
    by_path.close()


@pytest.mark.parametrize(
    "url", ["keeper.db", "nosuch://database", "sqlite:////absent/keeper.db", "mysql://host/keeper"]
)
def test_a_url_that_names_no_database_is_a_store_error(url):
    with pytest.raises(StoreError):
        Store.open(url)


def test_a_server_that_is_not_there_is_a_store_error_without_the_password(tmp_path):
    with pytest.raises(StoreError, match="postgresql") as refused:
        Store.open(f"postgresql://keeper@/keeper?host={tmp_path}", password="secret")
    assert "secret" not in str(refused.value)
    with pytest.raises(StoreError) as unreadable:
        Store.open("keeper:hidden@host")
    assert "hidden" not in str(unreadable.value)


def test_a_server_commits_to_disk_whatever_its_default(postgres):
    store = Store.open(postgres.url())
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
        assert connection.exec_driver_sql("SHOW lock_timeout").scalar() == "10s"
    store.close()

"""Where each trail goes on is found without reading the history that lies before it."""

from __future__ import annotations

from sqlalchemy import text

from keeper.store import EventRecord, EventTable, IndexedBlock, Store
from keeper.store.database import transaction
from keeper.store.events import _ENDS


def event(contract: str, seq: int) -> EventRecord:
    return EventRecord(
        contract=contract,
        seq=seq,
        name="Contributed",
        arguments="{}",
        running_hash="0x" + "00" * 24,
        block_number=seq,
        log_index=0,
        transaction_hash="0x" + "11" * 32,
    )


def test_the_last_event_of_each_contract(store):
    table = EventTable(store.engine)
    assert table.last_of_each() == []
    lengths = {"Ledger": 5, "Lanes": 2, "Lanes lane 4": 7}
    events = [event(name, seq) for name, length in lengths.items() for seq in range(1, length + 1)]
    table.append(events, IndexedBlock(9, "0x09"))
    assert {record.contract: record.seq for record in table.last_of_each()} == lengths
    table.rollback(IndexedBlock(3, "0x03"))
    assert {record.contract: record.seq for record in table.last_of_each()} == {
        "Ledger": 3,
        "Lanes": 2,
        "Lanes lane 4": 3,
    }


def test_they_are_searched_for_and_no_table_is_read_whole(tmp_path):
    store = Store.open(tmp_path / "keeper.db")
    with transaction(store.engine) as connection:
        plan = connection.execute(text(f"EXPLAIN QUERY PLAN {_ENDS.compile(store.engine)}")).all()
    store.close()
    assert [step for *_, step in plan if step.startswith("SCAN events")] == []

"""Several processes of a keeper, or several keepers, on one database: nothing is doubled, lost or half there."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from structlog.testing import capture_logs

from keeper.errors import StoreError
from keeper.store import EventRecord, EventTable, IndexedBlock, MessageTable, RoundRecord, RoundStatus
from keeper.store.database import SLOW_SECONDS, exclusively, transaction
from tests.keeper.store.test_store import PRICE

SENDER, OTHER, TARGET = ("0x" + digits * 20 for digits in ("11", "22", "33"))
WRITERS, EACH = 4, 15


def together(*tasks):
    """Runs the tasks at once, each in a thread of its own; gives their results."""
    barrier = threading.Barrier(len(tasks))

    def run(task):
        barrier.wait()
        return task()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return [future.result() for future in [pool.submit(run, task) for task in tasks]]


def test_a_transaction_that_waits_for_a_neighbour_is_told_of(opened):
    holding, waiting = opened(), opened()
    held, seconds = threading.Event(), SLOW_SECONDS + 0.4

    def hold():
        with transaction(holding.engine) as connection:
            exclusively(connection, "held")
            held.set()
            time.sleep(seconds)

    def wait():
        held.wait()
        with transaction(waiting.engine) as connection:
            exclusively(connection, "held")

    with capture_logs() as lines:
        together(hold, wait)
        waiting.set_meta("quick", "1")
    assert [line["event"] for line in lines] == ["store.slow", "store.slow"]
    assert min(line["seconds"] for line in lines) >= SLOW_SECONDS


def plan(table, sender, key):
    return table.plan(chain_id=1, sender=sender, intent_key=key, target=TARGET, data=b"", chain_nonce=3).nonce


def test_keepers_that_start_at_once_migrate_once(opened):
    stores = together(*[opened] * WRITERS)
    stores[0].set_meta("a", "1")
    assert [store.get_meta("a") for store in stores] == ["1"] * WRITERS


def test_nonces_of_one_sender_are_handed_out_once_whoever_asks(opened):
    stores = [opened() for _ in range(WRITERS)]

    def planner(number):
        table = MessageTable(stores[number].engine)
        return lambda: [plan(table, SENDER, f"{number}/{i}") for i in range(EACH)]

    nonces = [nonce for some in together(*map(planner, range(WRITERS))) for nonce in some]
    assert sorted(nonces) == list(range(3, 3 + WRITERS * EACH))


def test_senders_do_not_wait_for_one_another_and_keep_their_own_nonces(opened):
    stores = [opened(), opened()]

    def planner(store, sender):
        table = MessageTable(store.engine)
        return lambda: [plan(table, sender, f"{sender}/{i}") for i in range(EACH)]

    mine, theirs = together(planner(stores[0], SENDER), planner(stores[1], OTHER))
    assert mine == theirs == list(range(3, 3 + EACH))


def test_the_same_intent_from_two_sides_is_one_message(opened):
    tables = [MessageTable(opened().engine) for _ in range(WRITERS)]
    assert together(*[lambda t=table: plan(t, SENDER, "a") for table in tables]) == [3] * WRITERS


def test_one_of_two_advances_wins_and_the_other_says_so(opened):
    tables = [MessageTable(opened().engine) for _ in range(2)]
    plan(tables[0], SENDER, "a")
    message = tables[0].find("a")

    def signer(table, raw):
        def sign():
            try:
                return table.sign(message, raw, "0x" + raw.hex() * 32)
            except StoreError:
                return None

        return sign

    won = [done for done in together(signer(tables[0], b"\x0a"), signer(tables[1], b"\x0b")) if done]
    assert won == [tables[1].find("a")]


def test_the_same_round_saved_by_many_is_one_row(opened):
    record = RoundRecord(0, 7, "0x01", "{}", "[]", RoundStatus.SIGNED, "0x02", 1)
    stores = [opened() for _ in range(WRITERS)]
    together(*[lambda s=store: s.save_round(record) for store in stores])
    assert stores[0].rounds(0) == [record]


def test_of_two_indexers_of_one_block_one_commits_all_and_the_other_nothing(opened):
    tables = [EventTable(opened().engine) for _ in range(2)]
    events = [EventRecord("Ledger", seq, "Deposited", "{}", "0x00", 9, seq, "0x00") for seq in range(1, 40)]

    def indexer(table):
        def append():
            try:
                table.append(events, IndexedBlock(9, "0xaa"))
            except StoreError:
                return False
            return True

        return append

    assert sorted(together(*map(indexer, tables))) == [False, True]
    assert tables[0].count() == len(events)


def test_a_reader_sees_prices_with_all_their_sources_or_none(opened):
    writer, reader = opened(), opened()

    def write():
        for number in range(EACH):
            writer.save_prices(f"0x{number}", [PRICE])

    def read():
        seen = []
        while len(seen) < EACH:
            number = len(seen)
            if reader.prices(f"0x{number}"):
                seen.append(len(reader.sources(f"0x{number}")))
        return seen

    _, seen = together(write, read)
    assert seen == [2] * EACH

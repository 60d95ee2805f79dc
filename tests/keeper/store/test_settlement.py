"""Rounds get the status that the index tells, and lose it again with the block that told it."""

from __future__ import annotations

import dataclasses
import json

import pytest

from keeper.store import (
    EventRecord,
    EventTable,
    Inclusion,
    IndexedBlock,
    MessageTable,
    RoundRecord,
    RoundStatus,
    settle_rounds,
    settlement,
)

DEPTH = 10
SNAPSHOT, RIVAL = "0x" + "ab" * 32, "0x" + "cd" * 32
ROUND = RoundRecord(0, 7, "0x" + "01" * 32, "{}", "[]", RoundStatus.SIGNED, SNAPSHOT, 1_700_000_000)
OTHER = dataclasses.replace(ROUND, digest="0x" + "02" * 32, snapshot=RIVAL)


def accepted(record: RoundRecord, block: int, *, name: str = "RoundAccepted") -> EventRecord:
    arguments = {"lane": record.lane, "snapshot": record.snapshot, "observedAt": record.observed_at}
    own = name == "LaneRoundAccepted"
    return EventRecord(
        contract="StateLane" if own else f"SignedLanes lane {record.lane}",
        seq=900 if own else record.seq,
        name=name,
        arguments=json.dumps({**arguments, **({"laneSeq": record.seq} if own else {})}),
        running_hash="0x" + "00" * 24,
        block_number=block,
        log_index=0,
        transaction_hash=transaction_of(record),
    )


def transaction_of(record: RoundRecord) -> str:
    return "0x" + record.digest[2:4] * 32


def statuses(store, lane: int = 0) -> dict[str, RoundStatus]:
    return {record.digest: record.status for record in store.rounds(lane)}


@pytest.fixture
def index(store):
    return EventTable(store.engine)


def test_a_round_whose_keeper_died_before_it_noted_the_block_is_published(store, index):
    store.save_round(ROUND)
    index.append([accepted(ROUND, 5)], IndexedBlock(6, "0x06"))
    assert settle_rounds(store.engine, final_depth=DEPTH) == 1
    (record,) = store.rounds(0)
    assert (record.status, record.transaction_hash) == (RoundStatus.PUBLISHED, transaction_of(ROUND))
    assert settle_rounds(store.engine, final_depth=DEPTH) == 0


def test_a_keeper_that_never_signed_anything_settles_nothing(store, index):
    index.append([], IndexedBlock(5, "0x05"))
    assert settle_rounds(store.engine, final_depth=DEPTH) == 0
    index.append([accepted(ROUND, 6)], IndexedBlock(6, "0x06"))
    assert settle_rounds(store.engine, final_depth=DEPTH) == 0


def test_the_rounds_of_a_lane_with_a_contract_of_its_own_are_known_by_their_lanes_number(store, index):
    state = dataclasses.replace(ROUND, lane=3)
    store.save_round(state)
    index.append([accepted(state, 5, name="LaneRoundAccepted")], IndexedBlock(6, "0x06"))
    settle_rounds(store.engine, final_depth=DEPTH)
    assert statuses(store, 3) == {ROUND.digest: RoundStatus.PUBLISHED}


def test_what_another_keeper_published_supersedes_what_this_one_had_in_the_chain_before(store, index):
    for record in (ROUND, OTHER):
        store.save_round(record)
    store.set_round_status(0, 7, ROUND.digest, RoundStatus.PUBLISHED, transaction_of(ROUND))
    index.append([accepted(OTHER, 5)], IndexedBlock(6, "0x06"))
    assert settle_rounds(store.engine, final_depth=DEPTH) == 2
    assert statuses(store) == {ROUND.digest: RoundStatus.SUPERSEDED, OTHER.digest: RoundStatus.PUBLISHED}


def test_a_stranger_s_round_supersedes_every_one_of_its_number(store, index):
    store.save_round(ROUND)
    index.append([accepted(OTHER, 5)], IndexedBlock(6, "0x06"))
    settle_rounds(store.engine, final_depth=DEPTH)
    assert statuses(store) == {ROUND.digest: RoundStatus.SUPERSEDED}


def test_a_published_round_in_no_block_any_more_is_signed_again_until_it_is_back(store, index):
    store.save_round(ROUND)
    index.append([], IndexedBlock(4, "0x04"))
    index.append([accepted(ROUND, 5)], IndexedBlock(6, "0x06"))
    settle_rounds(store.engine, final_depth=DEPTH)
    index.rollback(IndexedBlock(4, "0x04"))
    index.append([], IndexedBlock(6, "0x16"))
    assert settle_rounds(store.engine, final_depth=DEPTH) == 1
    (record,) = store.rounds(0)
    assert (record.status, record.transaction_hash) == (RoundStatus.SIGNED, None)
    index.append([accepted(ROUND, 7)], IndexedBlock(7, "0x17"))
    assert settle_rounds(store.engine, final_depth=DEPTH) == 1
    assert statuses(store) == {ROUND.digest: RoundStatus.PUBLISHED}


def test_what_the_outbox_has_in_a_block_is_left_where_the_index_has_not_come_to_it(store, index):
    messages = MessageTable(store.engine)
    planned = messages.plan(
        chain_id=1, sender="0x01", intent_key="round", target="0x02", data=b"", chain_nonce=0
    )
    kept = messages.sign(planned, b"raw", transaction_of(ROUND))
    messages.mine(messages.accept(kept, 1), Inclusion(transaction_of(ROUND), 9, "0x09", 1))
    store.save_round(ROUND)
    store.set_round_status(0, 7, ROUND.digest, RoundStatus.PUBLISHED, transaction_of(ROUND))
    index.append([], IndexedBlock(6, "0x06"))
    assert settle_rounds(store.engine, final_depth=DEPTH) == 0
    assert statuses(store) == {ROUND.digest: RoundStatus.PUBLISHED}


def test_nothing_is_claimed_where_two_rounds_could_be_the_accepted_one(store, index):
    twin = dataclasses.replace(ROUND, digest="0x" + "03" * 32, rows="[1]")
    for record in (ROUND, twin):
        store.save_round(record)
    index.append([accepted(ROUND, 5)], IndexedBlock(6, "0x06"))
    assert settle_rounds(store.engine, final_depth=DEPTH) == 0


def test_final_rounds_are_not_looked_at_again_unless_the_index_is_rolled_back_beyond_them(store, index):
    store.save_round(ROUND)
    index.append([accepted(ROUND, 5)], IndexedBlock(6, "0x06"))
    index.append([], IndexedBlock(5 + DEPTH, "0x0f"))
    settle_rounds(store.engine, final_depth=DEPTH)
    store.set_round_status(0, 7, ROUND.digest, RoundStatus.SIGNED)
    assert settle_rounds(store.engine, final_depth=DEPTH) == 0
    index.rollback(None)
    index.append([accepted(ROUND, 5)], IndexedBlock(5 + DEPTH, "0x0f"))
    assert settle_rounds(store.engine, final_depth=DEPTH) == 1
    assert statuses(store) == {ROUND.digest: RoundStatus.PUBLISHED}


def test_a_long_history_is_taken_in_over_several_rounds_and_nothing_is_reopened_meanwhile(
    store, index, monkeypatch
):
    monkeypatch.setattr(settlement, "MOST_EVENTS_AT_ONCE", 2)
    rounds = [
        dataclasses.replace(ROUND, seq=seq, digest=f"0x{seq:064x}", status=status)
        for seq, status in ((1, RoundStatus.SIGNED), (2, RoundStatus.SIGNED), (3, RoundStatus.PUBLISHED))
    ]
    for record in rounds:
        store.save_round(record)
    index.append([accepted(record, record.seq) for record in rounds], IndexedBlock(50, "0x50"))
    changes = [settle_rounds(store.engine, final_depth=DEPTH) for _ in range(4)]
    assert set(statuses(store).values()) == {RoundStatus.PUBLISHED}
    assert sum(changes) == 3
    assert changes[-1] == 0

"""What the daemon remembers is there after a restart, and each round is known by its own content."""

from __future__ import annotations

import dataclasses
import json
from decimal import Decimal

import pytest

from keeper.assess import HourlyMark
from keeper.canonical import canonical_text
from keeper.daemon.memory import StoreMemory, thinned
from keeper.daemon.ports import Published
from keeper.daemon.proposal import LaneRound
from keeper.decide.mode import LastMode
from keeper.errors import EvidenceError, StoreError
from keeper.store import EvidenceStore, RoundStatus, Store
from keeper.types import Mode
from keeper.wire import LANE_MARGIN_ROOTS
from tests.keeper.daemon.daemon_cases import NUMBER, computed, lanes_of, own_round
from tests.keeper.market_cases import NOW, observation, quotes

BUNDLE = canonical_text(own_round().bundle)
LANES = lanes_of(own_round())


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "evidence").mkdir()
    return tmp_path


@pytest.fixture
def open_memory(folder):
    """Opens the same memory, as often as a keeper is restarted."""
    stores = []

    def opened() -> tuple[StoreMemory, Store]:
        store = Store.open(folder / "keeper.db")
        stores.append(store)
        return StoreMemory(store, EvidenceStore(folder / "evidence")), store

    yield opened
    for store in stores:
        store.close()


def published(lane: LaneRound) -> Published:
    return Published(lane.header.lane, lane.header.seq, lane.header.observed_at, "0x" + "05" * 32, 90_000)


def test_at_first_nothing_is_remembered(open_memory):
    memory, _ = open_memory()
    assert (memory.last_changes(), memory.recent_marks(), memory.last_mode()) == ({}, (), LastMode())
    assert memory.evidence("0x" + "00" * 32) is None
    assert memory.evidence("no hash at all") is None


def test_an_observed_round_is_carried_over_a_restart(open_memory):
    open_memory()[0].remember_observed(own_round())
    memory, store = open_memory()
    changes = memory.last_changes()
    assert len(changes) == len(quotes()) == 14
    price = next(q.price for q in quotes() if (q.source, q.underlying) == ("kraken", 1))
    assert changes["kraken", 1].price == price
    assert memory.recent_marks() == (own_round().assessment.mark,)
    assert memory.last_mode() == LastMode(Mode.NORMAL, own_round().mode.good_rounds, NUMBER)
    assert own_round().mode.good_rounds == 3
    name = f"{own_round().context.view.block.hash}:{own_round().context.number}"
    assert [row["price"] for row in store.prices(name)] == [p.price for p in own_round().prices]


def test_a_halted_round_is_remembered_without_a_mark(open_memory):
    halted = computed(seen=dataclasses.replace(observation(), quotes=()))
    memory, _ = open_memory()
    memory.remember_observed(own_round())
    memory.remember_observed(halted)
    assert halted.mode.mode is Mode.HALTED
    assert memory.last_mode().good_rounds == 0
    assert memory.recent_marks() == (own_round().assessment.mark,)


def test_a_proposed_round_is_kept_with_its_evidence(open_memory):
    open_memory()[0].remember_proposed(LANES, BUNDLE)
    memory, store = open_memory()
    snapshot = "0x" + LANES[0].header.snapshot.hex()
    assert memory.evidence(snapshot) == BUNDLE.encode()
    for lane in LANES:
        (record,) = store.rounds(lane.header.lane, seq=5)
        assert (record.status, record.snapshot) == (RoundStatus.SIGNED, snapshot)
        assert json.loads(record.header)["seq"] == 5
        assert len(json.loads(record.rows)) == len(lane.rows)
    assert [row["hash"] for row in store.evidence()] == [snapshot]


def test_only_the_published_one_of_rival_rounds_is_marked(open_memory):
    """Two leaders took the same sequence number; this keeper signed both and the chain took the first."""
    memory, store = open_memory()
    mine, other = LANES[0], dataclasses.replace(LANES[0].rows[0], price=LANES[0].rows[0].price + 1)
    rival = LaneRound(mine.header, (other, *mine.rows[1:]))
    memory.remember_proposed([mine], BUNDLE)
    memory.remember_proposed([rival], BUNDLE)
    memory.remember_published(mine, published(mine))
    found = {record.rows: record.status for record in store.rounds(0, seq=5)}
    assert sorted(found.values()) == [RoundStatus.PUBLISHED, RoundStatus.SIGNED]
    winner = next(rows for rows, status in found.items() if status is RoundStatus.PUBLISHED)
    assert json.loads(winner)[0][1] == str(mine.rows[0].price)


def test_the_newest_signed_number_of_a_lane_is_known_after_a_restart(open_memory):
    memory, store = open_memory()
    assert memory.newest_signed(0) == 0
    header = dataclasses.replace(LANES[0].header, seq=4)
    for lane in (LANES[0], LaneRound(header, LANES[0].rows)):
        memory.remember_proposed([lane], BUNDLE)
    store.set_round_status(0, 5, store.rounds(0, seq=5)[0].digest, RoundStatus.SUPERSEDED)
    memory, _ = open_memory()
    assert (memory.newest_signed(0), memory.newest_signed(3)) == (5, 0)


def test_publishing_survives_a_restart_in_between(open_memory):
    open_memory()[0].remember_proposed(LANES, BUNDLE)
    memory, store = open_memory()
    memory.remember_published(LANES[2], published(LANES[2]))
    (record,) = store.rounds(4, seq=5)
    assert (record.status, record.transaction_hash) == (RoundStatus.PUBLISHED, "0x" + "05" * 32)


def test_a_round_that_was_never_proposed_cannot_be_published(open_memory):
    with pytest.raises(StoreError, match="was never saved"):
        open_memory()[0].remember_published(LANES[0], published(LANES[0]))


def test_a_bundle_in_another_spelling_is_refused_and_no_round_kept(open_memory):
    memory, store = open_memory()
    spaced = json.dumps(own_round().bundle, indent=1)
    with pytest.raises(EvidenceError, match="not canonical"):
        memory.remember_proposed(lanes_of(own_round(), spaced), spaced)
    assert store.rounds(0) == []


def marks(*times: int) -> list[HourlyMark]:
    return [HourlyMark(at, (Decimal(at), Decimal(1)), (0.5, 0.6)) for at in times]


def test_marks_are_thinned_to_the_newest_of_each_hour():
    hour = NOW
    kept = thinned(marks(hour - 1_800, hour - 60, hour, hour + 1, hour + 900))
    assert [mark.at for mark in kept] == [hour, hour + 900]


def test_marks_older_than_a_week_go():
    week = 7 * 86_400
    kept = thinned(marks(NOW - week - 3_600, NOW - week, NOW - week + 3_600, NOW))
    assert [mark.at for mark in kept] == [NOW - week + 3_600, NOW]
    assert thinned([]) == []


def test_the_newest_root_is_remembered_with_its_rows(open_memory):
    own = own_round()
    head = dataclasses.replace(LANES[2].header, lane=LANE_MARGIN_ROOTS)
    assert open_memory()[0].newest_root() is None
    for seq in (5, 6):
        lane = LaneRound(dataclasses.replace(head, seq=seq), own.margin_rows)
        open_memory()[0].remember_proposed([lane], BUNDLE)
    assert open_memory()[0].newest_root() == (6, head.observed_at, own.margin_rows)


def test_a_day_of_spending_is_remembered_and_no_more(open_memory):
    memory, _ = open_memory()
    memory.remember_proposed(LANES, BUNDLE)
    at = LANES[0].header.observed_at
    for lane, wei in zip(LANES, (10**19, 5, 7), strict=True):
        memory.remember_published(lane, dataclasses.replace(published(lane), cost_wei=wei))
    assert open_memory()[0].spent_wei(since=at) == 10**19 + 12
    assert memory.spent_wei(since=at + 1) == 0
    later = dataclasses.replace(published(LANES[0]), observed_at=at + 86_400, cost_wei=3)
    memory.remember_published(LANES[0], later)
    assert memory.spent_wei(since=0) == 3

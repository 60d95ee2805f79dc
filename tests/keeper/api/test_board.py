"""Snapshot and deltas say the same, whoever reads them, wherever the reading is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keeper.api import Board
from keeper.api.stream import first_frames
from keeper.candidates import CandidateDelta, CandidateSnapshot, Health, advanced
from keeper.errors import ServiceError
from tests.keeper.api.api_cases import TABLE, block, board, row, table

ROWS = st.builds(
    row, st.integers(1, 6), st.sampled_from(list(Health)), st.sampled_from(["100", "-5", "7.25"])
)
TABLES = st.lists(ROWS, max_size=6).map(lambda rows: table(*rows))
# What happens to one reader: a block, a failure of the chain, or losing the connection and coming back.
EVENTS = st.lists(
    st.one_of(TABLES, st.just("fail"), st.just("reconnect"), st.just("restart")), min_size=1, max_size=40
)


class Reader:
    """Holds a snapshot and applies what it is sent."""

    def __init__(self) -> None:
        self.held: CandidateSnapshot | None = None
        self.subscriber = None

    def connect(self, of: Board) -> None:
        self.subscriber = of.subscribe()
        known = ("", 0) if self.held is None else (self.held.stream, self.held.seq)
        for frame in first_frames(of, *known):
            self.take(frame)

    def take(self, frame) -> None:
        if isinstance(frame, CandidateSnapshot):
            self.held = frame
        elif isinstance(frame, CandidateDelta):
            self.held = advanced(self.held, frame)
        else:
            assert frame.seq == self.held.seq

    def drain(self) -> None:
        while not self.subscriber.frames.empty():
            self.take(self.subscriber.frames.get_nowait())


@given(EVENTS, st.integers(1, 6), st.booleans())
def test_snapshot_and_deltas_are_the_next_snapshot_however_often_the_reader_is_cut_off(
    events, ring, attentive
):
    present, lives = board(ring=ring), 0
    reader = Reader()
    reader.connect(present)
    for number, event in enumerate(events, start=2):
        if event == "reconnect":
            present.unsubscribe(reader.subscriber)  # with whatever it has not read yet
            reader.connect(present)
        elif event == "restart":
            lives += 1
            present = Board(stream=f"life{lives}", ring=ring)
            present.apply(block(number), TABLE)
            reader.connect(present)
        elif event == "fail":
            present.fail("no node answers")
        else:
            present.apply(block(number), event)
        if attentive:
            reader.drain()
            assert reader.held == present.snapshot()
    reader.drain()
    assert reader.held == present.snapshot()


def test_a_gap_older_than_the_ring_is_answered_with_a_fresh_snapshot():
    present = board(*([TABLE] * 5), ring=3)
    assert [d.seq for d in present.since("5eed", 2)] == [3, 4, 5]
    assert present.since("5eed", 1) is None
    (frame,) = first_frames(present, "5eed", 1)
    assert frame == present.snapshot()


@pytest.mark.parametrize(("stream", "seq"), [("other", 2), ("5eed", 0), ("5eed", 9), ("5eed", -1)])
def test_a_sequence_that_is_not_ours_is_answered_with_a_fresh_snapshot(stream, seq):
    present = board(TABLE, TABLE)
    assert first_frames(present, stream, seq) == [present.snapshot()]


def test_a_delta_that_does_not_follow_is_refused():
    present = board(TABLE, TABLE, TABLE)
    late = present.since("5eed", 2)[0]
    early = CandidateSnapshot(stream="5eed", seq=1, block=block(1), candidates=[])
    with pytest.raises(ServiceError, match="5eed/3 does not follow 5eed/1"):
        advanced(early, late)


def test_a_reader_that_waits_too_long_is_let_go_and_keeps_nothing():
    present = board(most_waiting=2)
    slow, quick = present.subscribe(), present.subscribe()
    for number in (2, 3, 4, 5):
        present.apply(block(number), TABLE)
        if number < 5:
            assert quick.frames.get_nowait().seq == number
    assert (slow.dropped, slow.frames.get_nowait(), slow.frames.empty()) == (True, None, True)
    assert (quick.dropped, quick.frames.get_nowait().seq) == (False, 5)


def test_no_more_readers_than_the_limit():
    present = board(most_readers=1)
    first = present.subscribe()
    assert present.subscribe() is None
    present.unsubscribe(first)
    assert present.subscribe() is not None


def test_a_failure_before_the_first_block_and_a_second_one_add_nothing():
    empty = Board(stream="5eed")
    empty.fail("no node")
    assert empty.snapshot() is None
    present = board()
    for _ in range(2):
        present.fail("no node")
    assert present.newest.seq == 2

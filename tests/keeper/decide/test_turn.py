"""Whose turn it is to publish."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keeper.decide.turn import is_done, is_due, is_overtaken, rank


def test_leadership_rotates_and_everyone_has_a_distinct_rank() -> None:
    for number in range(7):
        assert sorted(rank(number=number, signer=s, signers=3) for s in range(3)) == [0, 1, 2]
    assert [rank(number=n, signer=0, signers=3) for n in range(4)] == [0, 2, 1, 0]


def test_leader_publishes_at_the_start_of_a_round_and_followers_wait_their_delay() -> None:
    common = {"interval_seconds": 900, "takeover_seconds": 20, "done": False}
    assert is_due(now=900, rank=0, **common)
    assert not is_due(now=919, rank=1, **common)
    assert is_due(now=920, rank=1, **common)


@given(now=st.integers(1, 2**40), interval=st.integers(1, 10**5), rank=st.integers(0, 30))
def test_a_round_that_was_published_is_never_due_again(now: int, interval: int, rank: int) -> None:
    assert not is_due(now=now, interval_seconds=interval, rank=rank, takeover_seconds=20, done=True)


def test_a_round_is_done_when_the_sequence_moved() -> None:
    assert not is_done(sequence_before=4, sequence_now=4)
    assert is_done(sequence_before=4, sequence_now=5)


@pytest.mark.parametrize(
    ("before", "now", "overtaken"),
    [
        ({0: 4, 1: 4, 4: 4}, {0: 4, 1: 4, 4: 4}, False),
        ({0: 4, 1: 3, 4: 3}, {0: 4, 1: 4, 4: 3}, True),
        ({0: 4, 1: 4, 4: 3}, {0: 4, 1: 4, 4: 4}, True),
        ({0: 4, 1: 4, 4: 4}, {0: 5, 1: 5, 4: 4}, False),  # this round is done
        ({0: 4, 1: 4}, {0: 4, 1: 4, 2: 1}, True),
    ],
)
def test_a_round_is_overtaken_by_the_tail_of_the_last_one(before, now, overtaken) -> None:
    assert is_overtaken(viewed=before, now=now, sequence_before=4) is overtaken


@pytest.mark.parametrize(
    ("now", "overtaken"),
    [
        ({0: 3, 1: 3}, False),  # still taken back
        ({0: 4, 1: 3}, True),  # what the chain had before is back
        ({0: 4, 1: 4}, True),
        ({0: 2, 1: 3}, True),  # more was taken back
        ({0: 5, 1: 4}, False),  # this round is done
    ],
)
def test_a_round_is_overtaken_and_not_done_by_what_returns_after_a_reorganisation(now, overtaken) -> None:
    assert is_overtaken(viewed={0: 3, 1: 3}, now=now, sequence_before=4) is overtaken
    assert is_done(sequence_before=4, sequence_now=now[0]) is (now[0] == 5)

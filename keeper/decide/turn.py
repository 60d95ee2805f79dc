"""Whose turn it is to publish a round."""

from __future__ import annotations

from collections.abc import Mapping

from keeper.wire import LANE_PRICES


def round_number(*, now: int, interval_seconds: int) -> int:
    """The round that `now` belongs to: floor(now / interval)."""
    return now // interval_seconds


def rank(*, number: int, signer: int, signers: int) -> int:
    """0 for the round's leader, 1 for the first to take over, ...; leadership rotates by one each round."""
    return (signer - number) % signers


def is_done(*, sequence_before: int, sequence_now: int) -> bool:
    """Whether somebody published since this round began: the price lane's sequence number has moved."""
    return sequence_now > sequence_before


def is_overtaken(*, before: Mapping[int, int], now: Mapping[int, int]) -> bool:
    """Whether the last round's tail came after this one was viewed: another lane moved, the prices did not.

    Keepers that looked before and after it expect different sequence numbers, and would refuse each other all round.
    """
    return before[LANE_PRICES] == now[LANE_PRICES] and dict(before) != dict(now)


def is_due(*, now: int, interval_seconds: int, rank: int, takeover_seconds: int, done: bool) -> bool:
    """True once this rank's delay into the round has passed and nobody has published it.

    Two keepers publishing at once waste gas at most: the contract accepts each sequence number once.
    """
    start = round_number(now=now, interval_seconds=interval_seconds) * interval_seconds
    return not done and now >= start + rank * takeover_seconds

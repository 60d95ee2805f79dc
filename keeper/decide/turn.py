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
    """Whether somebody published since this round began: the price lane's sequence number has moved.

    `sequence_before` is the highest that was ever seen or signed before it: what is mined late, and what returns after
    a reorganisation, is an older round's.
    """
    return sequence_now > sequence_before


def is_overtaken(*, viewed: Mapping[int, int], now: Mapping[int, int], sequence_before: int) -> bool:
    """Whether the chain moved on from what this round was viewed at, or back, and yet not by this round's prices.

    The last round's tail came late, or it was taken back, or it returned. Keepers that looked before and after it
    expect different sequence numbers, and would refuse each other all round.
    """
    done = is_done(sequence_before=sequence_before, sequence_now=now[LANE_PRICES])
    return not done and dict(viewed) != dict(now)


def is_due(*, now: int, interval_seconds: int, rank: int, takeover_seconds: int, done: bool) -> bool:
    """True once this rank's delay into the round has passed and nobody has published it.

    Two keepers publishing at once waste gas at most: the contract accepts each sequence number once.
    """
    start = round_number(now=now, interval_seconds=interval_seconds) * interval_seconds
    return not done and now >= start + rank * takeover_seconds

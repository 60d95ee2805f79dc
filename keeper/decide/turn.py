"""Whose turn it is to publish a round."""

from __future__ import annotations


def round_number(*, now: int, interval_seconds: int) -> int:
    """The round that `now` belongs to: floor(now / interval)."""
    return now // interval_seconds


def rank(*, number: int, signer: int, signers: int) -> int:
    """0 for the round's leader, 1 for the first to take over, ...; leadership rotates by one each round."""
    return (signer - number) % signers


def is_due(
    *, now: int, last_observed_at: int, interval_seconds: int, rank: int, takeover_seconds: int
) -> bool:
    """True once a new round has begun since the last accepted one and this rank's delay has passed.

    Two keepers publishing at once waste gas at most: the contract accepts each sequence number once.
    """
    start = round_number(now=now, interval_seconds=interval_seconds) * interval_seconds
    return last_observed_at < start and now >= start + rank * takeover_seconds

"""Why a row is worth publishing, strongest reason first, and which reasons can wait."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Cause(StrEnum):
    """In falling order of urgency."""

    FIRST = "first"
    MODE = "mode"
    DEVIATION = "deviation"
    PORTFOLIO = "portfolio"
    RISE = "rise"
    EXPIRING = "expiring"
    FALL = "fall"
    HEARTBEAT = "heartbeat"


# A heartbeat may be missed once; from its second on the chain's own age limits come near.
ROUTINE = frozenset({Cause.FALL, Cause.HEARTBEAT})
EXPIRING_BEATS = 2
_ORDER = {cause: place for place, cause in enumerate(Cause)}


def strongest(causes: Iterable[Cause | None]) -> Cause | None:
    """The most urgent of them; None of nothing."""
    return min((cause for cause in causes if cause is not None), key=_ORDER.__getitem__, default=None)


def by_age(age: int, beat: int) -> Cause | None:
    """HEARTBEAT from one beat on, EXPIRING from the second on."""
    if age >= EXPIRING_BEATS * beat:
        return Cause.EXPIRING
    return Cause.HEARTBEAT if age >= beat else None

"""Why a keeper is not ready, from what it knows without asking anybody."""

from __future__ import annotations

from collections.abc import Mapping

from keeper.daemon.progress import Stage
from keeper.types import Mode

# A round is a keeper's whole work; one may fail, and another keeper leads the next.
MOST_ROUNDS_BEHIND = 3
PUBLISHING = frozenset({Mode.NORMAL, Mode.DEGRADED})


def obstacle(*, overdue: Mapping[Stage, float], number: int | None, finished: int | None) -> str:
    """The first reason, empty where there is none. number: of the round that the clock shows. finished: of the last
    round with nothing left to do, or the round before the first one seen."""
    for stage, seconds in overdue.items():
        return f"stuck: {stage.value} for {seconds:.0f} s"
    if number is not None and finished is not None and number - finished > MOST_ROUNDS_BEHIND:
        return f"behind: round {number}, the last finished one is {finished}"
    return ""

"""Which stage of the work runs now and for how long: the difference between a keeper that is busy and one that hangs.

A process that hangs is the failure that is seen last: it answers, it holds its port, and nothing comes of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum


class Stage(StrEnum):
    """In the order of a cycle; TEND runs beside it."""

    READ = "read"
    OBSERVE = "observe"
    ASSESS = "assess"
    SIGN = "sign"
    PUBLISH = "publish"
    TEND = "tend"


# Longest honest time of each in seconds: several timeouts of what it waits for, one after the other.
LIMITS: Mapping[Stage, float] = {
    Stage.READ: 120.0,
    Stage.OBSERVE: 60.0,
    Stage.ASSESS: 180.0,
    Stage.SIGN: 60.0,
    Stage.PUBLISH: 120.0,
    Stage.TEND: 180.0,
}
# A loop that polls every second or so has not looked at the clock for so long.
SILENCE_SECONDS = 60.0
# Beyond this multiple of its limit only a restart helps.
_HOPELESS = 3.0


class Progress:
    """Counts by a monotonic clock. `finished` is told the seconds of every stage that ended."""

    def __init__(
        self,
        *,
        limits: Mapping[Stage, float] = LIMITS,
        clock: Callable[[], float] = time.monotonic,
        finished: Callable[[Stage, float], None] = lambda _stage, _seconds: None,
    ) -> None:
        self.limits = limits
        self._clock = clock
        self._finished = finished
        self._running: dict[object, tuple[Stage, float]] = {}
        self._looked = clock()

    def look(self) -> None:
        """The loop looked at the clock."""
        self._looked = self._clock()

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        """Around the work of one stage; it counts as running until the block ends, however it ends."""
        entry, began = object(), self._clock()
        self._running[entry] = (stage, began)
        try:
            yield
        finally:
            del self._running[entry]
            self.look()
            self._finished(stage, self._clock() - began)

    def running_seconds(self, stage: Stage) -> float:
        """How long the longest run of this stage goes on already; 0 where none does."""
        now = self._clock()
        return max((now - began for kind, began in self._running.values() if kind is stage), default=0.0)

    def overdue(self) -> dict[Stage, float]:
        """Stages that run for longer than their limit, with their seconds."""
        seconds = {stage: self.running_seconds(stage) for stage in self.limits}
        return {stage: s for stage, s in seconds.items() if s > self.limits[stage]}

    def is_live(self) -> bool:
        """False where only a restart helps: the loop is silent with no stage at work, or one hangs beyond hope."""
        if any(self.running_seconds(stage) > _HOPELESS * limit for stage, limit in self.limits.items()):
            return False
        return bool(self._running) or self._clock() - self._looked < SILENCE_SECONDS

"""Where the keeper gets its time: a port, so that demos and replays can own it."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Gives the present in integer unix seconds."""

    def now(self) -> int: ...


class WallClock:
    """The machine's clock."""

    def now(self) -> int:
        return int(time.time())


class ManualClock:
    """A clock that stands where it was set; for tests and for conductors."""

    def __init__(self, now: int) -> None:
        self._now = now

    def now(self) -> int:
        return self._now

    def set(self, now: int) -> None:
        """Moves the clock; it never goes back."""
        if now < self._now:
            raise ValueError(f"clock may not go back from {self._now} to {now}")
        self._now = now

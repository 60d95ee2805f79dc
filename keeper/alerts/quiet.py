"""Hours of the day, UTC, in which only critical alerts are sent."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DAY_MINUTES = 24 * 60
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `begin` up to, not including, `end`, in minutes of the day; over midnight where `end` is smaller. Equal ends
    are no quiet hours at all."""

    begin: int = 0
    end: int = 0

    @classmethod
    def between(cls, begin: str, end: str) -> QuietHours:
        """Of two times `HH:MM`. Raises ValueError for other forms."""
        return cls(_minutes(begin), _minutes(end))

    def contain(self, now: int) -> bool:
        """Whether the unix second `now` lies in them."""
        minute = now // 60 % _DAY_MINUTES
        return (minute - self.begin) % _DAY_MINUTES < (self.end - self.begin) % _DAY_MINUTES


NEVER_QUIET = QuietHours()


def _minutes(clock: str) -> int:
    found = _CLOCK.fullmatch(clock)
    if found is None:
        raise ValueError(f"{clock!r} is no time of day in the form HH:MM")
    return int(found[1]) * 60 + int(found[2])

"""Pauses that double with each failure and end with a success. Times are of one monotonic clock, in seconds."""

from __future__ import annotations


class Backoff:
    """No pause before the first failure."""

    def __init__(self, first_seconds: float, most_seconds: float) -> None:
        self._first, self._most = first_seconds, most_seconds
        self._failures = 0
        self._until = 0.0

    def is_over(self, now: float) -> bool:
        return now >= self._until

    @property
    def seconds(self) -> float:
        """Of the present pause, 0 after a success."""
        return 0.0 if not self._failures else min(self._first * 2.0 ** (self._failures - 1), self._most)

    def failed(self, now: float) -> None:
        self._failures = min(self._failures + 1, 64)
        self._until = now + self.seconds

    def succeeded(self) -> None:
        self._failures, self._until = 0, 0.0

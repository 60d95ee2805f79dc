"""What of a stream of alarms reaches people: severity, repetition, quiet hours. Pure but for what was sent before."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from keeper.alarms import Alarm, Severity
from keeper.alerts.quiet import NEVER_QUIET, QuietHours


class Outcome(StrEnum):
    """What became of an alarm."""

    SENT = "sent"
    DUPLICATE = "duplicate"
    HELD = "held"
    MINOR = "minor"
    DROPPED = "dropped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class AlertPolicy:
    """Alarms below `least` are not sent; the same alarm about the same subject is sent once in `repeat_seconds`."""

    least: Severity = Severity.WARNING
    repeat_seconds: int = 1800
    quiet: QuietHours = NEVER_QUIET


@dataclass(frozen=True, slots=True)
class Judgement:
    """`repeats`: how often the same was raised, and not sent, since it was last sent."""

    outcome: Outcome
    repeats: int = 0


class AlertGate:
    """Judges alarms in the order they are raised; keeps one entry for each subject of the last window."""

    def __init__(self, policy: AlertPolicy) -> None:
        self._policy = policy
        self._sent: dict[tuple[Alarm, str], tuple[int, int]] = {}
        self._held: dict[tuple[Alarm, str], int] = {}

    def judge(self, alarm: Alarm, subject: str, now: int) -> Judgement:
        """`now`: unix seconds of the wall clock."""
        if alarm.severity.rank < self._policy.least.rank:
            return Judgement(Outcome.MINOR)
        key = (alarm, subject)
        sent_at, repeats = self._sent.get(key, (None, 0))
        if sent_at is not None and 0 <= now - sent_at < self._policy.repeat_seconds:
            self._sent[key] = (sent_at, repeats + 1)
            return Judgement(Outcome.DUPLICATE, repeats + 1)
        if alarm.severity is not Severity.CRITICAL and self._policy.quiet.contain(now):
            self._held[key] = self._held.get(key, 0) + 1
            return Judgement(Outcome.HELD, self._held[key])
        self._forget(now)
        self._sent[key] = (now, 0)
        return Judgement(Outcome.SENT, repeats)

    def released(self, now: int) -> dict[tuple[Alarm, str], int]:
        """What was held, and how often, once the quiet hours have ended; nothing before."""
        if self._policy.quiet.contain(now):
            return {}
        held, self._held = self._held, {}
        return held

    def _forget(self, now: int) -> None:
        oldest = now - 2 * self._policy.repeat_seconds
        self._sent = {key: entry for key, entry in self._sent.items() if entry[0] > oldest}

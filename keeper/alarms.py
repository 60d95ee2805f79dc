"""What a keeper wakes people for: one name for each, its severity, and where the runbook explains it."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """In rising order. Critical ones pass quiet hours."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)


class Alarm(StrEnum):
    """Each has an entry of this name in docs/runbook.md."""

    PREFLIGHT_EXCEEDED = "preflight_exceeded"
    HALTED = "halted"
    DEGRADED = "degraded"
    NO_QUORUM = "no_quorum"
    PEER_DISAGREES = "peer_disagrees"
    CYCLE_FAILED = "cycle_failed"
    STUCK = "stuck"
    OUTBOX_UNTENDED = "outbox_untended"
    SENDER_LOW = "sender_low"
    ROUTINE_WAITS = "routine_waits"
    UNKNOWN_ACCOUNTS = "unknown_accounts"
    CHORE_OVERDUE = "chore_overdue"
    EXIT_GATE_CLOSED = "exit_gate_closed"
    TEST = "test"

    @property
    def severity(self) -> Severity:
        return _SEVERITIES[self]


_SEVERITIES = {
    Alarm.PREFLIGHT_EXCEEDED: Severity.CRITICAL,
    Alarm.HALTED: Severity.CRITICAL,
    Alarm.DEGRADED: Severity.WARNING,
    Alarm.NO_QUORUM: Severity.CRITICAL,
    Alarm.PEER_DISAGREES: Severity.WARNING,
    Alarm.CYCLE_FAILED: Severity.WARNING,
    Alarm.STUCK: Severity.CRITICAL,
    Alarm.OUTBOX_UNTENDED: Severity.WARNING,
    Alarm.SENDER_LOW: Severity.CRITICAL,
    Alarm.ROUTINE_WAITS: Severity.WARNING,
    Alarm.UNKNOWN_ACCOUNTS: Severity.WARNING,
    Alarm.CHORE_OVERDUE: Severity.WARNING,
    Alarm.EXIT_GATE_CLOSED: Severity.CRITICAL,
    Alarm.TEST: Severity.INFO,
}

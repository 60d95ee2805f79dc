"""What of a round people should know: a pure function of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from keeper.alarms import Alarm
from keeper.daemon.round import Round
from keeper.types import Mode

_NAMED = 10


@dataclass(frozen=True, slots=True)
class Notice:
    """An alarm with its words. `subject` tells alarms of one name apart."""

    alarm: Alarm
    text: str
    subject: str = ""


def notices_of(own: Round) -> Iterator[Notice]:
    """HALTED and DEGRADED, an exceeded preflight, accounts whose data failed."""
    number = own.context.number
    if own.mode.mode is Mode.HALTED:
        reasons = "; ".join(f"{underlying}: {reason}" for underlying, reason in sorted(own.missing.items()))
        yield Notice(Alarm.HALTED, f"round {number}: {own.mode.reason} ({reasons})")
    if own.mode.mode is Mode.DEGRADED:
        yield Notice(Alarm.DEGRADED, f"round {number}: {own.mode.reason}; ratios may only rise")
    found = own.preflight
    if found is not None and found.exceeded:
        accounts = _some(found.newly_liquidatable)
        yield Notice(
            Alarm.PREFLIGHT_EXCEEDED,
            f"round {number}: {found.exceeded}. No verdict is signed until a human looks. Accounts: {accounts}",
        )
    if found is not None and found.unknown:
        text = f"round {number}: the data of {len(found.unknown)} accounts failed: {_some(found.unknown)}"
        yield Notice(Alarm.UNKNOWN_ACCOUNTS, text)


def _some(accounts: tuple[int, ...]) -> str:
    more = f" and {len(accounts) - _NAMED} more" if len(accounts) > _NAMED else ""
    return ", ".join(map(str, accounts[:_NAMED])) + more if accounts else "none"

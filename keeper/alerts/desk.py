"""Between the keeper, which must never wait for a message to be sent, and the channel, which may take its time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from keeper.alarms import Alarm, Severity
from keeper.alerts.channel import Channel
from keeper.alerts.gate import AlertGate, Outcome
from keeper.clock import Clock

log = structlog.get_logger()

_MOST_WAITING = 100


@dataclass(frozen=True, slots=True)
class _Letter:
    alarm: Alarm
    title: str
    body: str


class AlertDesk:
    """Takes alarms, sends those that the gate lets through. `counted` is told what became of each."""

    def __init__(
        self,
        *,
        gate: AlertGate,
        channel: Channel | None,
        clock: Clock,
        keeper_name: str,
        counted: Callable[[Alarm, Outcome], None],
        poll_seconds: float = 30.0,
    ) -> None:
        self._gate = gate
        self._channel = channel
        self._clock = clock
        self._name = keeper_name
        self._counted = counted
        self._poll_seconds = poll_seconds
        self._waiting: asyncio.Queue[_Letter] = asyncio.Queue(_MOST_WAITING)

    def raise_alarm(self, alarm: Alarm, text: str, *, subject: str = "") -> None:
        """Returns at once. `subject` tells alarms of one name apart: a peer, an underlying, a stage."""
        judgement = self._gate.judge(alarm, subject, self._clock.now())
        log.info(
            "alert.raised", alarm=alarm.value, subject=subject, outcome=judgement.outcome.value, text=text
        )
        if judgement.outcome is not Outcome.SENT or self._channel is None:
            self._counted(alarm, judgement.outcome if self._channel is not None else Outcome.MINOR)
            return
        again = f" ({judgement.repeats} more since the last message)" if judgement.repeats else ""
        self._enqueue(_Letter(alarm, self._title(alarm, subject), f"{text}{again}\nrunbook: {alarm.value}"))

    async def run(self) -> None:
        """Sends until cancelled."""
        while True:
            try:
                letter = await asyncio.wait_for(self._waiting.get(), self._poll_seconds)
            except TimeoutError:
                self._release()
            else:
                await self._send(letter)
                self._waiting.task_done()

    async def flush(self, timeout_seconds: float) -> None:
        """Waits until what was raised has been sent, but not for ever."""
        try:
            await asyncio.wait_for(self._waiting.join(), timeout_seconds)
        except TimeoutError:
            log.warning("alert.unsent", letters=self._waiting.qsize())

    def _release(self) -> None:
        """One message for all that waited for the morning."""
        held = self._gate.released(self._clock.now())
        if held:
            lines = [
                f"{self._title(alarm, subject)}: {count} times" for (alarm, subject), count in held.items()
            ]
            worst = max((alarm for alarm, _ in held), key=lambda alarm: alarm.severity.rank)
            self._enqueue(_Letter(worst, f"[{self._name}] held during quiet hours", "\n".join(lines)))

    def _enqueue(self, letter: _Letter) -> None:
        try:
            self._waiting.put_nowait(letter)
        except asyncio.QueueFull:
            self._counted(letter.alarm, Outcome.DROPPED)
            log.error("alert.dropped", alarm=letter.alarm.value, waiting=_MOST_WAITING)

    async def _send(self, letter: _Letter) -> None:
        if self._channel is None:
            return
        failed = await self._channel.send(
            title=letter.title, body=letter.body, severity=letter.alarm.severity
        )
        self._counted(letter.alarm, Outcome.FAILED if failed else Outcome.SENT)
        if failed:
            log.error("alert.not_taken", alarm=letter.alarm.value, addresses=failed)

    def _title(self, alarm: Alarm, subject: str) -> str:
        about = f" ({subject})" if subject else ""
        urgent = "CRITICAL " if alarm.severity is Severity.CRITICAL else ""
        return f"[{self._name}] {urgent}{alarm.value.replace('_', ' ')}{about}"

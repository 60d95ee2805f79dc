"""The configured alerts, wired: addresses, gate, and the desk that the keeper hands its alarms to."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from keeper.alarms import Alarm, Severity
from keeper.alerts import (
    AlertDesk,
    AlertGate,
    AlertPolicy,
    AppriseChannel,
    Outcome,
    QuietHours,
    read_addresses,
)
from keeper.api.metrics import KeeperMetrics
from keeper.clock import WallClock
from keeper.config import KeeperSettings

# What was raised last is what people need most; a stop waits this long for it.
_FLUSH_SECONDS = 15.0


@asynccontextmanager
async def opened_desk(settings: KeeperSettings, metrics: KeeperMetrics) -> AsyncIterator[AlertDesk]:
    """Sends until the end of the block, and then what is still waiting."""

    def counted(alarm: Alarm, outcome: Outcome) -> None:
        metrics.alerts.labels(alarm.value, outcome.value).inc()

    desk = AlertDesk(
        gate=AlertGate(policy_of_alerts(settings)),
        channel=channel_of(settings),
        clock=WallClock(),
        keeper_name=f"keeper {settings.signer}, chain {settings.chain.chain_id}",
        counted=counted,
    )
    sending = asyncio.create_task(desk.run())
    try:
        yield desk
    finally:
        await desk.flush(_FLUSH_SECONDS)
        sending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sending


def policy_of_alerts(settings: KeeperSettings) -> AlertPolicy:
    alerts = settings.alerts
    return AlertPolicy(
        least=Severity(alerts.least_severity),
        repeat_seconds=alerts.repeat_seconds,
        quiet=QuietHours.between(alerts.quiet_from, alerts.quiet_until),
    )


def channel_of(settings: KeeperSettings) -> AppriseChannel | None:
    """None where no address is configured. Raises ConfigurationError for one that apprise does not know."""
    given = [url.get_secret_value() for url in settings.alerts.urls]
    addresses = read_addresses(given, settings.alerts.urls_file)
    return AppriseChannel(addresses, timeout_seconds=settings.alerts.timeout_seconds) if addresses else None

"""Where alerts go: apprise addresses. They carry tokens, so they are never printed, logged or put into an error."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import apprise

from keeper.alarms import Severity
from keeper.errors import ConfigurationError

_TYPES = {
    Severity.INFO: apprise.NotifyType.INFO,
    Severity.WARNING: apprise.NotifyType.WARNING,
    Severity.CRITICAL: apprise.NotifyType.FAILURE,
}
_OTHERS_MAY = 0o077
_TRIES = 3


class Channel(Protocol):
    """Sends one message to people; gives the number of addresses that did not take it."""

    async def send(self, *, title: str, body: str, severity: Severity) -> int: ...


class AppriseChannel:
    """Every configured address gets every message."""

    def __init__(
        self, addresses: Sequence[str], *, timeout_seconds: float = 10.0, retry_seconds: float = 5.0
    ) -> None:
        """Raises ConfigurationError, with the place in the list, for an address that apprise does not know."""
        _silence()
        asset = apprise.AppriseAsset(app_id="Tailguard", app_desc="Tailguard keeper", secure_logging=True)
        self._timeout, self._retry_seconds = timeout_seconds, retry_seconds
        self._notifiers = [apprise.Apprise(asset=asset) for _ in addresses]
        for place, (notifier, address) in enumerate(zip(self._notifiers, addresses, strict=True), start=1):
            if not notifier.add(address):
                raise ConfigurationError(
                    f"alert address {place} of {len(addresses)} is none that apprise knows: correct alerts.urls"
                )

    def __len__(self) -> int:
        return len(self._notifiers)

    async def send(self, *, title: str, body: str, severity: Severity) -> int:
        """All addresses at once; one that refuses, is silent or cannot be reached is tried again, alone."""
        taken = await asyncio.gather(
            *(self._deliver(notifier, title, body, severity) for notifier in self._notifiers)
        )
        return taken.count(False)

    async def _deliver(self, notifier: apprise.Apprise, title: str, body: str, severity: Severity) -> bool:
        for attempt in range(1, _TRIES + 1):
            work = asyncio.to_thread(notifier.notify, title=title, body=body, notify_type=_TYPES[severity])
            try:
                if await asyncio.wait_for(work, self._timeout):
                    return True
            except TimeoutError:
                pass
            if attempt < _TRIES:
                await asyncio.sleep(self._retry_seconds * attempt)
        return False


def read_addresses(given: Sequence[str], file: Path | None) -> tuple[str, ...]:
    """The addresses of the settings and those of a file, one a line; `#` begins a comment line.

    Raises ConfigurationError where others may read the file.
    """
    if file is None:
        return tuple(given)
    try:
        mode = file.stat().st_mode & 0o777
        lines = file.read_text(encoding="utf8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"alerts.urls_file {file} cannot be read: create it or correct the path"
        ) from error
    if mode & _OTHERS_MAY:
        raise ConfigurationError(f"alerts.urls_file {file} has mode {mode:o}: chmod 600 {file}")
    return (*given, *(line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")))


def _silence() -> None:
    """Its own log and that of its transport name addresses; what failed is told by `send`."""
    for name in ("apprise", "urllib3"):
        logger = logging.getLogger(name)
        logger.handlers = [logging.NullHandler()]
        logger.propagate = False

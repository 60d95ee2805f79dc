"""Beside the rounds: transactions that are not final, and what the sender has left to pay with."""

from __future__ import annotations

import asyncio
import time

import structlog

from keeper.alarms import Alarm
from keeper.daemon.common import Common
from keeper.daemon.ports import Publisher, Purse
from keeper.daemon.progress import Stage
from keeper.errors import KeeperError

log = structlog.get_logger()


class Upkeep:
    """A dry run sends nothing, so it tends nothing."""

    def __init__(
        self,
        common: Common,
        *,
        publisher: Publisher,
        purse: Purse | None,
    ) -> None:
        self._common = common
        self._publisher = publisher
        self._purse = purse

    async def tend(self) -> int:
        """Looks after transactions that are not final; gives how many are in no block.

        A node that does not answer is asked again next time.
        """
        if self._common.policy.dry_run:
            return 0
        try:
            with self._common.progress.stage(Stage.TEND):
                unfinished = await self._publisher.tend()
        except KeeperError as error:
            kind = type(error).__name__
            log.error("outbox.untended", error=kind, reason=str(error))
            self._common.alarms.raise_alarm(Alarm.OUTBOX_UNTENDED, str(error), subject=kind)
            return 0
        self._common.observability.tended(unfinished)
        log.debug("outbox.tended", unfinished=unfinished)
        return unfinished

    async def drain(self, timeout_seconds: float, *, poll_seconds: float = 1.0) -> int:
        """Tends until every transaction is mined or the time is over; gives how many are left for the next start."""
        if self._common.policy.dry_run:
            return 0
        ends, unfinished = time.monotonic() + timeout_seconds, 0
        while True:
            try:
                unfinished = await self._publisher.tend()
            except KeeperError as error:
                log.error("outbox.untended", error=type(error).__name__, reason=str(error))
                unfinished = max(unfinished, 1)
            if unfinished == 0 or time.monotonic() >= ends:
                log.info("outbox.drained" if unfinished == 0 else "outbox.left", unfinished=unfinished)
                return unfinished
            await asyncio.sleep(poll_seconds)

    async def look_into_purse(self) -> None:
        """Once a round; a balance that cannot be read is read next time."""
        if self._purse is None:
            return
        try:
            wei = await self._purse.balance_wei()
        except KeeperError as error:
            log.warning("purse.unread", error=type(error).__name__, reason=str(error))
            return
        self._common.observability.balance(wei)
        if wei < self._common.policy.low_balance_wei and not self._common.policy.dry_run:
            text = (
                f"the sender has {wei} wei, {self._common.policy.low_balance_wei} is the least it should have"
            )
            self._common.alarms.raise_alarm(Alarm.SENDER_LOW, text)

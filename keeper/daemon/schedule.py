"""APScheduler on wall time around a keeper; what time it is, the keeper asks its time source."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Awaitable, Callable, Sequence

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from keeper.daemon.keeper import Keeper

log = structlog.get_logger()

# Faster than blocks come, so that a stuck transaction is seen within one block of its patience running out.
_TEND_SECONDS = 5
# A transaction is outbid after half a minute of silence: two tries.
_DRAIN_SECONDS = 60.0


async def run_until_stopped(
    keeper: Keeper,
    *,
    poll_seconds: float,
    stop: asyncio.Event,
    tend_seconds: float = _TEND_SECONDS,
    drain_seconds: float = _DRAIN_SECONDS,
    beat: Callable[[], None] = lambda: None,
    beside: Sequence[tuple[Callable[[], Awaitable[object]], float]] = (),
) -> None:
    """Ticks every `poll_seconds`, never two at once, and looks after sent transactions every `tend_seconds`.

    A missed tick is not made up for. What is running when `stop` is set is finished first, and then the outbox, for
    `drain_seconds` at most. `beat` is called as often as transactions are looked after, while the keeper is live.
    `beside`: what else runs, each with its own seconds; the last run of it is finished too.
    """
    # A tick that outlasts the poll interval is normal: the next one is skipped, and need not be told of.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    scheduler = AsyncIOScheduler(timezone="UTC")

    async def watch() -> None:
        if keeper.watch():
            beat()

    own = ((keeper.tick, poll_seconds), (keeper.tend, tend_seconds), (watch, tend_seconds))
    jobs = [(_Job(function), seconds) for function, seconds in (*own, *beside)]
    for job, seconds in jobs:
        scheduler.add_job(
            job.run, "interval", seconds=seconds, max_instances=1, coalesce=True, misfire_grace_time=None
        )
    scheduler.start()
    log.info("keeper.started", signer=keeper.policy.signer, poll_seconds=poll_seconds)
    try:
        await stop.wait()
    finally:
        scheduler.pause()
        async with contextlib.AsyncExitStack() as finished:
            for job, _ in jobs:
                await finished.enter_async_context(job.running)
            scheduler.shutdown(wait=False)
        await keeper.drain(drain_seconds)
        log.info("keeper.stopped", signer=keeper.policy.signer)


class _Job:
    """What is done regularly; `running` is held while it is."""

    def __init__(self, function: Callable[[], Awaitable[object]]) -> None:
        self._function = function
        self.running = asyncio.Lock()

    async def run(self) -> None:
        async with self.running:
            await self._function()


def stop_on_signals(stop: asyncio.Event) -> None:
    """SIGINT and SIGTERM ask for a graceful stop."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # platforms without loop signal handlers
            loop.add_signal_handler(number, stop.set)

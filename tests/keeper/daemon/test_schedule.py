"""Ticks follow each other, never overlap, and the last one is finished before the daemon says that it stopped."""

from __future__ import annotations

import asyncio
import os
import signal
from types import SimpleNamespace

import pytest

from keeper.daemon.schedule import run_until_stopped, stop_on_signals


class Ticking:
    """Counts ticks that take `seconds` each; the first `failing` of them raise."""

    def __init__(self, seconds: float, failing: int = 0):
        self.policy = SimpleNamespace(signer=0)
        self.seconds, self.failing = seconds, failing
        self.running = self.most = self.begun = self.ended = self.tended = 0
        self.started = asyncio.Event()
        self.live, self.drained = True, None

    async def tend(self):
        self.tended += 1

    def watch(self) -> bool:
        return self.live

    async def drain(self, timeout_seconds):
        assert self.running == 0
        self.drained = timeout_seconds

    async def tick(self) -> bool:
        self.begun += 1
        self.running += 1
        self.most = max(self.most, self.running)
        self.started.set()
        try:
            await asyncio.sleep(self.seconds)
            if self.begun <= self.failing:
                raise RuntimeError("a fault nobody designed")
        finally:
            self.running -= 1
        self.ended += 1
        return True


async def test_a_running_tick_is_finished_before_stop_returns():
    keeper, stop = Ticking(0.4), asyncio.Event()
    running = asyncio.create_task(run_until_stopped(keeper, poll_seconds=0.05, stop=stop))
    await keeper.started.wait()
    stop.set()
    await running
    assert (keeper.begun, keeper.ended, keeper.running) == (1, 1, 0)
    await asyncio.sleep(0.2)
    assert keeper.begun == 1


async def test_sent_transactions_are_looked_after_while_a_tick_takes_long():
    keeper, stop = Ticking(0.5), asyncio.Event()
    running = asyncio.create_task(run_until_stopped(keeper, poll_seconds=0.05, stop=stop, tend_seconds=0.05))
    await keeper.started.wait()
    await asyncio.sleep(0.3)
    assert keeper.ended == 0
    assert keeper.tended >= 2
    stop.set()
    await running


async def test_ticks_never_overlap_however_short_the_poll():
    keeper, stop = Ticking(0.12), asyncio.Event()
    running = asyncio.create_task(run_until_stopped(keeper, poll_seconds=0.02, stop=stop))
    await asyncio.sleep(0.6)
    stop.set()
    await running
    assert keeper.most == 1
    assert keeper.ended >= 2
    assert keeper.begun == keeper.ended


async def test_a_tick_that_fails_does_not_end_the_daemon():
    keeper, stop = Ticking(0.0, failing=1), asyncio.Event()
    running = asyncio.create_task(run_until_stopped(keeper, poll_seconds=0.02, stop=stop))
    async with asyncio.timeout(5):
        while keeper.ended == 0:
            await asyncio.sleep(0.02)
    stop.set()
    await running
    assert keeper.begun > 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_asks_for_a_stop(number):
    stop = asyncio.Event()
    stop_on_signals(stop)
    try:
        os.kill(os.getpid(), number)
        async with asyncio.timeout(5):
            await stop.wait()
    finally:
        asyncio.get_running_loop().remove_signal_handler(number)
    assert stop.is_set()


async def test_what_runs_beside_never_overlaps_itself_and_is_finished_before_stop_returns():
    keeper, beside, stop = Ticking(0.01), Ticking(0.3), asyncio.Event()
    running = asyncio.create_task(
        run_until_stopped(keeper, poll_seconds=0.05, stop=stop, beside=[(beside.tick, 0.05)])
    )
    await beside.started.wait()
    stop.set()
    await running
    assert (beside.begun, beside.ended, beside.most) == (1, 1, 1)
    assert keeper.drained is not None

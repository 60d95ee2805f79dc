"""Runs the client on a feed: always on the newest snapshot, until asked to stop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from keeper.candidates import CandidateSnapshot
from keeper.liquidator.client import LiquidatorClient


async def run_client(
    client: LiquidatorClient,
    snapshots: AsyncIterator[CandidateSnapshot],
    *,
    stop: asyncio.Event,
    again_seconds: float = 2.0,
) -> None:
    """Looks whenever a newer snapshot came, and at the same one after `again_seconds`: auctions go on between blocks.

    Snapshots that come during a look are passed over but for the last. After `stop` the look in hand is finished.
    """
    newest: list[CandidateSnapshot] = []
    arrived = asyncio.Event()

    async def read() -> None:
        async for snapshot in snapshots:
            newest[:] = [snapshot]
            arrived.set()

    reading = asyncio.create_task(read())
    stopping = asyncio.create_task(stop.wait())
    try:
        while not stop.is_set():
            waiting = asyncio.create_task(arrived.wait())
            await asyncio.wait(
                {waiting, stopping, reading}, timeout=again_seconds, return_when=asyncio.FIRST_COMPLETED
            )
            waiting.cancel()
            if reading.done():
                reading.result()
            arrived.clear()
            if newest and not stop.is_set():
                await client.look(newest[0])
    finally:
        for task in (reading, stopping):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

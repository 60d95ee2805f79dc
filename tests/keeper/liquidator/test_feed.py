"""The feed over real streams: one state, whatever is cut, and the next keeper where one fails."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from aiohttp import web

from keeper.liquidator.feed import CandidateFeed, FeedPolicy
from tests.keeper.api.api_cases import TABLE, block, board, row, serving, table

HASTY = FeedPolicy(silence_seconds=0.5, pause_seconds=0.02, most_pause_seconds=0.05)
DEAD = "http://127.0.0.1:9"


async def following(feed, wanted):
    """Snapshots until one is as wanted."""
    async with asyncio.timeout(10):
        async for snapshot in feed.snapshots():
            if wanted(snapshot):
                return snapshot
    raise AssertionError("a feed never ends")


def address(session) -> str:
    return str(session._base_url).rstrip("/")


async def test_it_follows_the_board_through_a_lost_connection():
    filled = board()
    async with serving(filled=filled) as server, aiohttp.ClientSession() as session:
        feed = CandidateFeed(keepers=[DEAD, address(server)], session=session, policy=HASTY)
        assert await following(feed, lambda s: s.seq == 1) == filled.snapshot()
        # The reader goes, blocks come, it comes back: it resumes with what it missed.
        for number in (2, 3, 4):
            filled.apply(block(number), table(row(number)))
        assert await following(feed, lambda s: s.seq == 4) == filled.snapshot()


async def test_a_restarted_keeper_begins_anew():
    async with aiohttp.ClientSession() as session:
        async with serving(filled=board(TABLE, TABLE)) as server:
            feed = CandidateFeed(keepers=[address(server)], session=session, policy=HASTY)
            await following(feed, lambda s: s.seq == 2)
        fresh = board()
        async with serving(filled=fresh) as server:
            feed._keepers = (address(server),)
            assert await following(feed, lambda s: s.seq == 1) == fresh.snapshot()


@pytest.mark.parametrize(
    "frame",
    [
        "not json",
        "{}",
        '{"type":"delta","stream":"x","seq":7,"block":null,"changed":[],"gone":[]}',
        '{"type":"snapshot","stream":"x","seq":-1}',
        b"\x00",
        None,  # silence
    ],
)
async def test_a_keeper_that_sends_nonsense_or_nothing_is_left_for_the_next(frame):
    async def nonsense(request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if isinstance(frame, str):
            await socket.send_str(frame)
        elif frame is not None:
            await socket.send_bytes(frame)
        await socket.receive()
        return socket

    application = web.Application()
    application.router.add_get("/v1/candidates/stream", nonsense)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    bad = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with serving() as server, aiohttp.ClientSession() as session:
            feed = CandidateFeed(keepers=[bad, address(server)], session=session, policy=HASTY)
            assert (await following(feed, lambda s: s.stream == "5eed")).seq == 1
    finally:
        await runner.cleanup()

"""The stream over a real WebSocket: snapshot, deltas, resuming, heartbeats, and who is let go with which reason."""

from __future__ import annotations

import asyncio
import os

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keeper.api import Board
from keeper.api.stream import StreamLimits
from keeper.candidates import CandidateDelta, CandidateSnapshot, Health, advanced
from tests.keeper.api.api_cases import TABLE, block, board, row, serving, table

PATH = "/v1/candidates/stream"
FUZZ_EXAMPLES = int(os.environ.get("TAILGUARD_FUZZ_EXAMPLES", "0"))
QUICK = StreamLimits(heartbeat_seconds=0.05, send_seconds=1.0)
CALM = table(row(2))


async def frame(socket):
    message = await socket.receive(timeout=5)
    assert message.type is aiohttp.WSMsgType.TEXT, message
    return message.json()


async def closing(socket):
    """Code and reason, whatever was sent before."""
    while True:
        message = await socket.receive(timeout=5)
        if message.type is aiohttp.WSMsgType.CLOSE:
            return message.data, message.extra
        assert message.type is aiohttp.WSMsgType.TEXT, message


async def test_a_snapshot_then_deltas_that_lead_to_the_next_snapshot():
    filled = board()
    async with serving(filled=filled) as session, session.ws_connect(PATH) as socket:
        held = CandidateSnapshot.model_validate(await frame(socket))
        assert held == filled.snapshot()
        for number, rows in enumerate((CALM, table(row(2, Health.IN_AUCTION)), TABLE), start=2):
            filled.apply(block(number), rows)
            held = advanced(held, CandidateDelta.model_validate(await frame(socket)))
            assert held == filled.snapshot()


async def test_resuming_gives_what_was_missed_and_nothing_else():
    filled = board(TABLE, CALM, TABLE)
    async with serving(filled=filled) as session, session.ws_connect(f"{PATH}?stream=5eed&seq=1") as socket:
        missed = [await frame(socket) for _ in range(3)]
    assert [(f["type"], f["seq"]) for f in missed] == [("delta", 2), ("delta", 3), ("heartbeat", 3)]
    assert [f.get("gone") for f in missed] == [[2, 3, 4], [], None]


@pytest.mark.parametrize("query", ["stream=other&seq=2", "stream=5eed&seq=1", "stream=5eed&seq=x", "seq=²"])
async def test_what_cannot_be_resumed_begins_with_a_snapshot(query):
    filled = board(TABLE, CALM, TABLE, ring=1)
    async with serving(filled=filled) as session, session.ws_connect(f"{PATH}?{query}") as socket:
        assert (await frame(socket))["type"] == "snapshot"


async def test_heartbeats_say_that_nothing_was_missed():
    async with serving(stream_limits=QUICK) as session, session.ws_connect(PATH) as socket:
        await frame(socket)
        assert await frame(socket) == {"type": "heartbeat", "stream": "5eed", "seq": 1}


async def test_a_slow_reader_is_let_go_with_the_place_to_resume_from():
    filled = board(most_waiting=2)
    async with serving(filled=filled) as session, session.ws_connect(PATH) as socket:
        await frame(socket)
        for number in range(2, 9):  # within one step of the loop: nothing can be sent in between
            filled.apply(block(number), TABLE)
        assert await closing(socket) == (1008, "too slow: connect again with stream=5eed&seq=1")
        async with session.ws_connect(f"{PATH}?stream=5eed&seq=1") as again:
            assert (await frame(again))["seq"] == 2
    assert filled.readers == 0


async def test_a_reader_that_never_reads_does_not_hold_up_the_others():
    wide = table(*(row(number, Health.UNKNOWN) for number in range(1, 3_000)))
    filled = board(wide, most_waiting=4)
    limits = StreamLimits(heartbeat_seconds=5, send_seconds=0.2)
    async with serving(filled=filled, stream_limits=limits) as session:
        stuck = await session.ws_connect(PATH)
        stuck._reader._protocol.pause_reading()  # its socket buffers fill up
        async with session.ws_connect(PATH, max_msg_size=0) as socket:
            await frame(socket)
            for number in range(2, 60):
                filled.apply(block(number), wide if number % 2 else {})
                assert (await frame(socket))["seq"] == number
                if filled.readers == 1:
                    break
                await asyncio.sleep(0.02)
            assert filled.readers == 1
        stuck._reader._protocol.resume_reading()
        await stuck.close()


async def test_too_many_readers_and_no_block_yet_say_to_try_again():
    async with serving(filled=board(most_readers=1)) as session, session.ws_connect(PATH) as first:
        await frame(first)
        async with session.ws_connect(PATH) as second:
            code, reason = await closing(second)
            assert (code, "another keeper" in reason) == (1013, True)
    async with serving(filled=Board(stream="5eed")) as session, session.ws_connect(PATH) as socket:
        code, reason = await closing(socket)
        assert (code, "no block has been read yet" in reason) == (1013, True)


@settings(max_examples=max(60, FUZZ_EXAMPLES), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.text(max_size=300), st.binary(max_size=300)), min_size=1, max_size=4))
def test_whatever_a_reader_sends_it_alone_is_let_go(frames):
    asyncio.run(_fuzz(frames))


async def _fuzz(frames):
    filled = board()
    async with (
        serving(filled=filled) as session,
        session.ws_connect(PATH) as calm,
        session.ws_connect(PATH) as loud,
    ):
        await frame(calm)
        for content in frames:
            if loud.closed:
                break
            send = loud.send_str if isinstance(content, str) else loud.send_bytes
            try:
                await send(content)
            except ConnectionError:  # let go already
                break
        code, reason = await closing(loud)
        assert (code, "takes no frames" in reason) == (1003, True)
        filled.apply(block(2), CALM)
        assert (await frame(calm))["seq"] == 2


async def test_a_frame_larger_than_any_is_refused_without_being_read():
    async with serving() as session, session.ws_connect(PATH) as socket:
        await frame(socket)
        await socket.send_str("x" * 10_000)
        code, _ = await closing(socket)
        assert code in (1003, 1009)

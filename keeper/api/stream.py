"""The stream of candidates over a WebSocket: a snapshot or what was missed, then every delta, and heartbeats.

Closing codes: 1003 the reader sent something (nothing is expected), 1008 it was too slow, 1013 too many readers or
no block read yet. Each comes with a reason.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect

from keeper.api.board import Board, Subscriber
from keeper.candidates import Frame, Heartbeat

NOT_EXPECTED, TOO_SLOW, TRY_AGAIN = 1003, 1008, 1013


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """Seconds between heartbeats, and the longest that one frame may take to be sent."""

    heartbeat_seconds: float = 15.0
    send_seconds: float = 10.0


class _Closing(Exception):
    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


def router(board: Board, limits: StreamLimits) -> APIRouter:
    routes = APIRouter()

    @routes.websocket("/v1/candidates/stream")
    async def candidates(
        socket: WebSocket,
        stream: Annotated[str, Query(max_length=64)] = "",
        seq: Annotated[str, Query(max_length=20)] = "",
    ) -> None:
        await socket.accept()
        try:
            await _serve(socket, board, limits, stream, int(seq) if seq.isascii() and seq.isdigit() else 0)
        except _Closing as closing:
            await _close(socket, closing, limits)
        except WebSocketDisconnect:
            return

    return routes


async def _serve(socket: WebSocket, board: Board, limits: StreamLimits, stream: str, seq: int) -> None:
    subscriber = board.subscribe()
    if subscriber is None:
        raise _Closing(TRY_AGAIN, "as many readers as are served: try another keeper")
    try:
        frames = first_frames(board, stream, seq)  # with the subscription, before anything else may run
        reading = asyncio.create_task(_reject_input(socket))
        sending = asyncio.create_task(_send_all(socket, board, subscriber, limits, frames))
        try:
            done, _ = await asyncio.wait({reading, sending}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (reading, sending):
                task.cancel()
            await asyncio.gather(reading, sending, return_exceptions=True)
    finally:
        board.unsubscribe(subscriber)


def first_frames(board: Board, stream: str, seq: int) -> Sequence[Frame]:
    """What a reader that has `seq` of `stream` needs first: what it missed, or a fresh snapshot."""
    missed = board.since(stream, seq)
    if missed is not None:
        return [*missed, Heartbeat(stream=board.stream, seq=missed[-1].seq if missed else seq)]
    snapshot = board.snapshot()
    if snapshot is None:
        raise _Closing(TRY_AGAIN, "no block has been read yet: try again in a moment")
    return [snapshot]


async def _send_all(
    socket: WebSocket, board: Board, subscriber: Subscriber, limits: StreamLimits, frames: Sequence[Frame]
) -> None:
    seq = 0
    for frame in frames:
        await _send(socket, frame, limits)
        seq = frame.seq
    while True:
        try:
            async with asyncio.timeout(limits.heartbeat_seconds):
                delta = await subscriber.frames.get()
        except TimeoutError:
            await _send(socket, Heartbeat(stream=board.stream, seq=seq), limits)
            continue
        if delta is None:
            raise _Closing(TOO_SLOW, f"too slow: connect again with stream={board.stream}&seq={seq}")
        await _send(socket, delta, limits)
        seq = delta.seq


async def _send(socket: WebSocket, frame: Frame, limits: StreamLimits) -> None:
    try:
        async with asyncio.timeout(limits.send_seconds):
            await socket.send_text(frame.model_dump_json())
    except TimeoutError as error:
        raise _Closing(TOO_SLOW, f"too slow: one frame took {limits.send_seconds} s") from error


async def _reject_input(socket: WebSocket) -> None:
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005))
    raise _Closing(NOT_EXPECTED, "this stream takes no frames: resume by the query ?stream=&seq=")


async def _close(socket: WebSocket, closing: _Closing, limits: StreamLimits) -> None:
    with contextlib.suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
        async with asyncio.timeout(limits.send_seconds):
            await socket.close(closing.code, closing.reason)

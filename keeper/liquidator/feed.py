"""Candidates from keepers' streams: one connection at a time, resumed where it was cut, moved on where it fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import aiohttp
import structlog
from pydantic import ValidationError

from keeper.candidates import FRAMES, CandidateDelta, CandidateSnapshot, Heartbeat, advanced
from keeper.errors import ServiceError
from keeper.liquidator.backoff import Backoff

log = structlog.get_logger()

MOST_FRAME_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FeedPolicy:
    """Seconds of silence after which a keeper counts as gone, and pauses between connections (doubling)."""

    silence_seconds: float = 45.0
    pause_seconds: float = 0.5
    most_pause_seconds: float = 30.0


class CandidateFeed:
    """What several keepers say, one at a time. It is a hint where to look: the liquidator asks the chain itself."""

    def __init__(
        self, *, keepers: Sequence[str], session: aiohttp.ClientSession, policy: FeedPolicy | None = None
    ) -> None:
        self._keepers = tuple(keepers)
        self._session = session
        self._policy = policy or FeedPolicy()
        self._held: CandidateSnapshot | None = None

    async def snapshots(self) -> AsyncIterator[CandidateSnapshot]:
        """The state after every frame, for ever; what a lost connection missed is caught up with."""
        pauses = Backoff(self._policy.pause_seconds, self._policy.most_pause_seconds)
        place = 0
        while True:
            keeper = self._keepers[place % len(self._keepers)]
            try:
                async for snapshot in self._connection(keeper):
                    pauses.succeeded()
                    yield snapshot
            except (aiohttp.ClientError, TimeoutError, ServiceError) as error:
                log.warning("feed.lost", keeper=keeper, reason=str(error) or type(error).__name__)
            pauses.failed(0.0)
            place += 1
            await asyncio.sleep(pauses.seconds)

    async def _connection(self, keeper: str) -> AsyncIterator[CandidateSnapshot]:
        held = self._held
        query = {} if held is None else {"stream": held.stream, "seq": str(held.seq)}
        url = f"{keeper.rstrip('/')}/v1/candidates/stream"
        async with self._session.ws_connect(url, params=query, max_msg_size=MOST_FRAME_BYTES) as socket:
            while True:
                message = await socket.receive(timeout=self._policy.silence_seconds)
                if message.type is not aiohttp.WSMsgType.TEXT:
                    raise ServiceError(f"{keeper} closed the stream: {message.data} {message.extra or ''}")
                taken = self._take(message.data)
                if taken is not None:
                    yield taken

    def _take(self, text: str) -> CandidateSnapshot | None:
        """The new state; None after a heartbeat. What does not follow is forgotten, so that the next begins anew."""
        try:
            frame = FRAMES.validate_json(text)
            if isinstance(frame, Heartbeat):
                return None
            self._held = advanced(self._held, frame) if isinstance(frame, CandidateDelta) else frame
        except (ValidationError, ServiceError) as error:
            self._held = None
            raise ServiceError(f"the stream does not follow: {str(error)[:200]}") from error
        return self._held

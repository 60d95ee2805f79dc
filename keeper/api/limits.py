"""What a stranger may cost: sizes, rates, seconds, and a token where an answer takes a simulated call.

The rates are of one address as the socket shows it; behind a proxy they are the proxy's, who must have its own.
Probes, metrics and the other keepers' proposals are not counted.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from secrets import compare_digest

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from keeper.api.problems import Problem

UNCOUNTED = ("/livez", "/readyz", "/metrics", "/v1/proposals")
_COSTLY = ("/what-if", "/quote")
_MOST_ADDRESSES = 4_096


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests a second in the long run, and at once after a pause."""

    per_second: float
    burst: int


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """`token` is asked for where an answer takes a simulated call; None asks nobody."""

    body_bytes: int = 64 * 1024
    seconds: float = 30.0
    all_requests: Rate = Rate(20.0, 100)
    costly_requests: Rate = Rate(2.0, 10)
    token: str | None = None


class Buckets:
    """A token bucket for each address; the address longest unseen is forgotten first."""

    def __init__(self, rate: Rate, now: Callable[[], float]) -> None:
        self._rate, self._now = rate, now
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_seconds(self, address: str) -> float:
        """0 where the request is within the rate, and then it is counted; else seconds until one would be."""
        now = self._now()
        level, at = self._levels.pop(address, (float(self._rate.burst), now))
        level = min(self._rate.burst, level + (now - at) * self._rate.per_second)
        taken = level >= 1.0
        self._levels[address] = (level - 1.0 if taken else level, now)
        while len(self._levels) > _MOST_ADDRESSES:
            self._levels.popitem(last=False)
        return 0.0 if taken else (1.0 - level) / self._rate.per_second


class Limited:
    """ASGI middleware around the whole application."""

    def __init__(
        self, app: ASGIApp, limits: RequestLimits, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._application = app
        self._limits = limits
        self._all = Buckets(limits.all_requests, now)
        self._costly = Buckets(limits.costly_requests, now)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in UNCOUNTED:
            await self._application(scope, receive, send)
            return
        answer = _Answer(send)
        try:
            self._require_rate(scope)
            self._require_token(scope)
            body = await self._body(receive)
            async with asyncio.timeout(self._limits.seconds):
                await self._application(scope, _replayed(body, receive), answer.send)
        except TimeoutError:
            if not answer.has_begun:
                await _too_slow(self._limits.seconds).response()(scope, receive, send)
        except Problem as problem:
            await problem.response()(scope, receive, send)

    def _require_rate(self, scope: Scope) -> None:
        address = str((scope.get("client") or ("unknown",))[0])
        buckets = self._costly if is_costly(scope["method"], scope["path"]) else self._all
        wait = buckets.wait_seconds(address)
        if wait > 0:
            raise Problem(
                429,
                "Too many requests",
                f"{address} asks faster than is served",
                "wait as Retry-After says; the stream tells of every block without asking",
                headers={"Retry-After": str(int(wait) + 1)},
            )

    def _require_token(self, scope: Scope) -> None:
        token = self._limits.token
        if token is None or not is_costly(scope["method"], scope["path"]):
            return
        given = dict(scope["headers"]).get(b"authorization", b"")
        if not compare_digest(given, b"Bearer " + token.encode()):
            raise Problem(
                401,
                "Not authorised",
                "this answer takes a simulated call",
                "send 'Authorization: Bearer TOKEN'; the keeper's operator gives tokens out",
                headers={"WWW-Authenticate": "Bearer"},
            )

    async def _body(self, receive: Receive) -> bytes:
        content = bytearray()
        more = True
        try:
            async with asyncio.timeout(self._limits.seconds):
                while more:
                    message = await receive()
                    content += message.get("body", b"")
                    more = message.get("more_body", False)
                    if len(content) > self._limits.body_bytes:
                        raise Problem(
                            413,
                            "Too large",
                            f"a request has at most {self._limits.body_bytes} bytes",
                            "ask for less at once",
                            headers={"Connection": "close"},
                        )
        except TimeoutError as error:
            raise _too_slow(self._limits.seconds) from error
        return bytes(content)


class _Answer:
    """Passes an answer on, and knows whether it has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.has_begun = False

    async def send(self, message: Message) -> None:
        self.has_begun = True
        await self._send(message)


def _too_slow(seconds: float) -> Problem:
    return Problem(
        503, "Not in time", f"no answer within {seconds} s", "try again later", headers={"Retry-After": "5"}
    )


def is_costly(method: str, path: str) -> bool:
    """Whether an answer takes a simulated call."""
    return method == "POST" and path.endswith(_COSTLY)


def _replayed(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay

"""A strategy in a process of its own, speaking JSON lines on standard input and output.

It may crash, hang or lie: it is asked one question at a time, has a deadline for each answer, is started again with
growing pauses, never sees the liquidator's environment, and whatever is not a valid answer means waiting.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from pydantic import ValidationError

from keeper.liquidator.backoff import Backoff
from keeper.liquidator.strategy import Answer, Opportunity

log = structlog.get_logger()

MOST_LINE_BYTES = 64 * 1024
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "HOME", "TZ")  # no key, no password, no address of a node


@dataclass(frozen=True, slots=True)
class ProcessPolicy:
    """Seconds for one answer, for ending by itself, and between two starts after failures (doubling)."""

    answer_seconds: float = 1.0
    stop_seconds: float = 2.0
    pause_seconds: float = 1.0
    most_pause_seconds: float = 60.0


class ProcessStrategy:
    """Implements `Strategy` over a command. Not started before the first question."""

    def __init__(self, command: Sequence[str], policy: ProcessPolicy) -> None:
        self._command = tuple(command)
        self._policy = policy
        self._process: asyncio.subprocess.Process | None = None
        self._pauses = Backoff(policy.pause_seconds, policy.most_pause_seconds)
        self._logging: asyncio.Task[None] | None = None

    async def decide(self, opportunity: Opportunity) -> Answer:
        """The process's answer; waiting where it gave none that is valid, in time and to this question."""
        if not self._pauses.is_over(asyncio.get_running_loop().time()):
            return _waiting(opportunity, "the strategy process is pausing after a failure")
        try:
            async with asyncio.timeout(self._policy.answer_seconds):
                answer = await self._ask(opportunity)
        except (OSError, TimeoutError, ValueError) as error:
            reason = f"{type(error).__name__}: {error}" if str(error) else "no answer in time"
            log.warning("strategy.failed", command=self._command[0], reason=reason[:300])
            self._pauses.failed(asyncio.get_running_loop().time())
            await self._kill()
            return _waiting(opportunity, reason[:200])
        self._pauses.succeeded()
        return answer

    async def close(self) -> None:
        """Closes its input, waits a moment for it to end, then ends it."""
        process = self._process
        if process is not None and process.stdin is not None:
            process.stdin.close()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._policy.stop_seconds):
                    await process.wait()
        await self._kill()

    async def _ask(self, opportunity: Opportunity) -> Answer:
        process = await self._running()
        if process.stdin is None or process.stdout is None:
            raise ValueError("the strategy process has no pipes")
        process.stdin.write(opportunity.model_dump_json().encode() + b"\n")
        with contextlib.suppress(ConnectionError):  # it has ended; its output says after what
            await process.stdin.drain()
        line = await process.stdout.readline()  # ValueError beyond the limit
        if not line.endswith(b"\n"):
            raise ValueError(f"the strategy process ended after {line[:80]!r}")
        try:
            answer = Answer.model_validate_json(line)
        except ValidationError as error:
            raise ValueError(f"no answer: {line[:80]!r}: {error.errors()[0]['msg']}") from error
        if answer.id != opportunity.id:
            raise ValueError(f"answer to question {answer.id}, asked was {opportunity.id}")
        return answer

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        await self._kill()
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            limit=MOST_LINE_BYTES,
            start_new_session=True,  # its children end with it, and a terminal's Ctrl-C is ours alone
        )
        self._logging = asyncio.create_task(_log_lines(self._process.stderr))
        return self._process

    async def _kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        if self._logging is not None:
            self._logging.cancel()
            await asyncio.gather(self._logging, return_exceptions=True)
            self._logging = None


async def _log_lines(stream: asyncio.StreamReader | None) -> None:
    """Reads on whatever comes, so that a talkative strategy never blocks; long lines are cut."""
    while stream is not None and (chunk := await stream.read(4_096)):
        log.info("strategy.says", text=chunk[:500].decode("utf8", errors="replace"))


def _waiting(opportunity: Opportunity, reason: str) -> Answer:
    return Answer(id=opportunity.id, action="wait", reason=reason)

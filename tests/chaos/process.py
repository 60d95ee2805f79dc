"""A process under trial: told of by the JSON lines that it writes, ended by SIGKILL."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

import orjson

# Forked from a server that has imported everything: a start costs what the keeper itself does, and no imports.
_SPAWN = multiprocessing.get_context("forkserver")
_SPAWN.set_forkserver_preload(["tests.chaos.worker", "tests.chaos.daemon_process", "tests.chaos.warmed"])


@dataclass
class Line:
    """One line of the worker's log and when it was read, by the monotonic clock."""

    at: float
    fields: dict[str, Any]

    @property
    def event(self) -> str:
        return str(self.fields.get("event", ""))


class Process:
    """Starts, kills and listens to processes that run `target(task, pipe)`, one at a time."""

    def __init__(self, target: Callable[[Any, Connection], None], task: object) -> None:
        self._target, self._task = target, task
        self.lines: list[Line] = []
        self.born = 0  # the place in the log of the present process's first line
        self._process: BaseProcess | None = None
        self._news = asyncio.Event()
        self._partial = b""

    def start(self) -> None:
        assert self._process is None
        self.born = len(self.lines)
        self._reader, writer = _SPAWN.Pipe(duplex=False)
        self._process = _SPAWN.Process(target=self._target, args=(self._task, writer), daemon=True)
        self._process.start()
        writer.close()
        os.set_blocking(self._reader.fileno(), False)
        asyncio.get_running_loop().add_reader(self._reader.fileno(), self._listen)

    @property
    def is_running(self) -> bool:
        """Started and not killed; it may have ended by itself."""
        return self._process is not None

    @property
    def pid(self) -> int:
        assert self._process is not None
        assert self._process.pid is not None
        return self._process.pid

    def kill(self) -> None:
        """SIGKILL: nothing of the process runs any more."""
        assert self._process is not None
        self._process.kill()
        self._process.join()
        self._listen()
        asyncio.get_running_loop().remove_reader(self._reader.fileno())
        self._reader.close()
        self._process, self._partial = None, b""

    async def line(self, event: str | None, *, since: int, timeout_seconds: float = 240.0) -> Line:
        """The first line of this event (None: any) from position `since` of the log on."""
        position, deadline = since, time.monotonic() + timeout_seconds
        while True:
            for line in self.lines[position:]:
                if event is None or line.event == event:
                    return line
            position = len(self.lines)
            self._news.clear()
            left = deadline - time.monotonic()
            assert self._process is not None
            assert self._process.is_alive(), self.tail()
            assert left > 0, f"no {event} within {timeout_seconds} s:\n{self.tail()}"
            try:
                await asyncio.wait_for(self._news.wait(), min(left, 1.0))
            except TimeoutError:
                continue

    async def tells(self, event: str, *, since: int, within_seconds: float) -> bool:
        """Whether a line of this event comes in time."""
        deadline = time.monotonic() + within_seconds
        while not any(line.event == event for line in self.lines[since:]):
            if time.monotonic() >= deadline:
                return False
            assert self._process is not None
            assert self._process.is_alive(), self.tail()
            await asyncio.sleep(0.005)
        return True

    def tail(self) -> str:
        return "\n".join(str(line.fields) for line in self.lines[-15:])

    def _listen(self) -> None:
        try:
            while chunk := os.read(self._reader.fileno(), 65_536):
                self._take(chunk)
        except BlockingIOError:
            pass
        self._news.set()

    def _take(self, chunk: bytes) -> None:
        *whole, self._partial = (self._partial + chunk).split(b"\n")
        self.lines += [Line(time.monotonic(), orjson.loads(line)) for line in whole if line.startswith(b"{")]

"""Keeper processes of a demonstration: started with one numeric thread each, ended with their parent."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import aiohttp

from keeper.errors import KeeperError

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_NUMERIC_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class KeeperProcess:
    """A running keeper: its signer index, where it answers, and its log file."""

    signer: int
    url: str
    log: Path
    process: subprocess.Popen[bytes]
    log_handle: IO[bytes]

    @classmethod
    def start(cls, *, signer: int, config: Path, url: str, log: Path) -> KeeperProcess:
        """`tailguard keeper run --config CONFIG`, its output in `log`."""
        handle = log.open("wb")
        process = subprocess.Popen(  # noqa: S603 - this interpreter with arguments made here
            [sys.executable, "-m", "keeper.cli", "keeper", "run", "--config", str(config)],
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=subprocess.STDOUT,
            env={**os.environ, **dict.fromkeys(_NUMERIC_THREADS, "1")},
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )
        return cls(signer, url, log, process, handle)

    def require_running(self) -> None:
        """Raises KeeperError with the end of the log when the process is gone."""
        if self.process.poll() is not None:
            tail = self.log.read_text(errors="replace")[-2000:]
            raise KeeperError(
                f"keeper {self.signer} ended with {self.process.returncode}; its log says:\n{tail}"
            )

    async def wait_until_up(self, session: aiohttp.ClientSession, timeout_seconds: float) -> None:
        """Until its HTTP face answers."""
        deadline = asyncio.get_running_loop().time() + timeout_seconds
        while asyncio.get_running_loop().time() < deadline:
            self.require_running()
            try:
                async with session.get(f"{self.url}/livez"):
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)
        raise KeeperError(f"keeper {self.signer} did not answer at {self.url} within {timeout_seconds} s")

    def stop(self) -> None:
        """Asks politely, then insists."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log_handle.close()


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

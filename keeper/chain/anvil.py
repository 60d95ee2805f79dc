"""A local chain: an anvil process that ends with its parent, and the calls that own its time."""

from __future__ import annotations

import asyncio
import ctypes
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from keeper.chain.rpc import Rpc
from keeper.errors import ChainUnreachable, ToolMissing

LOCAL_CHAIN_ID = 31_337
START_TIMEOUT_SECONDS = 20.0
STOP_TIMEOUT_SECONDS = 5.0
BLOCK_GAS_LIMIT = 100_000_000  # large accounts' margins must fit a call with room to spare
_LISTENING = re.compile(r"Listening on 127\.0\.0\.1:(\d+)")
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def find_anvil(search_path: str | None, repository: Path | None = None) -> Path:
    """anvil from the repository's tools, else from the search path; `ToolMissing` says how to get it."""
    local = None if repository is None else repository / "tools" / "anvil"
    installed = repository is not None and any((repository / "node_modules" / "@foundry-rs").glob("anvil-*"))
    if local is not None and local.is_file() and installed:
        return local
    found = shutil.which("anvil", path=search_path)
    if found is None:
        raise ToolMissing(
            "anvil is not installed: run `npm ci` in the repository (Linux x86-64), or install Foundry "
            "(https://getfoundry.sh) so that anvil is on PATH"
        )
    return Path(found)


class Anvil:
    """A running anvil. `async with Anvil.start(...) as anvil` stops it at the end, whatever happens."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self._process = process
        self._drainer = _drain(process)
        self.url = f"http://127.0.0.1:{port}"

    @classmethod
    async def start(
        cls,
        program: Path,
        *,
        port: int = 0,
        chain_id: int = LOCAL_CHAIN_ID,
        timestamp: int | None = None,
        environment: Mapping[str, str] | None = None,
        kept_states: int | None = None,
    ) -> Anvil:
        """Starts a chain on loopback (port 0: any free one); `timestamp` is the genesis block's, unix seconds.

        `kept_states`: how many of the newest blocks' states can be asked for; None: all, which a long life writes to
        disk without end.
        """
        command = [
            str(program), "--host", "127.0.0.1", "--port", str(port), "--chain-id", str(chain_id),
            "--gas-limit", str(BLOCK_GAS_LIMIT), "--hardfork", "prague", "--no-cors", "--order", "fifo",
        ]  # fmt: skip
        if timestamp is not None:
            command += ["--timestamp", str(timestamp)]
        if kept_states is not None:
            command += ["--prune-history", str(kept_states)]
        process = _spawn(command, environment)
        try:
            bound = await asyncio.wait_for(
                asyncio.to_thread(_read_port, process), timeout=START_TIMEOUT_SECONDS
            )
        except BaseException:
            _stop(process, _drain(process))
            raise
        return cls(process, bound)

    async def __aenter__(self) -> Anvil:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends the process; asked politely first."""
        _stop(self._process, self._drainer)

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None


class AnvilControl:
    """anvil's own calls: time, mining and balances."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    async def set_next_timestamp(self, timestamp: int) -> None:
        """Unix seconds of the next block."""
        await self._rpc.call("evm_setNextBlockTimestamp", timestamp)

    async def set_timestamp_interval(self, seconds: int) -> None:
        """Seconds between the timestamps of following blocks."""
        await self._rpc.call("anvil_setBlockTimestampInterval", seconds)

    async def mine(self, blocks: int = 1) -> None:
        await self._rpc.call("anvil_mine", hex(blocks))

    async def mine_at(self, timestamp: int) -> None:
        """Mines one block of this time."""
        await self.set_next_timestamp(timestamp)
        await self._rpc.call("evm_mine")

    async def set_automine(self, enabled: bool) -> None:
        await self._rpc.call("evm_setAutomine", enabled)

    async def set_balance(self, address: str, wei: int) -> None:
        await self._rpc.call("anvil_setBalance", address, hex(wei))

    async def accounts(self) -> list[str]:
        """The unlocked accounts."""
        return [str(address) for address in await self._rpc.call("eth_accounts")]


def _spawn(command: list[str], environment: Mapping[str, str] | None) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(  # noqa: S603 - the program is the operator's own, arguments are built above
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=None if environment is None else dict(environment),
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )
    except OSError as error:
        raise ToolMissing(f"{command[0]} cannot be started: {error}") from error


def _die_with_parent() -> None:
    # The kernel ends the child when the *thread* that started it ends: start it from a thread that stays.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _read_port(process: subprocess.Popen[str]) -> int:
    lines: list[str] = []
    for line in process.stdout or ():
        lines.append(line)
        match = _LISTENING.search(line)
        if match is not None:
            return int(match[1])
    raise ChainUnreachable(f"anvil ended before it listened: {''.join(lines[-5:]).strip()}")


def _drain(process: subprocess.Popen[str]) -> threading.Thread:
    """Keeps reading what anvil prints, for a full pipe would stop it."""

    def read() -> None:
        for _ in process.stdout or ():
            pass

    drainer = threading.Thread(target=read, daemon=True)
    drainer.start()
    return drainer


def _stop(process: subprocess.Popen[str], drainer: threading.Thread) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    drainer.join()
    if process.stdout is not None:
        process.stdout.close()

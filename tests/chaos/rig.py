"""The stage of a trial: anvil with strict pool rules, the real contracts, three faulty nodes, one worker process."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import orjson
from web3 import HTTPProvider, Web3

from deploy import Web3Backend, deploy, read_chain_config
from keeper.chain import Anvil, AnvilControl, Artifacts, ChainReader, Deployment, Rpc, find_anvil
from keeper.signing import KeystoreSigner
from tests.chaos.fault_proxy import FaultProxy
from tests.chaos.worker import Task, run
from tests.keeper.outbox.pool_rules import PoolRules

REPOSITORY = Path(__file__).parents[2]
CHAIN_ID = 31_337
SECRET = 0xC4A05
_PLENTY = 10**24
_SPAWN = multiprocessing.get_context("forkserver")
_SPAWN.set_forkserver_preload(["tests.chaos.worker"])


@dataclass
class Line:
    """One line of the worker's log and when it was read, by the monotonic clock."""

    at: float
    fields: dict[str, Any]

    @property
    def event(self) -> str:
        return str(self.fields.get("event", ""))


class Worker:
    """Starts, kills and listens to worker processes, one at a time."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.lines: list[Line] = []
        self.born = 0  # the place in the log of the present process's first line
        self._process: BaseProcess | None = None
        self._news = asyncio.Event()
        self._partial = b""

    def start(self) -> None:
        assert self._process is None
        self.born = len(self.lines)
        self._reader, writer = _SPAWN.Pipe(duplex=False)
        self._process = _SPAWN.Process(target=run, args=(self.task, writer), daemon=True)
        self._process.start()
        writer.close()
        os.set_blocking(self._reader.fileno(), False)
        asyncio.get_running_loop().add_reader(self._reader.fileno(), self._listen)

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


@dataclass
class Rig:
    """Everything that runs."""

    rpc: Rpc
    control: AnvilControl
    rules: PoolRules
    proxies: list[FaultProxy]
    reader: ChainReader
    deployment: Deployment
    task: Task
    worker: Worker
    first_nonce: int

    def set_fault(self, name: str, *, nodes: int) -> None:
        """The fault on the first `nodes` of the three."""
        for proxy in self.proxies[:nodes]:
            proxy.fault = name

    def met(self, name: str) -> int:
        """How often a request ran into the fault."""
        return sum(proxy.met[name] for proxy in self.proxies)

    async def progress(self, *, timeout_seconds: float = 240.0) -> float:
        """Seconds until one more update is delivered and the index has followed."""
        since, started = len(self.worker.lines), time.monotonic()
        delivered = await self.worker.line("update.delivered", since=since, timeout_seconds=timeout_seconds)
        followed = await self.worker.line("index.advanced", since=since, timeout_seconds=timeout_seconds)
        return max(delivered.at, followed.at) - started


@asynccontextmanager
async def opened(folder: Path, **changes: Any) -> AsyncIterator[Rig]:
    """A rig with its worker not yet started; `changes` are of the worker's `Task`."""
    artifacts = Artifacts(REPOSITORY / "out")
    async with AsyncExitStack() as stack:
        program = find_anvil(os.environ.get("PATH"), REPOSITORY)
        anvil = await stack.enter_async_context(
            await Anvil.start(program, timestamp=int(time.time()) - 100_000)
        )
        rpc = await stack.enter_async_context(Rpc(anvil.url, timeout_seconds=60.0, errors=artifacts))
        record = folder / "deployment.json"
        deployment = await asyncio.to_thread(_deployed, anvil.url, artifacts, record)
        reader = ChainReader(rpc, artifacts, deployment.addresses)
        control, sender = AnvilControl(rpc), KeystoreSigner.from_secret(SECRET).address
        await control.set_balance(sender, _PLENTY)
        account = await _funded(rpc, reader, deployment, artifacts, sender)
        rules = await stack.enter_async_context(PoolRules(anvil.url))
        proxies = [await stack.enter_async_context(FaultProxy(rules.url)) for _ in range(3)]
        (folder / "clock").write_text("0")
        task = Task(
            urls=tuple(proxy.url for proxy in proxies),
            deployment=record,
            artifacts=REPOSITORY / "out",
            database=folder / "keeper.db",
            clock=folder / "clock",
            secret=SECRET,
            account=account,
            confirmations=64,
            replace_after_seconds=1,
        )
        task = replace(task, **changes)
        nonce = int(await rpc.call("eth_getTransactionCount", sender, "latest"), 16)
        rig = Rig(rpc, control, rules, proxies, reader, deployment, task, Worker(task), nonce)
        try:
            yield rig
        finally:
            if rig.worker._process is not None:
                rig.worker.kill()


def _deployed(url: str, artifacts: Artifacts, record: Path) -> Deployment:
    web3 = Web3(HTTPProvider(url))
    signers = tuple(KeystoreSigner.from_secret(secret).address for secret in (0xA1, 0xA2, 0xA3))
    config = read_chain_config(REPOSITORY / "deploy/chains/local.toml").with_signers(signers, 2)
    return deploy(config, Web3Backend(web3, web3.eth.accounts[0], artifacts), artifacts, record)


async def _funded(
    rpc: Rpc, reader: ChainReader, deployment: Deployment, artifacts: Artifacts, sender: str
) -> int:
    """An account, and tokens that its owner may deposit; then blocks enough that no trial reorganises this away."""
    ledger, token = reader.contracts["MarginAccounts"], artifacts.get("MockToken")
    calls = [
        (deployment.token, token.function("mint").encode((sender, 10**15))),
        (deployment.token, token.function("approve").encode((ledger.address, 2**255))),
        (ledger.address, ledger.encode("create", sender)),
    ]
    await rpc.call("anvil_impersonateAccount", sender)
    for target, data in calls:
        call = {"from": sender, "to": target, "data": "0x" + data.hex()}
        await until_mined(rpc, await rpc.call("eth_sendTransaction", call))
    await rpc.call("anvil_stopImpersonatingAccount", sender)
    await AnvilControl(rpc).mine(200)
    return await reader.account_count()


async def until_mined(rpc: Rpc, transaction_hash: str) -> None:
    await until(lambda: rpc.call("eth_getTransactionReceipt", transaction_hash))


async def until(question: Callable[[], Any], timeout_seconds: float = 120.0) -> Any:
    """The first answer that is true."""
    deadline = time.monotonic() + timeout_seconds
    while not (answer := await question()):
        assert time.monotonic() < deadline, f"waited {timeout_seconds} s"
        await asyncio.sleep(0.01)
    return answer

"""The stage of a trial: anvil with strict pool rules, the real contracts, three faulty nodes, one worker process."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from web3 import HTTPProvider, Web3

from deploy import Web3Backend, deploy, read_chain_config
from keeper.chain import Anvil, AnvilControl, Artifacts, ChainReader, Deployment, Rpc, find_anvil
from keeper.signing import KeystoreSigner
from tests.chaos.fault_proxy import FaultProxy
from tests.chaos.process import Process
from tests.chaos.worker import Task, run
from tests.keeper.outbox.pool_rules import PoolRules

REPOSITORY = Path(__file__).parents[2]
CHAIN_ID = 31_337
SECRET = 0xC4A05
_PLENTY = 10**24


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
    worker: Process
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
        rig = Rig(rpc, control, rules, proxies, reader, deployment, task, Process(run, task), nonce)
        try:
            yield rig
        finally:
            if rig.worker.is_running:
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

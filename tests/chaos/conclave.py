"""A chain with open books whose rounds several keepers sign: what every scenario of a quorum starts from."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from web3 import HTTPProvider, Web3

from deploy import Web3Backend, deploy, read_chain_config
from keeper.chain import Anvil, Artifacts, Rpc, find_anvil
from keeper.signing import KeystoreSigner, assemble_quorum
from keeper.wire import round_digest
from tests.keeper.audit.play import BEGIN, FEED_SCALE, LOCAL, REPOSITORY, STEP_SECONDS, STEPS, Played, Troupe


class Opening(Troupe):
    """Opens the books with rounds that the first `threshold` of the deployed signers sign."""

    keys: Sequence[KeystoreSigner] = ()
    threshold = 2

    def sign(self, header: Any, content: bytes, contract: str) -> Any:
        address = self.reader.contracts[contract].address
        digest = round_digest(header, content, self.played.deployment.chain_id, address)
        signatures = {number: self.keys[number].sign_digest(digest) for number in range(self.threshold)}
        return assemble_quorum(signatures, self.threshold)

    async def pledge(self, amount: int) -> None:
        """No collateral here."""

    async def begin(self, step: int) -> int:
        """On-chain sources follow the truth; gives the step's time. No block is made at it yet."""
        now: int = self.market.time(step)
        for underlying, feed in self.feeds.items():
            await self.transact(feed, "set", int(self.market.truth(step)[underlying] * FEED_SCALE), now - 5)
        return now


@dataclass
class Conclave:
    """The chain, the signers' keys, and the snapshot that every scenario starts from."""

    troupe: Opening
    keys: Sequence[KeystoreSigner]
    threshold: int
    snapshot: str
    folder: Path

    async def restart(self) -> None:
        """The chain as it was, and a snapshot for the next time."""
        await self.troupe.rpc.call("evm_revert", self.snapshot)
        self.snapshot = await self.troupe.rpc.call("evm_snapshot")


@asynccontextmanager
async def convened(
    signers: int, threshold: int, *, step_seconds: int = STEP_SECONDS, steps: int = STEPS
) -> AsyncIterator[Conclave]:
    """Deploys for `threshold` of `signers` and opens the books; the market has other steps if asked."""
    artifacts = Artifacts(REPOSITORY / "out")
    keys = tuple(KeystoreSigner.from_secret(0xB1 + number) for number in range(signers))
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        program = find_anvil(os.environ.get("PATH"), REPOSITORY)
        anvil = await stack.enter_async_context(await Anvil.start(program, timestamp=BEGIN))
        rpc = await stack.enter_async_context(Rpc(anvil.url, errors=artifacts, timeout_seconds=60.0))
        web3 = Web3(HTTPProvider(anvil.url))
        backend = Web3Backend(web3, web3.eth.accounts[0], artifacts)
        config = read_chain_config(LOCAL).with_signers(tuple(key.address for key in keys), threshold)
        deployment = await asyncio.to_thread(deploy, config, backend, artifacts, folder / "deployment.json")
        (folder / "evidence").mkdir()
        troupe = Opening(
            Played(anvil.url, artifacts, "", deployment, folder / "evidence"), rpc, backend.sender
        )
        troupe.keys, troupe.threshold = keys, threshold
        troupe.market = replace(troupe.market, step_seconds=step_seconds, steps=steps)
        await troupe.round(0)
        await troupe.open_books()
        yield Conclave(troupe, keys, threshold, await rpc.call("evm_snapshot"), folder)

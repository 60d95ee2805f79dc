"""The local chain: started, driven in time, stopped with its parent, and missed with a remedy."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from keeper.chain import Anvil, AnvilControl, Caller, ChainClock, Rpc, find_anvil
from keeper.errors import ChainError, ChainUnreachable, ToolMissing, WrongChain

REPOSITORY = Path(__file__).parents[3]
GENESIS = 1_584_000_000

PARENT = """
import asyncio, sys
from pathlib import Path
from keeper.chain import Anvil

async def main():
    anvil = await Anvil.start(Path(sys.argv[1]))
    print(anvil.url, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def program():
    return find_anvil(os.environ.get("PATH"), REPOSITORY)


@pytest.mark.chain
async def test_time_belongs_to_the_conductor():
    async with await Anvil.start(program(), timestamp=GENESIS) as anvil, Rpc(anvil.url) as rpc:
        await rpc.require_chain(31_337)
        clock, control = ChainClock(rpc), AnvilControl(rpc)
        with pytest.raises(ChainError, match="refresh"):
            clock.now()
        assert await clock.refresh() == GENESIS
        await control.mine_at(GENESIS + 900)
        assert await clock.refresh() == clock.now() == GENESIS + 900
        await control.set_timestamp_interval(60)
        await control.mine(2)
        block = await Caller(rpc).block()
        assert (block.number, block.timestamp) == (3, GENESIS + 1_020)
        with pytest.raises(WrongChain):
            await rpc.require_chain(1)
    assert not anvil.is_running


@pytest.mark.chain
async def test_a_taken_port_is_reported_with_anvils_words():
    async with await Anvil.start(program()) as anvil:
        port = int(anvil.url.rsplit(":", 1)[1])
        with pytest.raises(ChainUnreachable, match="ended before it listened"):
            await Anvil.start(program(), port=port)


@pytest.mark.chain
@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
async def test_a_killed_parent_takes_its_chain_along():
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(program())], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
    )
    url = (await asyncio.to_thread(parent.stdout.readline)).strip()
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    async with Rpc(url, timeout_seconds=1, retries=0) as rpc:
        for _ in range(50):
            try:
                await rpc.call("eth_chainId")
            except ChainUnreachable:
                return
            await asyncio.sleep(0.1)
    pytest.fail(f"anvil at {url} outlived its parent")


def test_a_missing_anvil_says_how_to_get_it(tmp_path):
    with pytest.raises(ToolMissing, match=r"npm ci.*Foundry"):
        find_anvil(str(tmp_path), tmp_path)

"""A keeper as an operator runs it makes the calls that anyone may make, shows what is due, and checks that it can."""

from __future__ import annotations

import asyncio
import signal
import sys

import aiohttp
import pytest

from keeper.chain import Artifacts, ChainReader, Rpc, read_deployment
from tests.keeper.cli.conftest import LIQUIDATION, REPOSITORY, fresh_chain, in_a_process
from tests.keeper.cli.test_serving import START_SECONDS, first_page, free_port

pytestmark = pytest.mark.chain

PAYS = (
    'password_file = "password"',
    'password_file = "password"\nliquidation = { kind = "keystore", file = "liquidation.json" }',
)


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    """One of its own: the tests of other commands count the rounds on theirs."""
    with fresh_chain(tmp_path_factory.mktemp("chain")) as started:
        yield started


async def marked_at(chain) -> int:
    async with Rpc(chain.url) as rpc:
        addresses = read_deployment(chain.record).addresses
        reader = ChainReader(rpc, Artifacts(REPOSITORY / "out"), addresses)
        mark = await reader.caller.call(reader.contracts["MarginTerms"], "creditMark", 1)
        return mark["markedAt"]


async def test_a_running_keeper_marks_what_nobody_marked_and_says_so(chain, keeper_file):
    chain.show_market()
    assert in_a_process("keeper", "once", "--config", keeper_file(dry=False)).code == 0
    assert await marked_at(chain) == 0
    port = free_port()
    config = keeper_file(
        PAYS, ("[store]", f"[serve]\nport = {port}\n\n[chores]\npoll_seconds = 0.2\n\n[store]"), dry=False
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "keeper.cli", "keeper", "run", "--config", str(config),
        stderr=asyncio.subprocess.PIPE, cwd=REPOSITORY,
    )  # fmt: skip
    try:
        async with (
            asyncio.timeout(START_SECONDS),
            aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session,
        ):
            await first_page(session, process)
            while not await marked_at(chain):
                assert process.returncode is None
                await asyncio.sleep(0.2)
            chores = {"sent": 0}
            while not chores["sent"]:
                async with session.get("/v1/status") as response:
                    chores = (await response.json())["chores"]
            assert chores["offered_wei_today"] > 0
            assert chores["dry_run"] is False
            async with session.get("/metrics") as response:
                text = await response.text()
            assert 'tailguard_chores_total{chore="mark",result="sent"}' in text
            process.send_signal(signal.SIGTERM)
            _, log = await process.communicate()
            assert process.returncode == 0
            assert "chore.made" in log.decode()
    finally:
        if process.returncode is None:
            process.kill()


def test_check_says_what_is_due_and_who_would_pay(chain, keeper_file):
    def checked(*changes):
        found = in_a_process("keeper", "check", "--config", keeper_file(*changes), "--json").json
        return {row["check"]: row for row in found}

    without, with_key = checked(), checked(PAYS)
    assert "keys.liquidation is unset" in without["chores"]["detail"]
    assert without["liquidation key"]["result"] == "ok"
    assert with_key["chores"]["detail"].endswith(f"{LIQUIDATION.address} pays for it")
    assert with_key["chores"]["detail"].startswith("due now: ")
    assert with_key["liquidation balance"]["detail"].startswith(LIQUIDATION.address)

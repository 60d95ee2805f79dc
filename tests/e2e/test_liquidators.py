"""The reference client on a real chain: rivals for one account, strategies that misbehave, restarts, the command."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from dataclasses import replace

import pytest

from keeper.api import Board
from keeper.candidates import Health
from keeper.liquidator import Watch, WatchPolicy
from keeper.liquidator.strategy_process import ProcessPolicy, ProcessStrategy
from keeper.signing import write_secret_file
from keeper.types import WAD
from tests.keeper.api.api_cases import serving

from .conftest import REPOSITORY
from .distress import FALL, OWNERS, distressed, staged
from .rivals import LIMITS, Rival, candidates, events, mining, positions

pytestmark = pytest.mark.chain

GREEDY = """
import json, sys
for line in sys.stdin:
    print(json.dumps({"id": json.loads(line)["id"], "action": "act", "fraction": "1"}), flush=True)
"""


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    with staged(tmp_path_factory.mktemp("distress")) as facts:
        yield facts


@pytest.fixture
async def chain(stage):
    async with distressed(*stage) as chain:
        yield chain


async def test_two_rivals_for_one_account_both_end_consistent_and_nobody_pays_twice(chain, tmp_path):
    rivals = [Rival(chain, tmp_path, number) for number in (0, 1)]
    before = await positions(chain)
    async with mining(chain):
        idle = 0
        while idle < 3:  # both have nothing left to gain
            done = await asyncio.gather(*(rival.look() for rival in rivals))
            idle = 0 if any(d.started or d.filled for d in done) else idle + 1
    after = await positions(chain)
    started = await events(chain, "LiquidationStarted")
    filled = await events(chain, "LiquidationFilled")
    margin = (await chain.reader.margins([chain.victim]))[chain.victim]
    assert len(started) == 1
    assert margin.equity_high >= margin.maintenance_requirement
    # What left the victim is what the rivals hold, by as many fills as each of them has bids mined.
    taken = [after[bidder] - before[bidder] for bidder in chain.bidders]
    assert sum(taken) == before[chain.victim] - after[chain.victim] > 0
    for rival, bidder, quantity in zip(rivals, chain.bidders, taken, strict=True):
        own = [e for e in filled if e.arguments["bidder"] == bidder]
        assert rival.messages.pending(chain.chain_id, OWNERS[rival.number].address) == []
        assert not await rival.sender.is_busy()
        mined = [m for m in (rival.messages.find(f"{bidder}/bid/{chain.victim}/{n}") for n in range(40)) if m]
        assert len([m for m in mined if m.status.value == "mined"]) == len(own)
        assert (quantity > 0) == bool(own)
        equity = (await chain.reader.margins([bidder]))[bidder].equity_low
        assert equity > 5_000_000 * WAD - 1_000 * WAD
    assert filled


async def test_a_lone_liquidator_starts_bids_and_ends_what_a_better_price_cured(chain, tmp_path):
    rival = Rival(chain, tmp_path, 0, limits=replace(LIMITS, most_own_requirement=3_000 * WAD))
    first = await rival.look()
    assert (first.started, first.filled) == ([chain.victim], [])
    assert (await rival.look()).filled == [chain.victim]
    for price in reversed(FALL[:-1]):
        await chain.prices(price)
    assert (await rival.look()).ended == [chain.victim]
    assert await chain.reader.auctions([chain.victim]) == {}
    assert (await rival.look()).refused == {}
    (row,) = [c for c in (await candidates(chain)).candidates if c.account == chain.victim]
    assert row.health is Health.BELOW_INITIAL
    assert rival.sender.offered_today() > 0


async def test_a_dry_run_says_what_it_would_send_and_sends_nothing(chain, tmp_path):
    rival = Rival(chain, tmp_path, 0, dry_run=True)
    assert (await rival.look()).started == [chain.victim]
    assert await rival.nonce() == 0
    assert await events(chain, "LiquidationStarted") == []


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (replace(LIMITS, least_profit=10**6 * WAD), "is asked"),
        (replace(LIMITS, most_gas_wei=1_000), "may be spent"),
        (replace(LIMITS, most_gas_wei_per_day=0), "gas of today"),
        (replace(LIMITS, least_free_bps=10_000), "are kept"),
    ],
)
async def test_a_greedy_strategy_cannot_spend_beyond_the_limits(chain, tmp_path, limits, words):
    strategy = ProcessStrategy([sys.executable, "-c", GREEDY], ProcessPolicy(answer_seconds=10.0))
    rival = Rival(chain, tmp_path, 0, strategy=strategy, limits=limits)
    try:
        done = await rival.look()
    finally:
        await strategy.close()
    assert (done.started, done.filled, await rival.nonce()) == ([], [], 0)
    assert words in done.refused[chain.victim]


async def test_a_greedy_strategy_takes_no_more_than_the_inventory_limit_leaves(chain, tmp_path):
    small = replace(LIMITS, most_own_requirement=3_000 * WAD)
    strategy = ProcessStrategy([sys.executable, "-c", GREEDY], ProcessPolicy(answer_seconds=10.0))
    rival = Rival(chain, tmp_path, 0, strategy=strategy, limits=small)
    try:
        for _ in range(5):
            await rival.look()
    finally:
        await strategy.close()
    own = (await chain.reader.margins([chain.bidders[0]]))[chain.bidders[0]].own_requirement
    assert 0 < own <= 3_000 * WAD


@pytest.mark.parametrize("code", ["raise SystemExit(1)", "import time; time.sleep(60)", "print('all in')"])
async def test_a_strategy_that_crashes_hangs_or_babbles_costs_nothing(chain, tmp_path, code):
    strategy = ProcessStrategy([sys.executable, "-c", code], ProcessPolicy(answer_seconds=0.5))
    rival = Rival(chain, tmp_path, 0, strategy=strategy)
    try:
        async with asyncio.timeout(20):
            done = await rival.look()
    finally:
        await strategy.close()
    assert (done.started, await rival.nonce()) == ([], 0)
    assert "strategy waits" in done.refused[chain.victim]


async def test_a_restart_goes_on_with_what_was_sent_and_sends_nothing_twice(chain, tmp_path):
    await chain.control.set_automine(False)
    first = Rival(chain, tmp_path, 0, timeout=0.3)
    done = await first.look()  # sent, and not mined within the client's patience
    assert "ChainUnreachable" in done.refused[chain.victim]
    first.store.close()
    second = Rival(chain, tmp_path, 0)
    assert "not mined yet" in (await second.look()).refused[chain.victim]
    await chain.control.mine()
    await chain.control.set_automine(True)
    assert (await second.look()).filled == [chain.victim]
    assert len(await events(chain, "LiquidationStarted")) == 1
    assert await second.nonce() == 2


async def test_the_command_hears_of_the_account_from_a_keeper_and_stops_on_request(chain, tmp_path):
    OWNERS[0].write_keystore(tmp_path / "key.json", "correct horse", kdf_rounds=2**12)
    write_secret_file(tmp_path / "password", "correct horse")
    board, stop = Board(stream="5eed"), asyncio.Event()
    watch = Watch(reader=chain.reader, table=board, policy=WatchPolicy(poll_seconds=0.2))
    watching = asyncio.create_task(watch.run(stop))
    async with serving(filled=board) as session:
        config = tmp_path / "liquidator.toml"
        config.write_text(CONFIGURATION.format(
            account=chain.bidders[0], keeper=str(session._base_url), url=chain.url, record=chain.record,
            artifacts=REPOSITORY / "out",
        ))  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "keeper.cli", "liquidator", "run", "--config", str(config),
            stderr=asyncio.subprocess.PIPE, cwd=REPOSITORY,
        )  # fmt: skip
        try:
            async with asyncio.timeout(90):
                while not await events(chain, "LiquidationFilled"):
                    assert process.returncode is None, (await process.stderr.read()).decode()
                    await asyncio.sleep(0.5)
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(30):
                log = (await process.stderr.read()).decode()
                assert await process.wait() == 0, log
        finally:
            if process.returncode is None:
                process.kill()
        stop.set()
        await watching
    said = [json.loads(line)["event"] for line in log.splitlines() if line.startswith("{")]
    assert said[0] == "liquidator.started"
    assert said[-1] == "liquidator.stopped"
    assert "correct horse" not in log


CONFIGURATION = """\
account = {account}
keepers = ["http://127.0.0.1:9", "{keeper}"]

[chain]
rpc_url = "{url}"
chain_id = 31337
deployment = "{record}"
artifacts = "{artifacts}"

[keys]
sender = {{ kind = "keystore", file = "key.json" }}
password_file = "password"

[limits]
least_profit = "10"
most_own_requirement = "200000"
least_free_bps = 1000
most_gas_wei = 100000000000000000
most_gas_wei_per_day = 1000000000000000000

[model]
native_underlying = 2
rivals_per_minute = 1000.0
holding_charge_bps = 0

[store]
database = "var/liquidator.db"
"""

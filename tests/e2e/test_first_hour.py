"""docs/operators.md, every command in its order: keys, a chain, a keeper that publishes, dies, returns, is audited."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import socket
import time
from decimal import Decimal
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from deploy import read_chain_config
from keeper.signing import read_secret_file
from keeper.simulation.market import MarketPath
from keeper.simulation.venues import VenueServer
from keeper.store import RoundStatus, Store
from keeper.symbols import BTC, ETH
from keeper.wire import LANE_PRICES
from tests.keeper.feeds.past import PastVenue

from .conftest import LOCAL, REPOSITORY

pytestmark = pytest.mark.chain

PAGE = REPOSITORY / "docs/operators.md"
STRIKES = {
    BTC: tuple(Decimal(n) for n in range(4_000, 13_000, 1_000)),
    ETH: tuple(Decimal(n) for n in range(100, 400, 25)),
}
# A round each few seconds, so that the hour takes a minute or two.
RHYTHM = {
    "TAILGUARD_ROUNDS__INTERVAL_SECONDS": "5",
    "TAILGUARD_ROUNDS__TAKEOVER_SECONDS": "4",
    "TAILGUARD_ROUNDS__PRICE_HEARTBEAT_SECONDS": "5",
}


def commands() -> str:
    """The page's shell blocks as one script; what is installed already is not installed again."""
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 7
    return "\n".join(["set -euo pipefail", *blocks]).replace("make setup\n", "")


def free_port() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return str(taken.getsockname()[1])


def place(tmp_path: Path) -> Path:
    """The repository as the page sees it, with a folder `operator` of its own."""
    home = tmp_path / "tailguard"
    home.mkdir()
    for name in (".venv", "node_modules", "tools", "deploy", "out", "keeper", "risk"):
        (home / name).symlink_to(REPOSITORY / name)
    return home


@contextlib.asynccontextmanager
async def market():
    """Venues that quote the present moment, and Deribit's past on the same terms; the addresses as settings."""
    begin = int(time.time())
    expiries = read_chain_config(LOCAL).expiries.after(begin)
    path = MarketPath(7, begin - 60, 1, 3_600, tuple(expiries), STRIKES)
    venues, past = VenueServer(), TestServer(PastVenue().application())
    root = await venues.start()
    await past.start_server()
    ticking = asyncio.create_task(tick(venues, path))
    try:
        listed = ("bitfinex", "bitstamp", "coinbase", "gemini", "kraken")
        yield (
            {
                "TAILGUARD_FEEDS__VENUES": json.dumps(
                    [{"name": name, "base_url": f"{root}/{name}"} for name in listed]
                ),
                "TAILGUARD_FEEDS__DERIBIT_URL": f"{root}/deribit",
            },
            str(past.make_url("")).rstrip("/"),
        )
    finally:
        ticking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ticking
        await past.close()
        await venues.stop()


async def tick(venues: VenueServer, path: MarketPath) -> None:
    while True:
        venues.set_state(path.state(int(time.time()) - path.start))
        await asyncio.sleep(1)


@pytest.fixture
async def hour(tmp_path):
    """The script's exit code, what it said, and the folder it leaves."""
    home = place(tmp_path)
    async with market() as (feeds, past):
        script = (
            commands()
            .replace("8545", (rpc := free_port()))
            .replace("8600", (api := free_port()))
            .replace("keeper history", f"keeper history --deribit-url {past}")
        )
        sample = (REPOSITORY / "deploy/keeper/keeper.toml").read_text()
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("TAILGUARD_")},
            **feeds,
            **RHYTHM,
            "TAILGUARD_CHAIN__RPC_URL": f"http://127.0.0.1:{rpc}",
            "TAILGUARD_SERVE__PORT": api,
        }
        assert "8545" in sample
        process = await asyncio.create_subprocess_exec(
            "bash", "-c", f"trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{script}",
            cwd=home, env=environment,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        output, _ = await asyncio.wait_for(process.communicate(), timeout=400)
    return process.returncode, output.decode(), home / "operator"


async def test_every_command_of_the_page_works_in_its_order(hour):
    code, said, folder = hour
    assert code == 0, said[-6_000:]
    assert "failed" not in said.split("keeper check", 1)[1].split("Round", 1)[0]
    with contextlib.closing(Store.open(folder / "keeper.db")) as store:
        rounds = store.rounds(LANE_PRICES)
    published = sorted(record.seq for record in rounds if record.status is RoundStatus.PUBLISHED)
    # Without a gap and without a repetition; the one in hand when it died is known to the chain and to the audit.
    assert published == list(range(published[0], published[0] + len(published)))
    assert len(published) >= 2
    assert published[0] <= 2
    assert re.search(r"rounds +│ (\d+): \1 verified, 0 unverified, 0 mismatched", said), said[-3_000:]
    assert Store.open(folder / "copy.db").rounds(LANE_PRICES)
    digest = re.search(r"0x[0-9a-f]{64}", said.split("Price history", 1)[1])[0]
    assert (folder / f"evidence/history-{digest[2:]}.json").is_file()
    assert read_secret_file(folder / "password", "password").strip() not in said

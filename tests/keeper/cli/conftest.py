"""One local chain with the system deployed by the command line, venues beside it, and the keys of a lone keeper."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from keeper.chain import Anvil, AnvilControl, Rpc, find_anvil
from keeper.cli.app import main
from keeper.signing import KeystoreSigner, write_secret_file
from keeper.simulation.history import synthetic_history
from keeper.simulation.market import MarketPath
from keeper.simulation.venues import VenueServer
from keeper.symbols import VENUE_SYMBOLS
from tests.keeper.market_cases import STRIKES

REPOSITORY = Path(__file__).parents[3]
GENESIS = 1_773_316_800  # 12 March 2026, 12:00 UTC
SIGNER, SENDER, EMERGENCY, LIQUIDATION = (
    KeystoreSigner.from_secret(secret) for secret in (0xC1, 0xC2, 0xC3, 0xC4)
)
PASSWORD = "correct horse"


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def message(self) -> str:
        """Standard error in one line."""
        return " ".join(self.err.split())


@pytest.fixture
def tailguard(monkeypatch, capsys):
    """Runs the command line's own entry point in this process."""
    for name in list(os.environ):
        if name.startswith("TAILGUARD_"):
            monkeypatch.delenv(name)
    limit = sys.getrecursionlimit()

    def run(*arguments: object) -> Result:
        monkeypatch.setattr(sys, "argv", ["tailguard", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return Result(int(ended.value.code or 0), captured.out, captured.err)

    yield run
    sys.setrecursionlimit(limit)


def in_a_process(*arguments: object) -> Result:
    """The same as an operator runs it; for commands that configure the process's logs."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TAILGUARD_")}
    done = subprocess.run(
        [sys.executable, "-m", "keeper.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
        env=environment,
        timeout=120,
    )
    return Result(done.returncode, done.stdout, done.stderr)


class Loop:
    """An event loop in a thread, for servers that outlive single tests."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


@dataclass
class LocalChain:
    """A node with the system on it; `options` are what every reading command is given."""

    loop: Loop
    url: str
    folder: Path
    venues: VenueServer
    venues_url: str
    record: Path
    chain_config: Path

    @property
    def options(self) -> tuple[str, ...]:
        return ("--rpc", self.url, "--deployment", str(self.record), "--artifacts", str(REPOSITORY / "out"))

    def call(self, method: str, *parameters: object):
        async def ask():
            async with Rpc(self.url) as rpc:
                return await rpc.call(method, *parameters)

        return self.loop.run(ask())

    def block_number(self) -> int:
        return int(self.call("eth_blockNumber"), 16)

    def show_market(self) -> None:
        """The venues quote at the chain's present."""
        now = int(self.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
        expiries = tuple(json.loads(self.record.read_text())["expiries"])
        path = MarketPath(3, now, 300, 100, expiries, STRIKES)
        self.loop.loop.call_soon_threadsafe(self.venues.set_state, path.state(0))


def chain_config(folder: Path) -> Path:
    """The local chain's configuration with the lone keeper as its quorum."""
    text = (REPOSITORY / "deploy/chains/local.toml").read_text()
    text = re.sub(r"addresses = \[.*?\]", f'addresses = ["{SIGNER.address}"]', text, flags=re.DOTALL)
    text = text.replace("guardians = [", f'guardians = ["{EMERGENCY.address}", ')
    path = folder / "chain.toml"
    path.write_text(text.replace("threshold = 2", "threshold = 1"))
    return path


@pytest.fixture(scope="session")
def chain(tmp_path_factory):
    with fresh_chain(tmp_path_factory.mktemp("chain")) as started:
        yield started


@contextmanager
def fresh_chain(folder: Path) -> Iterator[LocalChain]:
    """With the contracts deployed, and no round yet."""
    loop = Loop()
    program = find_anvil(os.environ.get("PATH"), REPOSITORY)
    anvil = loop.run(Anvil.start(program, timestamp=GENESIS))
    venues = VenueServer()
    try:
        venues_url = loop.run(venues.start())
        record, config = folder / "record.json", chain_config(folder)
        yield _deployed(LocalChain(loop, anvil.url, folder, venues, venues_url, record, config))
    finally:
        loop.run(venues.stop())
        anvil.stop()
        loop.close()


def _deployed(local: LocalChain) -> LocalChain:
    async def prepare():
        async with Rpc(local.url) as rpc:
            control = AnvilControl(rpc)
            await control.set_timestamp_interval(1)
            await control.set_balance(SENDER.address, 10**21)
            await control.set_balance(EMERGENCY.address, 10**21)
            await control.set_balance(LIQUIDATION.address, 10**21)

    local.loop.run(prepare())
    result = in_a_process("deploy", "--config", local.chain_config, "--json", *local.options)
    assert result.code == 0, result.err
    assert result.json["record"] == str(local.record)
    return local


@pytest.fixture
def keeper_file(chain, tmp_path):
    """Writes a keeper's configuration, keys and history into the test's own folder."""
    for name, key in (
        ("signer", SIGNER),
        ("sender", SENDER),
        ("emergency", EMERGENCY),
        ("liquidation", LIQUIDATION),
    ):
        key.write_keystore(tmp_path / f"{name}.json", PASSWORD, kdf_rounds=2**12)
    write_secret_file(tmp_path / "password", PASSWORD)
    history = synthetic_history(seed=3, end=GENESIS, hours=24 * 12, spots=(7_900.0, 195.0))
    (tmp_path / "history.json").write_text(json.dumps(history))

    def write(*replacements: tuple[str, str], dry: bool = True) -> Path:
        text = KEEPER.format(
            url=chain.url,
            record=chain.record,
            artifacts=REPOSITORY / "out",
            venues="\n".join(
                f'  {{ name = "{name}", base_url = "{chain.venues_url}/{name}" }},' for name in VENUE_SYMBOLS
            ),
            venues_url=chain.venues_url,
            dry=str(dry).lower(),
        )
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "keeper.toml"
        path.write_text(text)
        return path

    return write


KEEPER = """\
signer = 0
clock = "chain"
dry_run = {dry}

[chain]
rpc_url = "{url}"
chain_id = 31337
deployment = "{record}"
artifacts = "{artifacts}"

[keys]
signer = {{ kind = "keystore", file = "signer.json" }}
rounds = {{ kind = "keystore", file = "sender.json" }}
password_file = "password"

[feeds]
venues = [
{venues}
]
deribit_url = "{venues_url}/deribit"

[consensus]
max_age_seconds = 600

[model]
history = "history.json"
historical = 60
filtered_historical = 120
student_t = 60

[rounds]
warm_up_rounds = 1

[store]
database = "var/keeper.db"
evidence = "var/evidence"
"""

"""Whole daemons whose every signature each round needs, on a chain with open books; the first of them is killed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from keeper.signing import KeystoreSigner, write_secret_file
from keeper.simulation.theatre import free_ports
from keeper.simulation.troupe import Member, RoundRhythm, Surroundings, write_configuration
from keeper.simulation.venues import VenueServer
from tests.chaos.conclave import Conclave, Opening, convened
from tests.chaos.daemon_process import run
from tests.chaos.process import Process

INTERVAL_SECONDS = 120
_STEPS = 700  # a market day and a half: no listed expiry is past
_PASSWORD = "for this trial alone"
_SETTLED_BLOCKS = 16  # no trial's reorganisation takes back what everything stands on
_KDF_ROUNDS = 2**12
_MOST_ROUND_SECONDS = 120.0
_SMALL_MODEL = "[model]\nhistorical = 100\nfiltered_historical = 100\nstudent_t = 100\n"
_SETTINGS = "\n[fees]\nreplace_after_seconds = 1\nconfirmations = 12\n"


@dataclass
class DaemonRig:
    """Everything that runs. `rounds`: of each round played, whether it was accepted in time."""

    conclave: Conclave
    venues: VenueServer
    victim: Process
    others: list[Process]
    database: Path
    sender: str
    step: int = 0
    rounds: dict[int, bool] = field(default_factory=dict)
    _before: int = 0
    _newest: int = 0

    @property
    def troupe(self) -> Opening:
        return self.conclave.troupe

    async def begin(self) -> None:
        """The next round's time comes."""
        self.step += 1
        self._before = self._newest
        now = await self.troupe.begin(self.step)
        self.venues.set_state(self.troupe.market.state(self.step))
        await self.troupe.control.mine_at(now)

    async def reorganise(self, depth: int) -> None:
        """The newest blocks are replaced by as many that have nothing in them; time does not go back by more than they
        took."""
        rpc, control = self.troupe.rpc, self.troupe.control
        head = await self.troupe.reader.block()
        base = await self.troupe.reader.block(head.number - depth)
        await control.set_timestamp_interval(-(-(head.timestamp - base.timestamp) // depth))
        await rpc.call("anvil_reorg", depth, [])
        await control.set_timestamp_interval(1)

    async def is_accepted(self) -> bool:
        """Whether the round in hand has its prices on the chain; an older one's that came back are not its."""
        return await self._observed_at() > self._before

    async def finish(self) -> None:
        """Waits until the round in hand is accepted."""
        deadline = time.monotonic() + _MOST_ROUND_SECONDS
        while not (accepted := await self.is_accepted()) and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        self.rounds[self.step] = accepted
        self._newest = max(self._newest, await self._observed_at())

    async def _observed_at(self) -> int:
        return max(held.observed_at for held in (await self.troupe.reader.prices([1, 2])).values())


@asynccontextmanager
async def opened(folder: Path, *, keepers: int) -> AsyncIterator[DaemonRig]:
    """All of them run; one leads every round, two lead every other one."""
    async with AsyncExitStack() as stack:
        conclave = await stack.enter_async_context(
            convened(keepers, keepers, step_seconds=INTERVAL_SECONDS, steps=_STEPS)
        )
        await conclave.troupe.control.set_timestamp_interval(1)
        venues = VenueServer()
        surroundings = _surroundings(conclave, await venues.start())
        stack.push_async_callback(venues.stop)
        ports = dict(enumerate(free_ports(keepers)))
        members = [await _member(conclave, number, folder) for number in ports]
        victim, *others = (Process(run, _configuration(member, ports, surroundings)) for member in members)
        await conclave.troupe.control.mine(_SETTLED_BLOCKS)
        rig = DaemonRig(
            conclave, venues, victim, others, members[0].folder / "keeper.db", members[0].sender_address
        )
        for process in (victim, *others):
            process.start()
            stack.callback(lambda running: running.kill() if running.is_running else None, process)
        for process in (victim, *others):
            await process.line("keeper.started", since=0)
        yield rig


def _surroundings(conclave: Conclave, venues_url: str) -> Surroundings:
    played = conclave.troupe.played
    (history,) = played.evidence.glob("history-*.json")
    return Surroundings(
        rpc_url=played.url,
        chain_id=played.deployment.chain_id,
        deployment=(conclave.folder / "deployment.json").resolve(),
        artifacts=Path("out").resolve(),
        venues_url=venues_url,
        aggregators={},
        history=history.resolve(),
        evidence=played.evidence.resolve(),
        rhythm=RoundRhythm(INTERVAL_SECONDS, 2 * INTERVAL_SECONDS, 3 * INTERVAL_SECONDS),
    )


async def _member(conclave: Conclave, number: int, folder: Path) -> Member:
    home = folder / f"keeper-{number}"
    home.mkdir()
    write_secret_file(home / "password", _PASSWORD)
    keys = {"signer": conclave.keys[number], "sender": KeystoreSigner.from_secret(0x5E00 + number)}
    for role, key in keys.items():
        key.write_keystore(home / f"{role}.json", _PASSWORD, kdf_rounds=_KDF_ROUNDS)
    await conclave.troupe.control.set_balance(keys["sender"].address, 10**24)
    return Member(number, keys["signer"].address, keys["sender"].address, home)


def _configuration(member: Member, ports: dict[int, int], surroundings: Surroundings) -> Path:
    path = write_configuration(member=member, ports=ports, surroundings=surroundings)
    path.write_text(path.read_text().replace("[model]\n", _SMALL_MODEL) + _SETTINGS)
    return path

"""A soak: thousands of cycles of a keeper's real objects on a chain whose time is wound on; nothing may grow.

python -m tests.chaos.soak --out var/chaos/soak.json [--cycles 10000]

Index, assessment, decision, outbox, store with retention, board, HTTP face and metrics live in this process, the chain
in another. An hour of the path is twelve cycles, and every hour freed memory is given back, as the daemon does. Memory
is the process's resident set then, after a collection; its slope is a linear fit after the warm-up.

What is bounded fills first, and until then grows as it must: the ring of 512 deltas one a cycle, SQLite's page cache,
and longest the week of hourly marks that the model continues its history with and every bundle repeats. It is full
after 2,016 cycles: a slope that begins before measures how fast it fills.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import sys
import tempfile
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict
from pathlib import Path

import aiohttp
import structlog
from sqlalchemy import func, select

from keeper.api import Board
from keeper.daemon.schedule import stop_on_signals
from keeper.engine import give_back_freed
from keeper.store import EvidenceStore, Retention, prune, tables
from keeper.store.database import transaction
from keeper.types import WAD
from risk.instruments import PERPETUAL, Instrument
from tests.bench.chain_books import BookWriter, drawn_trades, instruments
from tests.bench.lone_keeper import LoneKeeper, Script, opened
from tests.chaos.soak_figures import KEPT_CYCLES, PRUNE_EVERY, Sample, Soak
from tests.keeper.api.api_cases import serving

_READ_EVERY = 4
_SAMPLE_EVERY = 4 * PRUNE_EVERY  # right after freed memory was given back
_DAY_SECONDS = 86_400
# Cycles in which everything bounded is full: a week of hourly marks, and a fifth beyond it.
FULL_AFTER = 2_500
_FAST_DISK = Path("/dev/shm")  # noqa: S108 - syncs are not what is soaked
_ACCOUNTS = 8
_PAGES_KB = os.sysconf("SC_PAGE_SIZE") // 1024


async def soaked(
    folder: Path,
    *,
    cycles: int = 10_000,
    warm_up: int | None = None,
    stop: asyncio.Event | None = None,
    told: Callable[[Sample], None] = lambda _sample: None,
) -> Soak:
    """Plays `cycles` in the empty `folder`; `warm_up` of them fill what is bounded: `FULL_AFTER` unless given, of a
    shorter soak the half. After `stop` no other cycle begins, and what was played counts."""
    record, started = folder / "samples.jsonl", time.monotonic()
    with _quiet():
        async with _player(folder, cycles) as player:
            for number in range(1, cycles + 1):
                if stop is not None and stop.is_set():
                    cycles = number - 1
                    break
                await player.play(number)
                if number % _SAMPLE_EVERY == 0:
                    taken = player.sample(number)
                    _keep(taken, record)
                    told(taken)
    warm_up = min(FULL_AFTER, cycles // 2) if warm_up is None else warm_up
    return Soak(cycles, warm_up, time.monotonic() - started, _kept(record))


def _keep(sample: Sample, record: Path) -> None:
    # In a file: kept in memory, samples would count among what grows.
    with record.open("a", encoding="utf8") as lines:
        lines.write(json.dumps(asdict(sample)) + "\n")


def _kept(record: Path) -> tuple[Sample, ...]:
    lines = record.read_text(encoding="utf8").splitlines() if record.exists() else []
    return tuple(Sample(**json.loads(line)) for line in lines)


class Player:
    """One cycle after the other, and what happens around a keeper meanwhile: trades, readers, pruning."""

    def __init__(self, lone: LoneKeeper, books: BookWriter, client: aiohttp.ClientSession) -> None:
        self._lone, self._books, self._client = lone, books, client
        self._ended: deque[float] = deque(maxlen=KEPT_CYCLES)

    async def play(self, number: int) -> None:
        await self._trade(number)
        await self._lone.advance(number)
        await self._lone.cycle()
        if number % _READ_EVERY == 0:
            await self._read(self._lone.board)
        self._ended.append(time.time())
        if number % PRUNE_EVERY == 0:
            if len(self._ended) == KEPT_CYCLES:
                self._prune()
            give_back_freed()

    async def _trade(self, number: int) -> None:
        """To and fro, so that portfolios change and do not grow."""
        buyer = 2 + number // 2 % (_ACCOUNTS - 1)
        pair = (buyer, buyer + 1) if number % 2 else (buyer + 1, buyer)
        await self._books.trades([(*pair, Instrument(1, 0, 0, PERPETUAL).encode(), WAD // 10, 7_000 * WAD)])

    async def _read(self, board: Board) -> None:
        reader = board.subscribe()
        assert reader is not None
        for path in ("/metrics", "/readyz", "/v1/status", "/v1/accounts"):
            async with self._client.get(path) as response:
                assert response.status in (200, 503), path
                await response.read()
        board.unsubscribe(reader)

    def _prune(self) -> None:
        """Forgets what is older than so many cycles, as if they were a day."""
        observer = self._lone.parts.observer
        oldest = observer.market.time(max(observer.step - KEPT_CYCLES, 0))
        prune(
            self._lone.parts.store.engine,
            EvidenceStore(self._lone.folder / "evidence"),
            Retention(observations_days=1, rounds_days=1, messages_days=1, evidence_days=1),
            now=oldest + _DAY_SECONDS,
            wall_now=int(self._ended[0]) + _DAY_SECONDS,
        )

    def sample(self, number: int) -> Sample:
        gc.collect()
        resident = int(Path("/proc/self/statm").read_text().split()[1]) * _PAGES_KB
        rows = {table.name: self._count(table) for table in tables.metadata.sorted_tables}
        bundles = sum(1 for _ in (self._lone.folder / "evidence").iterdir())
        return Sample(
            number, self.published(), resident, len(os.listdir("/proc/self/fd")), {**rows, "bundles": bundles}
        )

    def published(self) -> int:
        """Rounds the chain has accepted, of all lanes."""
        families = self._lone.parts.metrics.rounds.collect()
        return int(sum(s.value for f in families for s in f.samples if s.name.endswith("_total")))

    def _count(self, table: object) -> int:
        with transaction(self._lone.parts.store.engine) as connection:
            return int(connection.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]


@asynccontextmanager
async def _player(folder: Path, cycles: int) -> AsyncIterator[Player]:
    """Eight accounts with perpetuals and options that outlive the soak."""
    days = cycles * 300 // _DAY_SECONDS + 30
    script = Script(
        cycles + 1, 300, (days, days + 30), scenarios=(40, 40, 40), kept_states=256, confirmations=8
    )
    async with opened(folder, script) as lone:
        books = BookWriter(lone.rpc, lone.parts.reader, lone.token, lone.operator)
        await books.open()
        await books.accounts(_ACCOUNTS)
        accounts = list(range(2, 2 + _ACCOUNTS))
        await books.deposits(accounts, 10**12)
        listed = instruments(lone.parts.deployment.expiries)
        await books.trades(drawn_trades(accounts, listed, each=3, seed=3))
        await lone.advance(0)
        await lone.cycle()
        async with serving(service=lone.keeper, metrics=lone.parts.metrics, filled=lone.board) as client:
            yield Player(lone, books, client)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without log lines: tens of them a cycle would be all one reads."""
    before = structlog.get_config()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    try:
        yield
    finally:
        structlog.configure(**before)


async def _until_stopped(folder: Path, cycles: int) -> Soak:
    """SIGINT and SIGTERM end it after the cycle in hand, with a document of what was played."""
    stop = asyncio.Event()
    stop_on_signals(stop)
    return await soaked(folder, cycles=cycles, stop=stop, told=_tell)


def _tell(sample: Sample) -> None:
    told = f"{sample.cycle} cycles: {sample.resident_kb} KB, {sample.handles} handles, {sample.rows['events']} events"
    print(told, file=sys.stderr, flush=True)  # noqa: T201 - the trial's voice


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cycles", type=int, default=10_000)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(dir=_FAST_DISK if _FAST_DISK.is_dir() else None) as folder:
        soak = asyncio.run(_until_stopped(Path(folder), options.cycles))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(soak.document(), indent=2) + "\n", encoding="utf8")
    return 0 if soak.is_flat else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

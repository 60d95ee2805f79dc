"""One keeper in steady state on a chain with thousands of accounts: CPU by stage, and what a cycle costs the chain."""

from __future__ import annotations

import json
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prometheus_client import generate_latest
from sqlalchemy import select, text

from keeper.daemon.memory import StoreMemory
from keeper.daemon.progress import Progress, Stage
from keeper.decide.rounds import PublishThresholds
from keeper.store import tables
from keeper.store.database import transaction
from tests.bench.chain_books import BookWriter, drawn_trades, instruments
from tests.bench.lone_keeper import LoneKeeper, Script

INTERVAL_SECONDS = 60
CYCLES = 3
_WARM_CYCLES = 2
_FIRST_STEP = 40  # opening ten thousand books takes minutes of the chain's time
_DAY_SECONDS = 86_400
_DEPOSIT = 10**12  # a million: nobody is near the line
SCRIPT = Script(
    steps=80,
    interval_seconds=INTERVAL_SECONDS,
    expiry_days=(7, 28),
    scenarios=(400, 1_200, 400),
    publish=PublishThresholds(
        price_heartbeat_seconds=INTERVAL_SECONDS, surface_heartbeat_seconds=INTERVAL_SECONDS
    ),
    kept_states=16,
    confirmations=8,
)

_spent: Counter[str] = Counter()  # CPU seconds by stage, of the cycle that runs


class TimedMemory(StoreMemory):
    """Notes the CPU of remembering."""

    def remember_observed(self, *arguments: Any) -> None:
        _timed("remember", lambda: StoreMemory.remember_observed(self, *arguments))

    def remember_proposed(self, *arguments: Any) -> None:
        _timed("remember", lambda: StoreMemory.remember_proposed(self, *arguments))

    def remember_published(self, *arguments: Any) -> None:
        before = _spent["remember"]
        _timed("remember", lambda: StoreMemory.remember_published(self, *arguments))
        _spent["publish"] -= _spent["remember"] - before  # it lies within that stage


def _timed(stage: str, task: Any) -> None:
    started = time.process_time()
    task()
    _spent[stage] += time.process_time() - started


def cpu_progress() -> Progress:
    """The daemon's own stages, in CPU seconds of the process."""
    names = {Stage.READ: "observe", Stage.OBSERVE: "observe", Stage.ASSESS: "assess", Stage.TEND: "publish"}

    def finished(stage: Stage, seconds: float) -> None:
        _spent[names.get(stage, stage.value)] += seconds

    return Progress(clock=time.process_time, finished=finished)


async def prepared(lone: LoneKeeper, accounts: int) -> BookWriter:
    """So many accounts with cash and about four legs each; every first verdict is published."""
    books = BookWriter(lone.rpc, lone.parts.reader, lone.token, lone.operator)
    await books.open()
    await books.accounts(accounts)
    ids = range(2, 2 + accounts)
    await books.deposits(ids, _DEPOSIT)
    listed = instruments(lone.parts.deployment.expiries)
    # A first cycle without positions gives the ledger its prices.
    await lone.advance(0)
    assert await lone.keeper.tick()
    await books.trades(drawn_trades(list(ids), listed, each=2, seed=5))
    return books


async def steady(lone: LoneKeeper, books: BookWriter, accounts: int) -> dict[str, Any]:
    """Medians of cycles in which a hundredth of the portfolios and all prices have changed."""
    cycles = []
    for step in range(_FIRST_STEP, _FIRST_STEP + _WARM_CYCLES + CYCLES):
        await _change(lone, books, accounts, step)
        before = _last_message(lone), _bytes(lone)
        measured = await _cycle(lone)
        cycles.append({**measured, **_costs(lone, *before)})
    kept = cycles[_WARM_CYCLES:]
    stages = {stage: statistics.median(c["cpu"][stage] for c in kept) for stage in kept[0]["cpu"]}
    middle = {
        key: statistics.median(c[key] for c in kept) for key in ("calldata_bytes", "gas", "stored_bytes")
    }
    return {
        "accounts": accounts,
        "cycles": len(kept),
        "cpu_seconds_by_stage": {stage: round(seconds, 4) for stage, seconds in stages.items()},
        "cpu_seconds": round(statistics.median(sum(c["cpu"].values()) for c in kept), 4),
        "rows_by_lane": kept[-1]["rows"],
        "calldata_bytes": middle["calldata_bytes"],
        "gas": middle["gas"],
        "stored_bytes_a_day": round(middle["stored_bytes"] * _DAY_SECONDS / INTERVAL_SECONDS),
    }


async def _change(lone: LoneKeeper, books: BookWriter, accounts: int, step: int) -> None:
    pairs = max(accounts // 200, 1)
    first = 2 + 2 * pairs * step % accounts
    ids: Sequence[int] = range(first, first + 2 * pairs)
    listed = instruments(lone.parts.deployment.expiries)
    await books.trades(drawn_trades(ids, listed, each=1, seed=step))
    await lone.advance(step)


async def _cycle(lone: LoneKeeper) -> dict[str, Any]:
    _spent.clear()
    started = time.process_time()
    assert await lone.keeper.tick()
    await lone.keeper.tend()
    ticked = time.process_time() - started
    _spent["decide"] = ticked - sum(_spent.values())  # what is due, its headers and its bundle's text
    started = time.process_time()
    await lone.watch.look()
    generate_latest(lone.parts.metrics.registry)
    json.dumps({"status": lone.keeper.status(), "accounts": lone.keeper.accounts()})
    _spent["serve"] = time.process_time() - started
    order = ("observe", "assess", "decide", "sign", "publish", "remember", "serve")
    return {"cpu": {stage: _spent[stage] for stage in order}}


def _costs(lone: LoneKeeper, last: int, stored: int) -> dict[str, Any]:
    """Of what was sent since message `last`."""
    table = tables.outbox
    with transaction(lone.parts.store.engine) as connection:
        sent = connection.execute(select(table.c.data, table.c.gas_used).where(table.c.id > last)).all()
        rounds = tables.rounds
        newest = connection.execute(
            select(rounds.c.lane, rounds.c.rows).order_by(rounds.c.observed_at.desc()).limit(len(sent))
        ).all()
    return {
        "rows": {str(lane): len(json.loads(rows)) for lane, rows in sorted(newest)},
        "calldata_bytes": sum(len(data) for data, _ in sent),
        "gas": sum(gas or 0 for _, gas in sent),
        "stored_bytes": _bytes(lone) - stored,
    }


def _last_message(lone: LoneKeeper) -> int:
    with transaction(lone.parts.store.engine) as connection:
        return int(connection.execute(text("SELECT coalesce(max(id), 0) FROM outbox")).scalar_one())


def _bytes(lone: LoneKeeper) -> int:
    """Of the database's pages in use, and of the bundles."""
    with transaction(lone.parts.store.engine) as connection:
        pages, free, size = (
            int(connection.execute(text(f"PRAGMA {name}")).scalar_one())
            for name in ("page_count", "freelist_count", "page_size")
        )
    bundles = sum(path.stat().st_size for path in Path(lone.folder / "evidence").iterdir())
    return (pages - free) * size + bundles

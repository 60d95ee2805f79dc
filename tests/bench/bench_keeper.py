"""Measures one keeper: its reading beside web3's, and its steady state on a chain with thousands of accounts.

python -m tests.bench.bench_keeper --out var/bench/keeper.json [--logs 100000] [--accounts 1000 10000]
    [--indexed 1000 10000 100000]

Exits with 1 where a must is missed: a ratio to web3, the growth of cost with accounts, or two readings that disagree.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from rich.console import Console
from rich.table import Table

from keeper.types import Observation
from risk.warm import warm
from tests.bench import keeper_scale
from tests.bench.chain_books import instruments
from tests.bench.keeper_indexed import indexed
from tests.bench.keeper_reads import account_reads, log_decoding
from tests.bench.keeper_standards import Finding, findings
from tests.bench.lone_keeper import LoneKeeper, assessor, opened, policy
from tests.keeper.audit.play import observed

_FAST_DISK = Path("/dev/shm")  # noqa: S108 - CPU is measured, not a disk
_INDEXED_ROUNDS = 3


async def measured(options: argparse.Namespace) -> dict[str, Any]:
    document: dict[str, Any] = {"log_decoding": log_decoding(options.logs)}
    _say(f"log decoding: {document['log_decoding']['ratio']:.1f} x web3")
    on_chain: list[dict[str, Any]] = []
    for count in sorted(options.accounts):
        with _folder() as folder:
            reads, figures, known = await _on_chain(
                Path(folder), count, options.indexed if not on_chain else []
            )
        document.setdefault("account_reads", reads)
        document.setdefault("indexed", known)
        on_chain.append(figures)
        _say(f"{count} accounts on chain: {figures['cpu_seconds']} s of CPU a cycle")
    document["on_chain"] = on_chain
    document["growth_exponent"] = {key: exponent(document[key]) for key in ("on_chain", "indexed")}
    return document


async def _on_chain(
    folder: Path, count: int, books: Sequence[int]
) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
    """Reads and steady state of a chain; in its market the books that are known from logs alone."""
    progress, memory = keeper_scale.cpu_progress(), keeper_scale.TimedMemory
    async with opened(folder, keeper_scale.SCRIPT, progress=progress, memory=memory) as lone:
        writer = await keeper_scale.prepared(lone, count)
        reads = await account_reads(lone)
        figures = await keeper_scale.steady(lone, writer, count)
        return reads, figures, [await _indexed(lone, book) for book in sorted(books)]


async def _indexed(lone: LoneKeeper, count: int) -> dict[str, Any]:
    newest = lone.keeper.present.newest
    assert newest is not None
    observer, script = lone.parts.observer, lone.parts.script
    steps = range(observer.step, observer.step + _INDEXED_ROUNDS)
    seen: list[Observation] = [observed(observer.market, step) for step in steps]
    listed = [i.encode() for i in instruments(lone.parts.deployment.expiries)]
    with _folder() as folder:
        figures = await indexed(
            Path(folder),
            count,
            view=newest.context.view,
            listed=listed,
            assessor=assessor(script),
            policy=policy(script),
            observations=seen,
        )
    _say(f"{count} accounts from logs: {figures['cpu_seconds']} s of CPU a cycle")
    return figures


def exponent(rows: Sequence[dict[str, Any]]) -> float | None:
    """The power of the accounts that CPU grows with, by least squares of logarithms; None for one size."""
    if len(rows) < 2:
        return None
    accounts, seconds = ([row[key] for row in rows] for key in ("accounts", "cpu_seconds"))
    return float(np.polyfit(np.log(accounts), np.log(seconds), 1)[0])


def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(dir=_FAST_DISK if _FAST_DISK.is_dir() else None)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - the bench's voice


def shown(found: Sequence[Finding], document: dict[str, Any], console: Console) -> None:
    """Every figure with its must and aim, then the CPU of a cycle by stage."""
    table = Table(title="One keeper", title_justify="left")
    for heading in ("figure", "must", "aim", "measured", "verdict"):
        table.add_column(heading, justify="left" if heading in ("figure", "verdict") else "right")
    for item in found:
        table.add_row(item.name, item.must, item.aim, item.measured, item.verdict)
    console.print(table)
    for key in ("on_chain", "indexed"):
        console.print(_stages(key.replace("_", " "), document[key]))


def _stages(title: str, rows: Sequence[dict[str, Any]]) -> Table:
    table = Table(title=f"CPU seconds a cycle, {title}", title_justify="left")
    stages = list(rows[0]["cpu_seconds_by_stage"]) if rows else []
    for heading in ("accounts", *stages, "all"):
        table.add_column(heading, justify="right")
    for row in rows:
        parts = [f"{row['cpu_seconds_by_stage'][stage]:.3f}" for stage in stages]
        table.add_row(f"{row['accounts']:,}", *parts, f"{row['cpu_seconds']:.3f}")
    return table


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--logs", type=int, default=100_000)
    parser.add_argument("--accounts", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--indexed", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    options = parser.parse_args(arguments)
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    warm()
    document = asyncio.run(measured(options))
    found = findings(document)
    document["verdicts"] = {item.name: item.verdict for item in found}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(document, indent=2) + "\n", encoding="utf8")
    shown(found, document, Console(width=120))
    return 1 if any(item.is_failure for item in found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

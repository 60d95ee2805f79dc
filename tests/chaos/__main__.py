"""Everything that goes wrong, on purpose: writes what became of it.

python -m tests.chaos --out var/chaos/summary.json [--kills 200] [--seed 1]

Exits with 1 where an update was lost or doubled, a nonce left out, an index differs from a rebuilt one, or a quorum
published what it must not or not what it must.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import structlog
from rich.console import Console

from tests.chaos.daemon_kills import daemon_killed
from tests.chaos.faults import FaultRecord, suffered
from tests.chaos.kills import Kills, killed
from tests.chaos.quorum import Outcome, matrix
from tests.chaos.table import show
from tests.chaos.verdict import Verdict, together

T = TypeVar("T")


@dataclass(frozen=True)
class Trials:
    """What each trial found. `slope`: of a soak's memory, kB in a thousand cycles."""

    faults: list[FaultRecord]
    after_faults: Verdict
    kills: list[tuple[str, Kills]]
    quorum: list[Outcome]
    slope: float | None

    @property
    def verdict(self) -> Verdict:
        return together([self.after_faults, *(found.verdict for _, found in self.kills)])

    @property
    def is_clean(self) -> bool:
        return self.verdict.is_clean and all(outcome.is_as_it_must_be for outcome in self.quorum)

    def document(self) -> dict[str, object]:
        return {
            "kills": sum(sum(found.by_step.values()) for _, found in self.kills),
            "lost": self.verdict.lost,
            "doubled": self.verdict.doubled,
            "nonce_gaps": self.verdict.nonce_gaps,
            "faults": [record.document() for record in self.faults],
            "quorum": [outcome.document() for outcome in self.quorum],
            "soak_slope_kb_per_1000_cycles": self.slope,
        }


async def tried(options: argparse.Namespace) -> Trials:
    quorum = await matrix()
    _say(f"{len(quorum)} combinations of keepers")
    faults, after_faults = await _within(suffered)
    _say(f"{len(faults)} faults: {after_faults}")
    whole = await _within(lambda folder: daemon_killed(folder, times=options.kills, seed=options.seed))
    _say(f"{options.kills} kills of the daemon: {whole.verdict}")
    worker = await _within(lambda folder: killed(folder, times=options.kills // 2, seed=options.seed))
    _say(f"{options.kills // 2} kills of a worker: {worker.verdict}")
    kills = [("The whole daemon", whole), ("Outbox, index and store alone", worker)]
    return Trials(faults, after_faults, kills, quorum, slope=None)


async def _within(trial: Callable[[Path], Awaitable[T]]) -> T:
    with tempfile.TemporaryDirectory() as folder:
        return await trial(Path(folder))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - the trial's voice


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    # The processes under trial keep logs of their own; what keepers in this one say is not for this screen.
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    trials = asyncio.run(tried(options))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(trials.document(), indent=2) + "\n", encoding="utf8")
    show(trials.faults, trials.kills, trials.quorum, Console(width=160))
    return 0 if trials.is_clean else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Everything that goes wrong, on purpose: writes what became of it.

python -m tests.chaos --out var/chaos/summary.json [--kills 200] [--cycles 10000] [--seed 1] [--trials quorum soak ...]

Exits with 1 where an update was lost or doubled, a nonce left out, an index differs from a rebuilt one, a quorum
published what it must not or not what it must, or memory, tables or open files grew in the soak.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import structlog
from rich.console import Console

from tests.chaos.daemon_kills import daemon_killed
from tests.chaos.faults import FaultRecord, suffered
from tests.chaos.kills import Kills, killed
from tests.chaos.quorum import Outcome, matrix
from tests.chaos.table import fault_table, kill_table, quorum_table
from tests.chaos.verdict import Verdict, together

T = TypeVar("T")
# Title, trial, and how many of a hundred kills are its.
KILLED = {
    "daemon": ("The whole daemon", daemon_killed, 60),
    "worker": ("Outbox, index and store alone", killed, 40),
}
TRIALS = ("quorum", "faults", *KILLED, "soak")


@dataclass
class Trials:
    """What each trial found. `slope`: of a soak's memory, kB in a thousand cycles; None where none was soaked."""

    faults: list[FaultRecord] = field(default_factory=list)
    after_faults: list[Verdict] = field(default_factory=list)
    kills: list[tuple[str, Kills]] = field(default_factory=list)
    quorum: list[Outcome] = field(default_factory=list)
    slope: float | None = None
    is_flat: bool = True

    @property
    def verdict(self) -> Verdict:
        return together([*self.after_faults, *(found.verdict for _, found in self.kills)])

    @property
    def is_clean(self) -> bool:
        quorum = all(outcome.is_as_it_must_be for outcome in self.quorum)
        return self.verdict.is_clean and quorum and self.is_flat

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


async def tried(options: argparse.Namespace, console: Console) -> Trials:
    """Each trial in turn; its table is shown as soon as it is over."""
    trials = Trials()
    if "quorum" in options.trials:
        trials.quorum = await matrix()
        console.print(quorum_table(trials.quorum))
    if "faults" in options.trials:
        trials.faults, after = await _within(suffered)
        trials.after_faults.append(after)
        console.print(fault_table(trials.faults, after))
    for name, (title, trial, share) in KILLED.items():
        if name in options.trials:
            times = -(-options.kills * share // 100)
            found = await _within(partial(trial, times=times, seed=options.seed))
            trials.kills.append((title, found))
            console.print(kill_table(title, found))
    if "soak" in options.trials:
        trials.slope, trials.is_flat = await _soaked(options.cycles)
        console.print(f"Soak, {options.cycles} cycles: {trials.slope} kB in a thousand")
    return trials


async def _within(trial: Callable[[Path], Awaitable[T]]) -> T:
    with tempfile.TemporaryDirectory() as folder:
        return await trial(Path(folder))


async def _soaked(cycles: int) -> tuple[float, bool]:
    """In a process of its own: what the other trials left in this one's memory is none of its affair."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "soak.json"
        command = (sys.executable, "-m", "tests.chaos.soak", "--out", str(out), "--cycles", str(cycles))
        process = await asyncio.create_subprocess_exec(*command)
        flat = await process.wait() == 0
        return json.loads(out.read_text())["slope_kb_per_1000_cycles"], flat


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--cycles", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--trials", nargs="+", choices=TRIALS, default=TRIALS)
    options = parser.parse_args(arguments)
    # The processes under trial keep logs of their own; what keepers in this one say is not for this screen.
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    trials = asyncio.run(tried(options, Console(width=160)))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(trials.document(), indent=2) + "\n", encoding="utf8")
    return 0 if trials.is_clean else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Running whole demonstrations in tests: the real command, its summary and its evidence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keeper.assess import Evidence, from_bundle
from keeper.consensus import consensus_price
from keeper.store import EvidenceStore
from keeper.types import ConsensusPrice

ROOT = Path(__file__).resolve().parents[2]
SUMMARY_KEYS = {
    "accounts",
    "rounds",
    "rounds_verified",
    "rounds_unverified",
    "rounds_mismatched",
    "liquidations",
    "insolvencies",
    "settlements",
    "bad_debt",
    "insurance_paid",
    "socialised_loss",
    "max_price_error",
    "cycle_seconds_p50",
    "cycle_seconds_p99",
    "gas_per_round_p50",
    "seed",
}


@dataclass(frozen=True)
class Performed:
    """A finished `tailguard demo`."""

    exit_code: int
    output: str
    folder: Path

    @property
    def summary(self) -> dict[str, Any]:
        return json.loads((self.folder / "summary.json").read_text())

    def evidences(self) -> Iterator[Evidence]:
        """Every evidence bundle, in order of time."""
        store = EvidenceStore(self.folder / "evidence")
        names = [path.name.split(".")[0] for path in (self.folder / "evidence").glob("*.json.zst")]
        yield from sorted((from_bundle(store.read(bytes.fromhex(n))) for n in names), key=lambda e: e.now)


def perform(folder: Path, *arguments: str, timeout_seconds: float = 900.0) -> Performed:
    """`tailguard demo` in a process of its own, one numeric thread each."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "keeper.cli", "demo", "--folder", str(folder), *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout_seconds,
        check=False,
    )
    return Performed(done.returncode, done.stdout + done.stderr, folder)


def prices_of(evidence: Evidence) -> list[ConsensusPrice]:
    """The consensus again, from the bundle's quotes."""
    return [
        consensus_price(
            evidence.quotes,
            underlying=underlying,
            now=evidence.now,
            previous=evidence.previous.get(underlying),
            config=evidence.consensus,
            last_changes=evidence.last_changes,
        )
        for underlying in sorted({quote.underlying for quote in evidence.quotes})
    ]

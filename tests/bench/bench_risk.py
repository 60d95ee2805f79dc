"""Measures risk/ beside its peers on the same inputs and writes medians and ratios: no absolute limits, no
network.

python -m tests.bench.bench_risk --out var/bench/risk.json [--runs 5]
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from risk.warm import warm
from tests.bench import book_cases, cases, pricing_cases, surface_cases, volatility_cases

TOPICS = (pricing_cases, surface_cases, volatility_cases, cases, book_cases)


def seconds(task: Callable[[], object]) -> float:
    start = time.perf_counter()
    task()
    return time.perf_counter() - start


def measure(case: cases.Case, *, runs: int) -> dict[str, object]:
    """Alternates ours and the peer, so that whatever else runs on the machine burdens both."""
    disagreement = case.disagreement(case.ours(), case.peer())
    ours, peer = [], []
    for _ in range(runs):
        ours.append(seconds(case.ours))
        peer.append(seconds(case.peer))
    return {
        "case": case.name,
        "peer": case.peer_name,
        "ours_seconds_median": statistics.median(ours),
        "peer_seconds_median": statistics.median(peer),
        "ratio": statistics.median(p / o for o, p in zip(ours, peer, strict=True)),
        "work": case.work,
        "ours_per_second": case.units / statistics.median(ours),
        "largest_disagreement": disagreement,
        "runs": runs,
    }


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args(arguments)
    warm()
    results = [measured_and_shown(case, runs=options.runs) for topic in TOPICS for case in topic.cases()]
    document = {
        "cores": 1,
        "numpy": np.__version__,
        "start_up": start_up_seconds(),
        **book_cases.book_var_peak_gb(),
        "results": results,
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(document, indent=2) + "\n")
    sys.stdout.write(f"written to {options.out}\n")
    return 0


def measured_and_shown(case: cases.Case, *, runs: int) -> dict[str, object]:
    row = measure(case, runs=runs)
    speed = f"{row['ours_per_second']:>14,.0f} {row['work']}/s"
    sys.stdout.write(f"{row['case']:<26} {row['ratio']:8.2f} x {row['peer']:<42} {speed}\n")
    sys.stdout.flush()
    return row


def start_up_seconds() -> dict[str, float]:
    """A fresh process that imports the package, and one that also loads every compiled kernel from its cache."""
    programs = {"import": "import risk.warm", "import_and_kernels": "from risk.warm import warm; warm()"}
    return {
        name: seconds(lambda program=program: subprocess.run([sys.executable, "-c", program], check=True))
        for name, program in programs.items()
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Measures risk/ beside its peers on the same inputs and writes medians and ratios: no absolute limits, no
network.

python -m tests.bench.bench_risk --out var/bench/risk.json [--runs 5]
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from risk.warm import warm
from tests.bench import cases


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
    results = [measure(case, runs=options.runs) for case in cases.all_cases()]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    document = {"threads": 1, "numpy": np.__version__, "results": results}
    options.out.write_text(json.dumps(document, indent=2) + "\n")
    for row in results:
        speed = f"{row['ours_per_second']:>14,.0f} {row['work']}/s"
        sys.stdout.write(f"{row['case']:<38} {row['ratio']:7.2f} x {row['peer']:<38} {speed}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

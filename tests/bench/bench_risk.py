"""Measures risk/ beside its peers on the same inputs and writes medians and ratios; no network.

python -m tests.bench.bench_risk --out var/bench/risk.json [--runs 5] [--accounts 100000]

Exits with 1 when a figure misses what it must reach (`tests.bench.standards`) or the answers disagree.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from risk.warm import warm
from tests.bench import book_cases, cases, pricing_cases, surface_cases, volatility_cases
from tests.bench.standards import STANDARDS, table

TOPICS = (pricing_cases, surface_cases, volatility_cases, cases)


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
        "peer": case.peer_name,
        "figure": statistics.median(p / o for o, p in zip(ours, peer, strict=True)),
        "least_ratio": min(p / o for o, p in zip(ours, peer, strict=True)),
        "ours_seconds_median": statistics.median(ours),
        "peer_seconds_median": statistics.median(peer),
        "runs": runs,
        "cores": 1,
        "work": case.work,
        "ours_per_second": case.units / statistics.median(ours),
        "largest_disagreement": disagreement,
    }


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--accounts", type=int, default=book_cases.ACCOUNTS, help="fewer for a trial run")
    options = parser.parse_args(arguments)
    warm()
    document: dict[str, object] = {"numpy": np.__version__, "start_up": start_up_seconds()}
    for case in all_cases(accounts=options.accounts):
        document[case.name] = judged_and_shown(case.name, measure(case, runs=case.runs or options.runs))
    peak = book_cases.book_var_peak_gb(accounts=options.accounts)
    row = {"figure": peak.pop("book_var_peak_gb"), "runs": 1, "cores": 1, **peak}
    document["book_var_peak_gb"] = judged_and_shown("book_var_peak_gb", row)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(document, indent=2) + "\n")
    sys.stdout.write(f"\n{table(document)}\nwritten to {options.out}\n")
    return 0 if reached(document) else 1


def all_cases(*, accounts: int) -> Iterator[cases.Case]:
    for topic in TOPICS:
        yield from topic.cases()
    yield from book_cases.cases(accounts=accounts)


def judged_and_shown(name: str, row: dict[str, object]) -> dict[str, object]:
    """The row with its must, aim and verdict; one without a standard is shown for comparison only."""
    standard = STANDARDS.get(name)
    if standard is not None:
        disagreement = float(str(row.get("largest_disagreement", 0.0)))
        verdict = standard.verdict(float(str(row["figure"])), disagreement=disagreement)
        row |= {"must": standard.must, "aim": standard.aim, "verdict": verdict}
    sys.stdout.write(f"{name:<30}{row['figure']:9.2f}  {row.get('verdict', 'for comparison')}\n")
    sys.stdout.flush()
    return row


def reached(document: dict[str, object]) -> bool:
    """Whether every standard is at least met."""
    rows = (document[name] for name in STANDARDS)
    return all(isinstance(row, dict) and row["verdict"] in ("met", "aim reached") for row in rows)


def start_up_seconds() -> dict[str, float]:
    """A fresh process that imports the package, and one that also loads every compiled kernel from its cache."""
    programs = {"import": "import risk.warm", "import_and_kernels": "from risk.warm import warm; warm()"}
    return {
        name: seconds(lambda program=program: subprocess.run([sys.executable, "-c", program], check=True))
        for name, program in programs.items()
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

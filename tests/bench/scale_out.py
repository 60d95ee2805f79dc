"""Measures the account loop on one thread, on local threads and on a local two-worker Ray cluster, on the same book.

python -m tests.bench.scale_out --out var/bench/scale_out.json [--runs 3] [--accounts 10000]

The three alternate in every run. `ratio_to_threads` is Ray's median over that of the threads: what the cluster costs
on one machine, where it has nothing to add. Results are compared bit for bit before anything is timed.
"""

import argparse
import functools
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy import sparse

from keeper.engine import ray_cluster, thread_executor
from risk.revaluation import BookRisk, book_risk, book_risk_parallel

INSTRUMENTS, SCENARIOS, LEGS, CONFIDENCE = 600, 10_240, 20, 0.99
WORKERS = 2


def book(accounts: int) -> tuple[np.ndarray, sparse.csr_array]:
    """Profits of two factors with curvature, float32, and `LEGS` signed legs for each account."""
    random = np.random.Generator(np.random.Philox(key=9))
    moves = 0.04 * random.standard_t(4, (2, SCENARIOS))
    slope, curve = random.standard_normal((2, INSTRUMENTS, 2))
    matrix = (100 * (slope @ moves + 5 * curve @ moves**2)).astype(np.float32)
    rows = np.repeat(np.arange(accounts), LEGS)
    columns = random.integers(0, INSTRUMENTS, accounts * LEGS)
    held = sparse.csr_array(
        (random.standard_normal(accounts * LEGS), (rows, columns)), shape=(accounts, INSTRUMENTS)
    )
    return matrix, held


def same_bits(first: BookRisk, second: BookRisk) -> bool:
    return all(
        getattr(first, name).tobytes() == getattr(second, name).tobytes() for name in BookRisk.__slots__
    )


def measured(tasks: dict[str, Callable[[], BookRisk]], *, runs: int) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(runs):
        for name, task in tasks.items():
            start = time.perf_counter()
            task()
            taken[name].append(time.perf_counter() - start)
    return taken


def compare(*, accounts: int, runs: int) -> dict[str, object]:
    matrix, held = book(accounts)
    chunk = max(1, accounts // (4 * WORKERS))
    account_loop = functools.partial(
        book_risk_parallel,
        profit_and_loss=matrix,
        positions=held,
        confidence=CONFIDENCE,
        chunk_accounts=chunk,
    )
    single = functools.partial(book_risk, profit_and_loss=matrix, positions=held, confidence=CONFIDENCE)
    started = time.perf_counter()
    with ray_cluster(workers=WORKERS) as cluster, thread_executor(workers=WORKERS) as threads:
        ready = time.perf_counter()
        reference = single()
        on_ray = functools.partial(account_loop, executor=cluster)
        on_threads = functools.partial(account_loop, executor=threads)
        first_call = time.perf_counter()
        same = same_bits(on_ray(), reference)  # workers start and load their kernels here
        loaded = time.perf_counter()
        same = same_bits(on_threads(), reference) and same
        before = cluster.shared_bytes
        taken = measured({"single": single, "threads": on_threads, "ray": on_ray}, runs=runs)
        stored = (cluster.shared_bytes - before) // runs
    return {
        "accounts": accounts,
        "chunk_accounts": chunk,
        "same_bits": same,
        "object_store_bytes_per_call": stored,
        "matrix_bytes": matrix.nbytes,
        "cluster_start_seconds": ready - started,
        "first_call_seconds": loaded - first_call,
        **_summary(taken),
    }


def _summary(taken: dict[str, list[float]]) -> dict[str, object]:
    medians = {name: statistics.median(seconds) for name, seconds in taken.items()}
    return {
        "case": "scale_out",
        "instruments": INSTRUMENTS,
        "scenarios": SCENARIOS,
        "legs": LEGS,
        "seconds_median": medians,
        "ratio_to_threads": medians["ray"] / medians["threads"],
        "overhead_seconds": medians["ray"] - medians["threads"],
        "runs": len(taken["ray"]),
        "workers": WORKERS,
        "cores": len(os.sched_getaffinity(0)),
    }


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--accounts", type=int, default=10_000)
    options = parser.parse_args(arguments)
    row = compare(accounts=options.accounts, runs=options.runs)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(row, indent=2) + "\n")
    sys.stdout.write(json.dumps(row, indent=2) + "\n")
    return 0 if row["same_bits"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Time for each account as the book grows, on one core and on two, cold and warm; and peak memory.

python -m tests.bench.book_scaling --out var/bench/book_scaling.json [--most 1000000]

Exits with 1 when an account costs more in the largest book than in the smallest. The book is made and measured in
pieces, so that its size is not held in memory; the index is built once and reported by itself.
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from risk.revaluation import book_risk_parallel, joined_book_risk
from risk.warm import warm
from tests.bench.book_cases import CONFIDENCE, book, book_var_peak_gb, setting

SIZES, PIECE = (1_000, 10_000, 100_000, 1_000_000), 50_000
MOST_GROWTH = (
    1.25  # the cost of an account must not grow with the book; a quarter is the noise of a shared machine
)


def microseconds_an_account(*, index: object, before: object, accounts: int, cores: int) -> dict[str, float]:
    """Cold, then warm from the result of a moment earlier; making the book is outside the time."""
    cold = warmed = 0.0
    with ThreadPoolExecutor(cores) as executor:
        for first in range(0, accounts, PIECE):
            positions = book(accounts=min(PIECE, accounts - first), first=first)
            inputs = {"positions": positions, "confidence": CONFIDENCE, "executor": executor}
            inputs["chunk_accounts"] = min(4_096, max(1, positions.shape[0] // (4 * cores)))
            earlier = book_risk_parallel(profit_and_loss=before, **inputs)
            start = time.perf_counter()
            book_risk_parallel(profit_and_loss=index, **inputs)
            middle = time.perf_counter()
            book_risk_parallel(profit_and_loss=index, previous=joined_book_risk([earlier]), **inputs)
            cold, warmed = cold + middle - start, warmed + time.perf_counter() - middle
    return {"cold_us": 1e6 * cold / accounts, "warm_us": 1e6 * warmed / accounts}


def largest_growth(rows: Sequence[Mapping[str, float]]) -> float:
    """The worst ratio of an account's cost in the largest book to that in the smallest, on as many cores."""
    first, last = rows[0]["accounts"], rows[-1]["accounts"]
    cost = {
        (row["accounts"], row["cores"], kind): row[kind] for row in rows for kind in ("cold_us", "warm_us")
    }
    return max(
        cost[last, cores, kind] / cost[first, cores, kind] for size, cores, kind in cost if size == first
    )


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--most", type=int, default=SIZES[-1])
    options = parser.parse_args(arguments)
    warm()
    here = setting()
    before = here.a_moment_earlier().index()
    start = time.perf_counter()
    index = here.index()
    document: dict[str, object] = {"matrix_and_index_seconds": time.perf_counter() - start}
    rows = []
    for accounts in (size for size in SIZES if size <= options.most):
        for cores in (1, 2):
            times = microseconds_an_account(index=index, before=before, accounts=accounts, cores=cores)
            rows.append({"accounts": accounts, "cores": cores, **times})
            sys.stdout.write(f"{json.dumps(rows[-1])}\n")
    growth = largest_growth(rows)
    sys.stdout.write(f"cost an account, largest book over smallest: {growth:.2f} (at most {MOST_GROWTH})\n")
    document |= {"rows": rows, "largest_growth": growth, **book_var_peak_gb()}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(document, indent=2) + "\n")
    return 0 if growth <= MOST_GROWTH else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

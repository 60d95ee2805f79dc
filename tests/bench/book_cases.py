"""VaR and CVaR of a large book from its scenario index, beside the plain sparse product and partition.

Work: 100,000 accounts of 20 distinct legs out of 600 instruments of two underlyings, 10,240 scenarios, 99%,
one thread. Our time includes building the profit-and-loss matrix and the index; the peer is given its
matrix. Warm: each account starts from its result of a market 0.2% and half a volatility point away.
"""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from scipy import sparse

from risk.instruments import InstrumentTable
from risk.market import ExpirySurface, MarketState
from risk.revaluation import BookRisk, ScenarioIndex, book_risk, build_index, profit_and_loss_matrix
from risk.scenarios import ScenarioSet
from tests.bench.cases import CONFIDENCE, Case, generator, largest_relative, listing, market, peer_book_risk
from tests.bench.cases import scenarios as scenario_blend

ACCOUNTS, INSTRUMENTS, SCENARIOS, LEGS = 100_000, 600, 10_240, 20
SPOT_STEP, LEVEL_STEP = 1.002, 0.01


@dataclass(frozen=True, slots=True)
class Setting:
    table: InstrumentTable
    market: MarketState
    scenarios: ScenarioSet

    def matrix(self, *, single_precision: bool = True) -> Any:
        return profit_and_loss_matrix(
            table=self.table,
            market=self.market,
            scenarios=self.scenarios,
            term_floor_days=7.0,
            single_precision=single_precision,
        )

    def index(self) -> ScenarioIndex:
        return build_index(
            profit_and_loss=self.matrix(), scenarios=self.scenarios, underlying=self.table.underlying
        )

    def a_moment_earlier(self) -> "Setting":
        """The market before index and smiles moved a little."""
        now = self.market
        surfaces = {
            key: ExpirySurface(basis=surface.basis, slice=replace(surface.slice, a=surface.slice.a * 0.985))
            for key, surface in now.surfaces.items()
        }
        return replace(self, market=replace(now, index=now.index / SPOT_STEP, surfaces=surfaces))


def setting(*, scenario_count: int = SCENARIOS) -> Setting:
    table = InstrumentTable.of(list(listing().instruments)[:INSTRUMENTS])
    return Setting(table=table, market=market(), scenarios=scenario_blend(scenario_count))


def book(*, accounts: int, first: int = 0) -> sparse.csr_array:
    """Accounts first .. first + accounts, each a stream of its own thousand: any cut gives the same
    book."""
    parts = []
    for block in range(first // 1_000, (first + accounts + 999) // 1_000):
        random = generator(1_000_003 + block)
        spread = np.sort(random.integers(0, INSTRUMENTS - LEGS + 1, size=(1_000, LEGS)), axis=1)
        columns = (spread + np.arange(LEGS)).astype(np.int32)  # distinct by construction
        data = random.standard_normal(1_000 * LEGS)
        rows = np.arange(0, 1_000 * LEGS + 1, LEGS, dtype=np.int32)
        parts.append(sparse.csr_array((data, columns.ravel(), rows), shape=(1_000, INSTRUMENTS)))
    start = first % 1_000
    return sparse.csr_array(sparse.vstack(parts, format="csr")[start : start + accounts])


@cache
def _inputs(accounts: int) -> tuple[Setting, sparse.csr_array, BookRisk]:
    """The setting, its book, and the book's risk a moment earlier."""
    here, positions = setting(), book(accounts=accounts)
    earlier = book_risk(
        profit_and_loss=here.a_moment_earlier().index(), positions=positions, confidence=CONFIDENCE
    )
    return here, positions, earlier


def disagreement(ours: BookRisk, peer: np.ndarray) -> float:
    return largest_relative(np.stack([ours.value_at_risk, ours.conditional_value_at_risk]), peer)


def case(*, key: str, peer_type: type, warm: bool, accounts: int = ACCOUNTS) -> Case:
    here, positions, earlier = _inputs(accounts)
    peer_matrix = here.matrix(single_precision=False).astype(peer_type)
    peer_positions = sparse.csr_array(positions.astype(peer_type))

    def ours() -> BookRisk:
        return book_risk(
            profit_and_loss=here.index(),
            positions=positions,
            confidence=CONFIDENCE,
            previous=earlier if warm else None,
        )

    return Case(
        key,
        f"scipy CSR product + numpy partition, {np.dtype(peer_type).name}",
        "accounts",
        accounts,
        ours,
        lambda: peer_book_risk(matrix=peer_matrix, positions=peer_positions),
        disagreement,
        runs=3,  # the peer takes a quarter of a minute
    )


def cases(*, accounts: int = ACCOUNTS) -> Iterator[Case]:
    yield case(key="book_var_cold", peer_type=np.float32, warm=False, accounts=accounts)
    yield case(key="book_var_warm", peer_type=np.float32, warm=True, accounts=accounts)
    yield case(key="book_var_vs_f64", peer_type=np.float64, warm=True, accounts=accounts)


_PEAK_PROGRAM = """
import resource
from pathlib import Path
from risk.revaluation import book_risk
from risk.warm import warm
from tests.bench.book_cases import CONFIDENCE, book, setting
warm()
held = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
here, positions = setting(), book(accounts={accounts})
book_risk(profit_and_loss=here.index(), positions=positions, confidence=CONFIDENCE)
print(held, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


def book_var_peak_gb(*, accounts: int = ACCOUNTS) -> dict[str, float]:
    """Peak memory of the cold run in a fresh process, in GB, above the interpreter with its libraries and kernels:
    scenarios, book and matrix included; and of the whole process. An earlier peak counts against us.
    """
    program = _PEAK_PROGRAM.format(accounts=accounts)
    output = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    held, peak = (float(word) for word in output.stdout.split())
    return {"book_var_peak_gb": (peak - held) / 1e9, "whole_process_gb": peak / 1e9}

"""What a case is, and what the topics share: each does the same work twice, by this package and by a peer, and
compares the answers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from risk.instruments import CALL, PERPETUAL, PUT, Instrument, InstrumentTable
from risk.market import ExpirySurface, MarketState
from risk.revaluation import profit_and_loss_matrix, profit_and_loss_matrix_reference
from risk.scenarios import ScenarioConfig, ScenarioSet, build_scenarios
from risk.surface import SviSlice
from tests.risk.market_history import hourly_history

DAY = 86_400
NOW = 20_000 * DAY
EXPIRY_DAYS = (1, 2, 7, 14, 30, 60, 90, 180, 270, 365)
INDEX = np.array([40_000.0, 2_500.0])
CONFIDENCE = 0.99
PEER_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Case:
    """`units` of `work` per call; disagreement(ours, peer) is relative unless the case says otherwise. runs: its own
    number of runs where the usual one would take too long."""

    name: str
    peer_name: str
    work: str
    units: int
    ours: Callable[[], Any]
    peer: Callable[[], Any]
    disagreement: Callable[[Any, Any], float]
    runs: int | None = None


def cases() -> Iterator[Case]:
    yield revaluation_case()


def generator(key: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=key))


def largest_relative(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.max(np.abs(first - second)) / np.max(np.abs(second)))


def listing() -> InstrumentTable:
    """602 instruments: two perpetuals, and 15 strikes x calls and puts x 10 expiries of two underlyings."""
    instruments = [Instrument(u, 0, 0, PERPETUAL) for u in (1, 2)]
    for underlying, spot in ((1, 40_000), (2, 2_500)):
        for days in EXPIRY_DAYS:
            for moneyness in np.linspace(0.65, 1.35, 15):
                strike = round(spot * float(moneyness)) * 10**6
                expiry = NOW + days * DAY + 8 * 3_600
                instruments += [Instrument(underlying, expiry, strike, kind) for kind in (CALL, PUT)]
    return InstrumentTable.of(instruments)


def market() -> MarketState:
    surfaces = {}
    for column in (0, 1):
        for days in EXPIRY_DAYS:
            total = (0.6 + 0.2 * column) ** 2 * (days + 1 / 3) / 365
            smile = SviSlice(a=0.7 * total, b=total, rho=-0.3, m=0.0, sigma=0.3)
            surfaces[column, NOW + days * DAY + 8 * 3_600] = ExpirySurface(basis=0.002, slice=smile)
    return MarketState(now=NOW, index=INDEX, surfaces=surfaces)


def scenarios(count: int) -> ScenarioSet:
    each = count // 4
    config = ScenarioConfig(
        horizon_steps=24,
        seed=7,
        historical_count=each,
        filtered_count=each,
        student_t_count=count - 2 * each,
    )
    return build_scenarios(history=hourly_history(bars=each + 500), config=config)


def revaluation_case(count: int = 2_048) -> Case:
    inputs: dict[str, Any] = {
        "table": listing(),
        "market": market(),
        "scenarios": scenarios(count),
        "term_floor_days": 7.0,
    }
    return Case(
        f"revaluation of 602 x {count}",
        "numpy mirror of the chain's grid",
        "repricings",
        602 * count,
        lambda: profit_and_loss_matrix(**inputs),
        lambda: profit_and_loss_matrix_reference(**inputs),
        largest_relative,
    )


def peer_book_risk(*, matrix: np.ndarray, positions: sparse.csr_array) -> np.ndarray:
    """(2, accounts) VaR and CVaR by scipy's sparse product and numpy's partition, in chunks that fit a
    cache."""
    count = matrix.shape[1]
    expected = count * (1.0 - CONFIDENCE)
    beyond = int(expected + 1e-9)
    result = np.empty((2, positions.shape[0]))
    for first in range(0, positions.shape[0], PEER_CHUNK):
        part = slice(first, first + PEER_CHUNK)
        worst = np.partition(positions[part] @ matrix, beyond, axis=1)[:, : beyond + 1]
        result[0, part] = -worst[:, beyond]
        total = -worst[:, :beyond].sum(axis=1, dtype=np.float64)
        result[1, part] = (total + (expected - beyond) * result[0, part]) / expected
    return result

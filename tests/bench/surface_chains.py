"""Recorded option chains as quotes: one snapshot, one expiry at a time, out-of-the-money options only.

Columns of the recording: UTC seconds, name (COIN-DMMMYY-STRIKE-C/P, expiring at 08:00 UTC), forward, bid, ask and mark
in coin (NaN where a side is empty), mark volatility per 1.00, vega in quote currency per point.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet

from risk.units import SECONDS_PER_YEAR

LEAST_HOURS = 4.0
"""Nearer expiries are quoted by the settlement average, not by a smile."""
FAR_DEVIATIONS = 3.5
"""As the keeper: farther strikes are quoted by model rather than by market."""


@dataclass(frozen=True, slots=True)
class ChainSlice:
    """One expiry's quotes; the volatility of half the spread is NaN where a side is empty."""

    years: float
    log_moneyness: np.ndarray
    forward: np.ndarray
    is_call: np.ndarray
    volatility: np.ndarray
    bid: np.ndarray
    ask: np.ndarray
    half_spread: np.ndarray


@dataclass(frozen=True, slots=True)
class Chain:
    name: str
    time: int
    slices: list[ChainSlice]


def chains(path: Path) -> Iterator[Chain]:
    """Every snapshot of a file in the order of time."""
    table = parquet.read_table(path)
    names = (
        table.column("instrument_name").combine_chunks().dictionary_decode().to_numpy(zero_copy_only=False)
    )
    columns = {
        name: table.column(name).to_numpy()
        for name in ("ts", "futures_price", "bid_price", "ask_price", "iv", "vega")
    }
    parts = {name: name.split("-") for name in set(names)}
    known = {name: (expiry_time(p[1]), float(p[2]), p[3] == "C") for name, p in parts.items()}
    columns["expiry"], columns["strike"], columns["is_call"] = (
        np.array([known[name][n] for name in names]) for n in range(3)
    )
    for time in np.unique(columns["ts"]):
        rows = {name: column[columns["ts"] == time] for name, column in columns.items()}
        yield Chain(path.stem, int(time), list(_slices(rows, int(time))))


def expiry_time(code: str) -> int:
    """UTC seconds of an expiry such as 16JAN26 at 08:00."""
    return int(datetime.strptime(code, "%d%b%y").replace(tzinfo=UTC, hour=8).timestamp())


def _slices(rows: dict[str, np.ndarray], time: int) -> Iterator[ChainSlice]:
    for expiry in np.unique(rows["expiry"]):
        years = (expiry - time) / SECONDS_PER_YEAR
        if expiry - time < LEAST_HOURS * 3_600:
            continue
        k = np.log(rows["strike"] / rows["futures_price"])
        chosen = (rows["expiry"] == expiry) & (rows["is_call"] == (k >= 0.0)) & (rows["iv"] > 0.0)
        level = np.median(rows["iv"][chosen]) if chosen.any() else 0.0
        chosen &= np.abs(k) <= FAR_DEVIATIONS * level * np.sqrt(years)
        if chosen.any():
            yield _slice({name: row[chosen] for name, row in rows.items()}, k[chosen], float(years))


def _slice(rows: dict[str, np.ndarray], k: np.ndarray, years: float) -> ChainSlice:
    width = (rows["ask_price"] - rows["bid_price"]) * rows["futures_price"]
    with np.errstate(divide="ignore", invalid="ignore"):
        half = np.where((rows["vega"] > 0) & (width >= 0), 0.5 * width / (100.0 * rows["vega"]), np.nan)
    return ChainSlice(
        years=years,
        log_moneyness=k,
        forward=rows["futures_price"],
        is_call=rows["is_call"],
        volatility=rows["iv"],
        bid=rows["bid_price"],
        ask=rows["ask_price"],
        half_spread=half,
    )

"""Many series on one grid, as they were known at each time, with every filled and missing cell marked.

A cell of the grid takes the last price at or before its time, never a later one. Its age is the time since:
under one step it is observed; up to `largest_age_seconds` it is filled; beyond, it is missing and NaN. Where the
venue is closed it carries the last price at any age, and is marked so. Venues that stamp bars by open and by close
are brought together by `offset_seconds`. Joint returns are taken between rows in which every series is observed,
each with the steps it spans: a missing bar makes a return longer, it never loses a move.
Source for the bias of stale prices in correlations: Epps, "Comovements in stock prices in the very short run",
1979; Hayashi, Yoshida, "On covariance estimation of non-synchronously observed diffusion processes", 2005.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from risk._checks import checked_count
from risk.arrays import BoolArray, FloatArray, IntArray, read_only
from risk.errors import InvalidInput, NotEnoughObservations
from risk.returns.quality import OrderedSeries, ordered_series

__all__ = ["CellStatus", "JointReturns", "Panel", "PriceSeries", "align_panel", "joint_log_returns"]

Timestamps = NDArray[np.int64]


class CellStatus(IntEnum):
    """Where a cell's price is from."""

    MISSING = 0
    OBSERVED = 1
    FILLED = 2
    CLOSED = 3


@dataclass(frozen=True, slots=True, eq=False)
class PriceSeries:
    """One venue's or coin's raw prices, (T,), NaN: missing, in any order.

    offset_seconds: added to each timestamp, to bring stamps of a bar's open to its close. closed: grid times at
    which the venue does not trade.
    """

    name: str
    timestamps: ArrayLike
    prices: ArrayLike
    offset_seconds: int = 0
    closed: ArrayLike = ()


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Grid of T times by n series. prices: (T, n), NaN exactly where status is MISSING.

    age_seconds: (T, n), -1 before a series begins. status: (T, n) of CellStatus. duplicates, out_of_order: (n,).
    """

    names: tuple[str, ...]
    timestamps: Timestamps
    prices: FloatArray
    age_seconds: IntArray
    status: NDArray[np.int8]
    duplicates: IntArray
    out_of_order: IntArray

    @property
    def coverage(self) -> FloatArray:
        """(n,) observed / expected cells; closed ones are not expected."""
        expected = np.count_nonzero(self.status != CellStatus.CLOSED, axis=0)
        return np.asarray(self._count(CellStatus.OBSERVED) / np.maximum(expected, 1))

    @property
    def fills(self) -> IntArray:
        """(n,) cells with an older price."""
        return self._count(CellStatus.FILLED)

    @property
    def missing(self) -> IntArray:
        """(n,) cells without any price."""
        return self._count(CellStatus.MISSING)

    def _count(self, status: CellStatus) -> IntArray:
        return np.asarray(np.count_nonzero(self.status == status, axis=0), dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class JointReturns:
    """values[i, j] = ln(price at timestamps[i] / price elapsed_steps[i] grid steps before), (m, n).

    bridged_rows: grid rows inside the span that some series lacks; their moves are inside longer returns.
    """

    names: tuple[str, ...]
    timestamps: Timestamps
    values: FloatArray
    elapsed_steps: IntArray
    bridged_rows: int


def align_panel(
    *, series: Sequence[PriceSeries], start: int, end: int, step_seconds: int, largest_age_seconds: int
) -> Panel:
    """Every series at start, start + step, ... up to `end` inclusive (unix seconds).

    Raises InvalidInput for no series, a repeated name, an `end` before `start` or an age limit below 0.
    """
    step = checked_count(name="step_seconds", value=step_seconds, least=1)
    limit = checked_count(name="largest_age_seconds", value=largest_age_seconds, least=0)
    names = tuple(one.name for one in series)
    if not names or len(set(names)) < len(names):
        raise InvalidInput(f"need series of different names, got {names}")
    if end < start:
        raise InvalidInput(f"end {end} lies before start {start}")
    grid = np.arange(start, end + 1, step, dtype=np.int64)
    ordered = [_ordered(one) for one in series]
    columns = [
        _column(grid, one, np.isin(grid, np.asarray(raw.closed, dtype=np.int64)), step, limit)
        for one, raw in zip(ordered, series, strict=True)
    ]
    return Panel(
        names=names,
        timestamps=read_only(grid),
        prices=read_only(np.stack([column[0] for column in columns], axis=1)),
        age_seconds=read_only(np.stack([column[1] for column in columns], axis=1)),
        status=read_only(np.stack([column[2] for column in columns], axis=1)),
        duplicates=np.array([one.duplicates for one in ordered], dtype=np.int64),
        out_of_order=np.array([one.out_of_order for one in ordered], dtype=np.int64),
    )


def joint_log_returns(*, panel: Panel) -> JointReturns:
    """Log returns of all series between successive rows in which each is observed.

    Raises NotEnoughObservations with fewer than two such rows.
    """
    rows = np.flatnonzero(np.all(panel.status == CellStatus.OBSERVED, axis=1))
    if rows.size < 2:
        raise NotEnoughObservations(
            f"joint returns need 2 rows with every series observed, got {rows.size} of {panel.timestamps.size}"
        )
    elapsed = np.diff(rows)
    return JointReturns(
        names=panel.names,
        timestamps=panel.timestamps[rows[1:]],
        values=np.diff(np.log(panel.prices[rows]), axis=0),
        elapsed_steps=np.asarray(elapsed, dtype=np.int64),
        bridged_rows=int(elapsed.sum() - elapsed.size),
    )


def _ordered(series: PriceSeries) -> OrderedSeries:
    times = np.asarray(series.timestamps, dtype=np.int64) + series.offset_seconds
    return ordered_series(timestamps=times, prices=series.prices)


def _column(
    grid: Timestamps, series: OrderedSeries, closed: BoolArray, step: int, limit: int
) -> tuple[FloatArray, IntArray, NDArray[np.int8]]:
    at = np.searchsorted(series.timestamps, grid, side="right") - 1
    begun = at >= 0
    age = np.where(begun, grid - series.timestamps[np.maximum(at, 0)], -1)
    status = np.full(grid.size, CellStatus.MISSING, dtype=np.int8)
    status[begun & (age <= limit)] = CellStatus.FILLED
    status[begun & closed] = CellStatus.CLOSED
    status[begun & (age < step)] = CellStatus.OBSERVED
    prices = np.where(status == CellStatus.MISSING, np.nan, series.prices[np.maximum(at, 0)])
    return prices, age, status

"""Log returns of a regular price series, with nothing dropped silently, and alignment of two series.

A bar is missing when its timestamp is absent or its price is NaN. Outages cluster in stress, so leaving
such bars out biases risk downwards: every policy keeps the whole price move and reports what was missing.
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from risk._checks import checked_count
from risk.arrays import FloatArray
from risk.errors import InvalidInput, NotEnoughObservations

__all__ = ["AlignedSeries", "Gap", "GapPolicy", "GapReport", "LogReturns", "align", "log_returns"]

Timestamps = NDArray[np.int64]


class GapPolicy(Enum):
    """What to do where bars are missing."""

    REJECT = "reject"
    """Raise."""
    BRIDGE = "bridge"
    """One return over the gap, its length in `elapsed_steps`: exact, but not of one step."""
    SPREAD = "spread"
    """The gap's return in equal parts on each missing step: a regular grid that understates variance
    inside the gap."""


@dataclass(frozen=True, slots=True)
class Gap:
    """`missing_bars` absent bars after the one at `timestamp` (unix seconds)."""

    timestamp: int
    missing_bars: int


@dataclass(frozen=True, slots=True)
class GapReport:
    """Everything missing between the first and the last known bar."""

    gaps: tuple[Gap, ...]
    bars_expected: int

    @property
    def missing_bars(self) -> int:
        return sum(gap.missing_bars for gap in self.gaps)

    @property
    def missing_share(self) -> float:
        return self.missing_bars / self.bars_expected

    @property
    def longest_gap_bars(self) -> int:
        return max((gap.missing_bars for gap in self.gaps), default=0)


@dataclass(frozen=True, slots=True)
class LogReturns:
    """`values[i]` = ln(price at timestamps[i] / price elapsed_steps[i] bars earlier)."""

    timestamps: Timestamps
    values: FloatArray
    elapsed_steps: NDArray[np.int64]
    report: GapReport


@dataclass(frozen=True, slots=True)
class AlignedSeries:
    """Two series on their common timestamps; the timestamps that only one of them has are kept by side."""

    timestamps: Timestamps
    first: FloatArray
    second: FloatArray
    only_in_first: Timestamps
    only_in_second: Timestamps


def log_returns(
    *, timestamps: ArrayLike, prices: ArrayLike, step_seconds: int, policy: GapPolicy = GapPolicy.REJECT
) -> LogReturns:
    """r = ln(P_t / P_{t-1}) on a grid of `step_seconds`.

    Shapes: timestamps and prices (T,), timestamps strictly ascending unix seconds on the grid of the
    first. Prices in quote currency, NaN: missing. Output (T-1,) without gaps; see GapPolicy with them.
    Raises InvalidInput for a price at or below zero or infinite, for timestamps off the grid or not
    ascending, and for any gap under REJECT; NotEnoughObservations with fewer than two known prices.
    """
    step = checked_count(name="step_seconds", value=step_seconds, least=1)
    times, values = _known_bars(timestamps=timestamps, prices=prices)
    elapsed = _steps_between(times=times, step=step)
    moves = np.diff(np.log(values))
    gaps = tuple(Gap(int(times[i]), int(elapsed[i]) - 1) for i in np.flatnonzero(elapsed > 1))
    report = GapReport(gaps=gaps, bars_expected=int(elapsed.sum()) + 1)
    if policy is GapPolicy.REJECT and gaps:
        raise InvalidInput(
            f"{report.missing_bars} of {report.bars_expected} bars are missing, first after "
            f"{gaps[0].timestamp}; pass GapPolicy.BRIDGE or GapPolicy.SPREAD to keep the move over them"
        )
    if policy is GapPolicy.SPREAD:
        moves = np.repeat(moves / elapsed, elapsed)
        grid = times[0] + step * np.arange(1, moves.size + 1, dtype=np.int64)
        return LogReturns(grid, moves, np.ones(moves.size, dtype=np.int64), report)
    return LogReturns(times[1:], moves, elapsed, report)


def align(
    *,
    first_timestamps: ArrayLike,
    first_values: ArrayLike,
    second_timestamps: ArrayLike,
    second_values: ArrayLike,
) -> AlignedSeries:
    """Inner join on timestamps (unix seconds, strictly ascending, (T1,) and (T2,)), reporting both
    remainders.

    Raises InvalidInput on unequal lengths or timestamps not ascending, NotEnoughObservations when nothing
    is common.
    """
    first_times, first = _series(name="first", timestamps=first_timestamps, values=first_values)
    second_times, second = _series(name="second", timestamps=second_timestamps, values=second_values)
    common, in_first, in_second = np.intersect1d(
        first_times, second_times, assume_unique=True, return_indices=True
    )
    if common.size == 0:
        raise NotEnoughObservations(
            f"no common timestamp among {first_times.size} of first and {second_times.size} of second"
        )
    return AlignedSeries(
        timestamps=common,
        first=first[in_first],
        second=second[in_second],
        only_in_first=np.setdiff1d(first_times, common, assume_unique=True),
        only_in_second=np.setdiff1d(second_times, common, assume_unique=True),
    )


def _series(*, name: str, timestamps: ArrayLike, values: ArrayLike) -> tuple[Timestamps, FloatArray]:
    times = np.asarray(timestamps, dtype=np.int64)
    array = np.asarray(values, dtype=np.float64)
    if times.ndim != 1 or times.shape != array.shape:
        raise InvalidInput(
            f"{name}: timestamps {times.shape} and values {array.shape} must be equally long rows"
        )
    steps = np.diff(times)
    if (steps <= 0).any():
        at = int(np.argmax(steps <= 0))
        raise InvalidInput(f"{name}: timestamps must ascend, got {times[at]} then {times[at + 1]}")
    return times, array


def _known_bars(*, timestamps: ArrayLike, prices: ArrayLike) -> tuple[Timestamps, FloatArray]:
    times, values = _series(name="prices", timestamps=timestamps, values=prices)
    known = ~np.isnan(values)
    times, values = times[known], values[known]
    bad = ~np.isfinite(values) | (values <= 0.0)
    if bad.any():
        at = int(np.argmax(bad))
        raise InvalidInput(f"prices must be positive and finite, got {values[at]} at {times[at]}")
    if values.size < 2:
        raise NotEnoughObservations(f"returns need at least 2 known prices, got {values.size}")
    return times, values


def _steps_between(*, times: Timestamps, step: int) -> NDArray[np.int64]:
    seconds = np.diff(times)
    off_grid = seconds % step != 0
    if off_grid.any():
        at = int(np.argmax(off_grid))
        raise InvalidInput(f"timestamps must lie {step} s apart, got {times[at]} then {times[at + 1]}")
    return np.asarray(seconds // step, dtype=np.int64)

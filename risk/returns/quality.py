"""What is wrong with a raw price series, counted before anything is done about it.

Nothing is dropped or repaired here but two things, both reported: entries are put in order of time, and of
entries with one timestamp the last given stays. An outlier is reported, never removed: in a crash it is the data.

Outlier: |r_i / sqrt(n_i) - median| > k s, with r_i the log return over n_i steps and s = 1.4826 MAD, or, where
more than half of the returns are equal, 1.2533 times the mean absolute deviation.
Source: Iglewicz, Hoaglin, "How to Detect and Handle Outliers", 1993, section 3.3.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from risk._checks import checked_count
from risk.arrays import FloatArray, positive, read_only
from risk.errors import InvalidInput, NotEnoughObservations
from risk.returns.alignment import Gap

__all__ = ["FrozenRun", "OrderedSeries", "QualityReport", "ordered_series", "quality_report"]

Timestamps = NDArray[np.int64]

MAD_TO_DEVIATION: Final = 1.4826
MEAN_TO_DEVIATION: Final = math.sqrt(math.pi / 2.0)


@dataclass(frozen=True, slots=True)
class FrozenRun:
    """`bars` successive observed bars, the first at `timestamp`, with one and the same price."""

    timestamp: int
    bars: int


@dataclass(frozen=True, slots=True)
class QualityReport:
    """Everything found. Timestamps are unix seconds; bars are counted from the first to the last known one.

    duplicates: timestamps given again; conflicting: those of them with another price. out_of_order: entries
    older than one before them. closed_bars: expected to be absent. coverage: observed / expected bars,
    closed ones aside.
    """

    bars_expected: int
    bars_observed: int
    closed_bars: int
    gaps: tuple[Gap, ...]
    frozen: tuple[FrozenRun, ...]
    duplicates: int
    conflicting: int
    out_of_order: int
    outliers: tuple[int, ...]

    @property
    def coverage(self) -> float:
        return self.bars_observed / self.bars_expected

    @property
    def missing_bars(self) -> int:
        return sum(gap.missing_bars for gap in self.gaps)

    @property
    def clean(self) -> bool:
        """True if every count above that stands for a defect is 0."""
        return not (self.gaps or self.frozen or self.outliers or self.duplicates or self.out_of_order)


@dataclass(frozen=True, slots=True, eq=False)
class OrderedSeries:
    """Known prices in order of time, (T,) each, with what ordering found."""

    timestamps: Timestamps
    prices: FloatArray
    duplicates: int
    conflicting: int
    out_of_order: int


def ordered_series(*, timestamps: ArrayLike, prices: ArrayLike) -> OrderedSeries:
    """Sorts by time and keeps the last given of equal timestamps. NaN: missing. (T,) each.

    Raises InvalidInput for a price at or below zero or infinite, NotEnoughObservations without a price.
    """
    times, values = np.asarray(timestamps, dtype=np.int64), np.asarray(prices, dtype=np.float64)
    if times.ndim != 1 or times.shape != values.shape:
        raise InvalidInput(f"timestamps {times.shape} and prices {values.shape} must be equally long rows")
    known = ~np.isnan(values)
    times, values = times[known], positive("prices", values[known])
    if values.size == 0:
        raise NotEnoughObservations(f"a series needs at least 1 known price, got 0 of {known.size}")
    late = int(np.count_nonzero(times < np.maximum.accumulate(times)))
    order = np.argsort(times, kind="stable")
    times, values = times[order], values[order]
    again = times[1:] == times[:-1]
    differs = int(np.count_nonzero(again & (values[1:] != values[:-1])))
    last = np.concatenate((~again, [True]))
    return OrderedSeries(
        read_only(times[last]), read_only(values[last]), int(np.count_nonzero(again)), differs, late
    )


def quality_report(
    *,
    timestamps: ArrayLike,
    prices: ArrayLike,
    step_seconds: int,
    closed: ArrayLike = (),
    frozen_bars: int = 4,
    outlier_deviations: float = 10.0,
) -> QualityReport:
    """Report on a raw series, in any order, on the grid of `step_seconds` from its first known bar.

    closed: grid timestamps at which the venue does not trade, so that a bar absent there is no gap (the move
    over it stays in the next return). frozen_bars: the shortest run of one price to report. Raises as
    `ordered_series`, and InvalidInput for timestamps off the grid.
    """
    step = checked_count(name="step_seconds", value=step_seconds, least=1)
    shortest = checked_count(name="frozen_bars", value=frozen_bars, least=2)
    series = ordered_series(timestamps=timestamps, prices=prices)
    times = series.timestamps
    off = (times - times[0]) % step != 0
    if off.any():
        raise InvalidInput(f"bars lie {step} s apart from {times[0]}, got one at {times[off][0]}")
    shut = _closed_bars(times=times, closed=closed, step=step)
    gaps = _gaps(times=times, closed=shut, step=step)
    return QualityReport(
        bars_expected=int(times.size + sum(gap.missing_bars for gap in gaps)),
        bars_observed=int(times.size),
        closed_bars=int(shut.size),
        gaps=gaps,
        frozen=_frozen(series=series, shortest=shortest),
        duplicates=series.duplicates,
        conflicting=series.conflicting,
        out_of_order=series.out_of_order,
        outliers=_outliers(
            series=series, step=step, limit=float(positive("outlier_deviations", outlier_deviations))
        ),
    )


def _closed_bars(*, times: Timestamps, closed: ArrayLike, step: int) -> Timestamps:
    """Closed grid bars between the first and the last known one at which indeed nothing was observed."""
    shut = np.unique(np.asarray(closed, dtype=np.int64))
    inside = (shut > times[0]) & (shut < times[-1]) & ((shut - times[0]) % step == 0)
    return np.setdiff1d(shut[inside], times, assume_unique=True)


def _gaps(*, times: Timestamps, closed: Timestamps, step: int) -> tuple[Gap, ...]:
    absent = np.diff(times) // step - 1
    shut = np.diff(np.searchsorted(closed, times))
    missing = absent - shut
    return tuple(Gap(int(times[i]), int(missing[i])) for i in np.flatnonzero(missing > 0))


def _frozen(*, series: OrderedSeries, shortest: int) -> tuple[FrozenRun, ...]:
    changed = np.flatnonzero(np.diff(series.prices) != 0.0) + 1
    starts = np.concatenate(([0], changed))
    lengths = np.diff(np.concatenate((starts, [series.prices.size])))
    return tuple(
        FrozenRun(int(series.timestamps[s]), int(n))
        for s, n in zip(starts, lengths, strict=True)
        if n >= shortest
    )


def _outliers(*, series: OrderedSeries, step: int, limit: float) -> tuple[int, ...]:
    if series.prices.size < 3:
        return ()
    steps = np.diff(series.timestamps) / step
    moves = np.diff(np.log(series.prices)) / np.sqrt(steps)
    away = np.abs(moves - np.median(moves))
    scale = MAD_TO_DEVIATION * float(np.median(away)) or MEAN_TO_DEVIATION * float(np.mean(away))
    return tuple(int(t) for t in series.timestamps[1:][away > limit * scale])

"""Joint history of spot prices and 30-day volatilities on a regular grid: what scenarios are made from."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from risk._checks import checked_count, finite_array
from risk.arrays import FloatArray, positive, read_only
from risk.errors import InvalidInput, NotEnoughObservations

__all__ = ["History", "log_moves", "window_moves"]

MINIMUM_BARS: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """T bars of n underlyings, oldest first, without gaps (fill them by a policy of `risk.returns` first).

    timestamps: (T,) unix seconds, each `step_seconds` after the last. spots: (T, n) quote currency,
    positive. volatilities: (T, n) 30-day implied volatility per 1.00 and year, positive. The arrays become
    read-only. Raises InvalidInput for any other shape, value or spacing, NotEnoughObservations below 2
    bars.
    """

    timestamps: NDArray[np.int64]
    spots: FloatArray
    volatilities: FloatArray
    step_seconds: int

    def __post_init__(self) -> None:
        step = checked_count(name="step_seconds", value=self.step_seconds, least=1)
        times = np.array(self.timestamps, dtype=np.int64)
        spots = _table(name="spots", values=self.spots)
        volatilities = _table(name="volatilities", values=self.volatilities)
        if times.shape != spots.shape[:1] or spots.shape != volatilities.shape or spots.shape[1] == 0:
            raise InvalidInput(
                f"expected (T,), (T, n), (T, n), got {times.shape}, {spots.shape}, {volatilities.shape}"
            )
        if times.size < MINIMUM_BARS:
            raise NotEnoughObservations(f"a history needs {MINIMUM_BARS} bars, got {times.size}")
        spacing = np.diff(times)
        if (spacing != step).any():
            at = int(np.argmax(spacing != step))
            raise InvalidInput(f"bars must be {step} s apart, got {times[at]} then {times[at + 1]}")
        for name, array in (("timestamps", times), ("spots", spots), ("volatilities", volatilities)):
            object.__setattr__(self, name, read_only(array))

    @property
    def underlyings(self) -> int:
        return int(self.spots.shape[1])

    @property
    def bars(self) -> int:
        return int(self.spots.shape[0])


def log_moves(*, history: History, steps: int) -> FloatArray:
    """Log moves over overlapping windows of `steps` bars, oldest first: (T - steps, 2n) in the order of
    factors.

    Raises NotEnoughObservations when the history is not longer than the window.
    """
    checked_count(name="steps", value=steps, least=1)
    if history.bars <= steps:
        raise NotEnoughObservations(f"windows of {steps} steps need {steps + 1} bars, got {history.bars}")
    levels = np.empty((history.bars, 2 * history.underlyings))
    levels[:, 0::2] = np.log(history.spots)
    levels[:, 1::2] = np.log(history.volatilities)
    return levels[steps:] - levels[:-steps]


def window_moves(*, history: History, steps: int) -> FloatArray:
    """The same as simple relative moves, exp(log move) - 1: the observations of the margin covariance."""
    return np.expm1(log_moves(history=history, steps=steps))


def _table(*, name: str, values: FloatArray) -> FloatArray:
    return positive(name, finite_array(name=name, values=values, dimensions=2)).copy()

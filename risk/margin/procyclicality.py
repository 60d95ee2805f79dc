"""Margin that does not feed the crisis it insures against.

Commission Delegated Regulation (EU) 153/2013, article 28, names three tools, each here as one function:

    (a) buffer    margin + buffer of 25%, used up as calculated margin rises above its calm level
    (b) stressed  at least 25% weight on stressed observations
    (c) floor     never below margin from a ten-year lookback

and a filter over time, fast up and slow down, with k = 1 - 2^(-dt / half-life) of the direction that applies:

    smoothed_t = smoothed_{t-1} + k (target_t - smoothed_{t-1})

The raw figure is kept beside the smoothed one: what is charged never hides what was measured.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from risk._checks import finite_array
from risk.arrays import FloatArray, non_negative
from risk.errors import InvalidInput, NotEnoughObservations

__all__ = ["SmoothedMargin", "SmoothingPolicy", "buffered", "smoothed_margin", "with_stressed_weight"]


@dataclass(frozen=True, slots=True)
class SmoothingPolicy:
    """Half-lives in seconds; 0 follows at once. Up is not slower than down. Raises InvalidInput."""

    up_half_life_seconds: float
    down_half_life_seconds: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.up_half_life_seconds <= self.down_half_life_seconds < math.inf:
            raise InvalidInput(
                f"half-lives need 0 <= up <= down, got {self.up_half_life_seconds!r} and "
                f"{self.down_half_life_seconds!r}"
            )

    def rate(self, *, rises: bool, elapsed_seconds: float) -> float:
        """Share of the gap closed in `elapsed_seconds`, in [0, 1]."""
        half_life = self.up_half_life_seconds if rises else self.down_half_life_seconds
        return 1.0 if half_life == 0.0 else -math.expm1(-math.log(2.0) * elapsed_seconds / half_life)


@dataclass(frozen=True, slots=True, eq=False)
class SmoothedMargin:
    """raw: as measured. target: raw, never below the floor. smoothed: what is charged. (times,), money."""

    raw: FloatArray
    target: FloatArray
    smoothed: FloatArray


def with_stressed_weight(
    *, margin: npt.ArrayLike, stressed: npt.ArrayLike, weight: float = 0.25
) -> FloatArray:
    """max(margin, (1 - w) margin + w stressed): tool (b), never lowering the margin. Raises InvalidInput."""
    if not 0.0 <= weight <= 1.0:
        raise InvalidInput(f"weight must lie in [0, 1], got {weight!r}")
    current, bad = non_negative("margin", margin), non_negative("stressed", stressed)
    return np.asarray(np.maximum(current, (1.0 - weight) * current + weight * bad))


def buffered(*, margin: npt.ArrayLike, calm_margin: npt.ArrayLike, buffer: float = 0.25) -> FloatArray:
    """max(margin, (1 + buffer) x min(margin, calm)): tool (a), with the buffer used up as margin rises.

    calm_margin: the level over which rises draw on the buffer (such as the median of a year), at least 0. At or
    below it the full buffer is charged, and from (1 + buffer) x calm on none is left; between the two the charge does
    not move. Raises InvalidInput.
    """
    current, calm = non_negative("margin", margin), non_negative("calm_margin", calm_margin)
    grown = 1.0 + non_negative("buffer", buffer)
    return np.asarray(np.maximum(current, grown * np.minimum(current, calm)))


def smoothed_margin(
    *,
    raw: npt.ArrayLike,
    times_seconds: npt.ArrayLike,
    policy: SmoothingPolicy,
    floor: npt.ArrayLike = 0.0,
    start: float | None = None,
) -> SmoothedMargin:
    """The filter of the module's formula over one account's or market's series.

    raw: (times,) at least 0. times_seconds: (times,), strictly increasing. floor: scalar or (times,), tool (c).
    start: the charge standing at the first time, else its target. With up_half_life_seconds = 0 the charge is never
    below its target. Raises InvalidInput, NotEnoughObservations for an empty series.
    """
    measured = non_negative("raw", finite_array(name="raw", values=raw, dimensions=1))
    times = finite_array(name="times_seconds", values=times_seconds, dimensions=1)
    if measured.size == 0:
        raise NotEnoughObservations("0 margins to smooth; at least 1 is needed")
    if times.shape != measured.shape or bool((np.diff(times) <= 0.0).any()):
        raise InvalidInput(f"times must increase, one for each of {measured.size} margins, got {times.shape}")
    least = non_negative("floor", floor)
    if least.ndim > 0 and least.shape != measured.shape:
        raise InvalidInput(f"one floor, or one for each of {measured.size} margins, got {least.shape}")
    target = np.maximum(measured, least)
    charged = np.empty_like(target)
    charged[0] = (
        target[0] if start is None else max(float(non_negative("start", start)), float(least.flat[0]))
    )
    for i in range(1, target.size):
        before, wanted = float(charged[i - 1]), float(target[i])
        rate = policy.rate(rises=wanted > before, elapsed_seconds=float(times[i] - times[i - 1]))
        charged[i] = wanted if rate == 1.0 else max(before + rate * (wanted - before), float(_at(least, i)))
    return SmoothedMargin(raw=measured, target=target, smoothed=charged)


def _at(values: FloatArray, position: int) -> float:
    return float(values if values.ndim == 0 else values[position])

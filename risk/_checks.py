"""Guards shared by the numeric modules: each names the value that is out of the domain."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from risk.errors import InvalidInput

Floats = NDArray[np.float64]


def finite_array(*, name: str, values: ArrayLike, dimensions: int) -> Floats:
    """`values` as a contiguous float64 array of that many dimensions, all finite. Raises InvalidInput."""
    array = np.ascontiguousarray(values, dtype=np.float64)
    if array.ndim != dimensions:
        raise InvalidInput(f"{name} must have {dimensions} dimension(s), got shape {array.shape}")
    bad = ~np.isfinite(array)
    if bad.any():
        first = tuple(int(i) for i in np.argwhere(bad)[0])
        raise InvalidInput(f"{name} must be finite, got {array[first]} at {first} ({int(bad.sum())} such)")
    return array


def positive_array(*, name: str, values: ArrayLike, dimensions: int) -> Floats:
    """`finite_array` whose elements are all above zero. Raises InvalidInput."""
    array = finite_array(name=name, values=values, dimensions=dimensions)
    if (array <= 0.0).any():
        first = tuple(int(i) for i in np.argwhere(array <= 0.0)[0])
        raise InvalidInput(f"{name} must be positive, got {array[first]} at {first}")
    return array


def checked_confidence(confidence: float) -> float:
    """`confidence` if it lies inside (0, 1). Raises InvalidInput."""
    if not (math.isfinite(confidence) and 0.0 < confidence < 1.0):
        raise InvalidInput(f"confidence must lie inside (0, 1), for example 0.99, got {confidence!r}")
    return float(confidence)


def checked_count(*, name: str, value: int, least: int) -> int:
    """`value` if it is an integer of at least `least`. Raises InvalidInput."""
    if isinstance(value, bool) or int(value) != value or value < least:
        raise InvalidInput(f"{name} must be an integer of at least {least}, got {value!r}")
    return int(value)

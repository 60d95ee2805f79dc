"""Guards shared by the statistical modules, on top of those of `risk.arrays`."""

import math

import numpy as np
from numpy.typing import ArrayLike

from risk.arrays import FloatArray, finite
from risk.errors import InvalidInput


def finite_array(*, name: str, values: ArrayLike, dimensions: int) -> FloatArray:
    """`values` as a contiguous float64 array of that many dimensions, all finite. Raises InvalidInput."""
    array = np.ascontiguousarray(finite(name, values))
    if np.ndim(values) != dimensions:
        raise InvalidInput(f"{name} must have {dimensions} dimension(s), got shape {np.shape(values)}")
    return array


def checked_confidence(confidence: float) -> float:
    """`confidence` if it lies inside (0, 1). Raises InvalidInput."""
    if not (math.isfinite(confidence) and 0.0 < confidence < 1.0):
        raise InvalidInput(f"confidence must lie inside (0, 1), for example 0.99, got {confidence!r}")
    return float(confidence)


def checked_count(*, name: str, value: int, least: int) -> int:
    """`value` if it is an integer of at least `least`. Raises InvalidInput."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InvalidInput(f"{name} must be an integer of at least {least}, got {value!r}")
    return value

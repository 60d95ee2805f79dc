"""Array type and the guards that every public numeric function shares."""

from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from risk.errors import InvalidInput

__all__ = [
    "BoolArray",
    "FloatArray",
    "IntArray",
    "broadcast_for_kernel",
    "finite",
    "flags",
    "non_negative",
    "positive",
    "read_only",
]

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

_Scalar = TypeVar("_Scalar", bound=np.generic)


def finite(name: str, value: npt.ArrayLike) -> FloatArray:
    """`value` as float64. Raises InvalidInput naming the first entry that is NaN or infinite."""
    array = np.asarray(value, dtype=np.float64)
    return _require(name, array, np.asarray(np.isfinite(array)), "finite")


def positive(name: str, value: npt.ArrayLike) -> FloatArray:
    """`value` as float64, finite. Raises InvalidInput naming the first entry that is not above 0."""
    array = finite(name, value)
    return _require(name, array, np.asarray(array > 0.0), "positive")


def non_negative(name: str, value: npt.ArrayLike) -> FloatArray:
    """`value` as float64, finite. Raises InvalidInput naming the first entry below 0."""
    array = finite(name, value)
    return _require(name, array, np.asarray(array >= 0.0), "at least 0")


def flags(name: str, value: npt.ArrayLike) -> BoolArray:
    """`value` as booleans. Raises InvalidInput for any other type, so that a stray strike is never a flag."""
    array = np.asarray(value)
    if array.dtype != np.bool_:
        raise InvalidInput(f"{name} must be boolean, got {array.dtype}")
    return array


def broadcast_for_kernel(*arrays: npt.NDArray[_Scalar]) -> tuple[npt.NDArray[_Scalar], ...]:
    """`arrays` at their common shape, contiguous and writable, so that a kernel compiles for one layout only.

    Copies where it must. Raises InvalidInput if the shapes do not broadcast.
    """
    try:
        shape = np.broadcast_shapes(*(array.shape for array in arrays))
    except ValueError:
        shapes = ", ".join(str(array.shape) for array in arrays)
        raise InvalidInput(f"shapes do not broadcast: {shapes}") from None
    return tuple(
        np.require(np.broadcast_to(a, shape) if a.shape != shape else a, None, ["C", "W"]) for a in arrays
    )


def read_only(array: npt.NDArray[_Scalar]) -> npt.NDArray[_Scalar]:
    """`array` itself, with writing to it refused from here on."""
    array.flags.writeable = False
    return array


def _require(name: str, array: FloatArray, good: BoolArray, domain: str) -> FloatArray:
    if not np.all(good):
        flat = int(np.argmin(np.ravel(good)))
        raise InvalidInput(f"{name} must be {domain}, got {float(array.ravel()[flat])!r} at position {flat}")
    return array

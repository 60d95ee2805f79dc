"""The one way this package compiles a kernel, so that every kernel is cached, typed and releases the lock."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

__all__ = ["compiled"]

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


def compiled(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """`function` compiled by numba: cached beside its source, IEEE division, no reassociation, lock released.

    fastmath stays off: NaN must stay NaN, and sums must not depend on the machine's vector width.
    """
    kernel = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=False)(function)
    return cast("Callable[_Parameters, _Result]", kernel)

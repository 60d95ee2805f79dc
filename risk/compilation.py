"""The one way this package compiles a kernel, so that every kernel is cached, typed and releases the lock."""

from collections.abc import Callable
from typing import ParamSpec, Protocol, TypeAlias, TypeVar, cast

import numba
from numba.extending import intrinsic

__all__ = ["compiled", "fused_multiply_add"]

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")
_Terms: TypeAlias = tuple[object, object, object]


class _Builder(Protocol):
    """What is used of llvmlite's builder of instructions."""

    def fma(self, x: object, y: object, z: object) -> object: ...


def compiled(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """`function` compiled by numba: cached beside its source, IEEE division, no reassociation, lock released.

    fastmath stays off: NaN must stay NaN, and sums must not depend on the machine's vector width.
    """
    kernel = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=False)(function)
    return cast("Callable[_Parameters, _Result]", kernel)


def _fused_multiply_add(_typing: object, _x: object, _y: object, _z: object) -> tuple[object, object]:
    double = numba.float64

    def generate(_context: object, builder: _Builder, _signature: object, terms: _Terms) -> object:
        return builder.fma(*terms)

    return double(double, double, double), generate


# Inside kernels only: x y + z rounded once. Asked for by name, so the result is the same on every machine.
fused_multiply_add = cast("Callable[[float, float, float], float]", intrinsic(_fused_multiply_add))

"""The contracts' integer arithmetic: rounding by name, as their libraries do it."""

from __future__ import annotations

from math import isqrt

from keeper.types import WAD


def divide_up(numerator: int, denominator: int) -> int:
    """numerator / denominator toward plus infinity."""
    return -(-numerator // denominator)


def divide_toward_zero(numerator: int, denominator: int) -> int:
    """numerator / denominator as Solidity divides signed integers; `denominator` is positive."""
    quotient = abs(numerator) // denominator
    return -quotient if numerator < 0 else quotient


def multiply_floor(x: int, y: int) -> int:
    """x y in WAD toward minus infinity: `SignedWad.mulFloor`."""
    return x * y // WAD


def multiply_ceil(x: int, y: int) -> int:
    """x y in WAD toward plus infinity: `SignedWad.mulCeil`."""
    return divide_up(x * y, WAD)


def square_root_up(value: int) -> int:
    """The least integer whose square is at least `value`."""
    root = isqrt(value)
    return root if root * root == value else root + 1

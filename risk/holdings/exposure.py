"""What a liquidity position holds and how it moves."""

from dataclasses import dataclass

from risk.arrays import FloatArray

__all__ = ["PoolExposure"]


@dataclass(frozen=True, slots=True, eq=False)
class PoolExposure:
    """base and quote: token amounts. value: quote currency. delta: d value / d price (base units).

    gamma: d^2 value / d price^2, never above 0: a liquidity provider is short gamma. Equal shapes.
    """

    base: FloatArray
    quote: FloatArray
    value: FloatArray
    delta: FloatArray
    gamma: FloatArray

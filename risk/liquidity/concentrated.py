"""Execution against concentrated liquidity (Uniswap V3), exact by pieces of constant liquidity.

Between two initialised ticks liquidity L is constant and the pool is a constant-product pool on virtual
reserves L / s and L s, with s the square root of the price (quote per base). Paying n of the fee-free input:

    base in   (s falls): 1 / s' = 1 / s + n / L,   quote out = n s s'
    quote in  (s rises):     s' = s + n / L,       base out  = n / (s s')

Input and output up to every tick are summed once, so a size is placed by binary search and finished inside
its piece by the closed form: exact for any number of ticks, O(log ticks) a size. The fee is taken from the
input and leaves the curve (V3 keeps it outside the reserves). What the ticks cannot take is `unfilled`.
Source: Adams et al., "Uniswap v3 Core", 2021, sections 2 and 6.2 (formulas 6.7 - 6.16).
"""

import math
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from risk._checks import finite_array
from risk.arrays import FloatArray, non_negative, positive, read_only
from risk.errors import InvalidInput

__all__ = ["ConcentratedExecution", "ConcentratedPool", "PoolSide", "concentrated_swap", "square_root_price"]

LOG_OF_HALF_TICK: Final = 0.5 * math.log1p(1e-4)  # a tick is a factor 1.0001 of the price
LARGEST_TICK: Final = 887_272


class PoolSide(Enum):
    """Which token is paid in."""

    BASE_IN = "base_in"
    """Token 0 in, token 1 out: the price falls."""
    QUOTE_IN = "quote_in"
    """Token 1 in, token 0 out: the price rises."""


@dataclass(frozen=True, slots=True, eq=False)
class ConcentratedPool:
    """Liquidity `liquidity[i]` >= 0 between `square_roots[i]` and `square_roots[i + 1]`.

    square_roots: (n + 1,) square roots of prices, strictly ascending, positive. liquidity: (n,).
    square_root: of the present price, inside their range. fee: in [0, 1). Raises InvalidInput.
    """

    square_root: float
    square_roots: FloatArray
    liquidity: FloatArray
    fee: float

    def __post_init__(self) -> None:
        roots = positive(
            "square_roots", finite_array(name="square_roots", values=self.square_roots, dimensions=1)
        )
        depth = non_negative("liquidity", finite_array(name="liquidity", values=self.liquidity, dimensions=1))
        if roots.size != depth.size + 1 or depth.size == 0:
            raise InvalidInput(
                f"expected (n + 1,) square roots and (n,) liquidity, got {roots.shape}, {depth.shape}"
            )
        if (np.diff(roots) <= 0.0).any():
            raise InvalidInput(f"square_roots must ascend, got {roots.tolist()[:8]}")
        if not roots[0] <= self.square_root <= roots[-1]:
            raise InvalidInput(f"square_root {self.square_root!r} lies outside [{roots[0]}, {roots[-1]}]")
        if not 0.0 <= self.fee < 1.0:
            raise InvalidInput(f"fee must lie in [0, 1), for example 0.003, got {self.fee!r}")
        object.__setattr__(self, "square_roots", read_only(roots.copy()))
        object.__setattr__(self, "liquidity", read_only(depth.copy()))

    @property
    def price(self) -> float:
        """Quote per base."""
        return self.square_root * self.square_root


@dataclass(frozen=True, slots=True, eq=False)
class ConcentratedExecution:
    """Per size, of its shape. requested = filled + unfilled, gross of the fee, in the token paid in.

    amount_out: in the other token. total_shortfall: of the filled part against the price before, fee
    included, share of 1.00 (a size of 0 costs the fee, the limit). end_square_root: of the price after.
    """

    requested: FloatArray
    filled: FloatArray
    unfilled: FloatArray
    amount_out: FloatArray
    total_shortfall: FloatArray
    end_square_root: FloatArray

    @property
    def complete(self) -> bool:
        return not bool(np.any(self.unfilled > 0.0))


def square_root_price(*, tick: ArrayLike) -> FloatArray:
    """sqrt(1.0001^tick), in raw units of the two tokens. Raises InvalidInput beyond tick +-887272."""
    ticks = np.asarray(tick, dtype=np.float64)
    if not np.all(np.abs(ticks) <= LARGEST_TICK):
        raise InvalidInput(f"ticks must lie in +-{LARGEST_TICK}, got {tick!r}")
    return np.asarray(np.exp(ticks * LOG_OF_HALF_TICK))


def concentrated_swap(
    *, pool: ConcentratedPool, amount_in: ArrayLike, side: PoolSide
) -> ConcentratedExecution:
    """Swaps each `amount_in` >= 0 (any shape, one by one from the same pool). Raises InvalidInput.

    Error: relative 1e-12 of the output for up to some thousand ticks.
    """
    sizes = non_negative("amount_in", amount_in)
    starts, depths, ends = _path(pool=pool, side=side)
    inputs = depths * _input_per_liquidity(starts, ends, side)
    before_in = np.concatenate(([0.0], np.cumsum(inputs)))
    outs = depths * _input_per_liquidity(ends, starts, _other(side))
    before_out = np.concatenate(([0.0], np.cumsum(outs)))
    net = np.minimum(sizes * (1.0 - pool.fee), before_in[-1])
    piece = np.clip(np.searchsorted(before_in, net, side="left") - 1, 0, depths.size - 1)
    rest = net - before_in[piece]
    start = starts[piece]
    end = _end(start, depths[piece], rest, side)
    product = start * end
    amount_out = before_out[piece] + (rest * product if side is PoolSide.BASE_IN else rest / product)
    filled = np.where(net < before_in[-1], sizes, np.minimum(sizes, before_in[-1] / (1.0 - pool.fee)))
    spot = pool.price if side is PoolSide.BASE_IN else 1.0 / pool.price
    fair = np.where(filled > 0.0, filled * spot, 1.0)
    shortfall = np.where(filled > 0.0, 1.0 - amount_out / fair, pool.fee)
    return ConcentratedExecution(sizes, filled, sizes - filled, amount_out, shortfall, np.asarray(end))


def _path(*, pool: ConcentratedPool, side: PoolSide) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Start, liquidity and end of every piece in the order the price meets them."""
    roots, here = pool.square_roots, pool.square_root
    if side is PoolSide.QUOTE_IN:
        first = min(int(np.searchsorted(roots, here, side="right")) - 1, pool.liquidity.size - 1)
        starts = np.concatenate(([here], roots[first + 1 : -1]))
        return starts, pool.liquidity[first:], roots[first + 1 :]
    last = max(int(np.searchsorted(roots, here, side="left")), 1)
    starts = np.concatenate(([here], roots[1:last][::-1]))
    return starts, pool.liquidity[:last][::-1], roots[:last][::-1]


def _input_per_liquidity(start: FloatArray, end: FloatArray, side: PoolSide) -> FloatArray:
    if side is PoolSide.BASE_IN:
        return np.asarray((start - end) / (start * end))
    return np.asarray(end - start)


def _other(side: PoolSide) -> PoolSide:
    return PoolSide.QUOTE_IN if side is PoolSide.BASE_IN else PoolSide.BASE_IN


def _end(start: FloatArray, depth: FloatArray, rest: FloatArray, side: PoolSide) -> FloatArray:
    """Square root of the price after `rest` of the input; a piece without liquidity is never entered."""
    safe = np.where(depth > 0.0, depth, 1.0)
    moved = start / (1.0 + rest * start / safe) if side is PoolSide.BASE_IN else start + rest / safe
    return np.asarray(np.where(depth > 0.0, moved, start))

"""Execution against a constant-product pool (Uniswap V2 and its descendants).

With input reserve x, output reserve y, gross input d and fee f taken from the input, n = d (1 - f):

    output    = y n / (x + n)                          (Uniswap V2 core, getAmountOut, without integer rounding)
    shortfall = n / (x + n)                            average price against the price before, the fee aside
    total     = 1 - (1 - f)(1 - shortfall)             against d y / x, the fee included
    end price = (y / x) x^2 / ((x + n)(x + d))         the fee stays in the reserve

x is the reserve of the token paid in, not the product k = x y: d / (k + d) compares a token amount with a
product of two. Reserves and amounts are in whole tokens (any unit, the same within a token). Every function
takes arrays that broadcast. Error: a few units in the last place, no cancellation.
Source: Adams, Zinsmeister, Robinson, "Uniswap v2 Core", 2020, sections 2 and 3.2; Angeris et al., "An
analysis of Uniswap markets", 2019, section 2.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from risk.arrays import FloatArray, broadcast_for_kernel, finite, non_negative, positive
from risk.errors import InvalidInput

__all__ = ["PoolExecution", "constant_product_input", "constant_product_swap"]


@dataclass(frozen=True, slots=True, eq=False)
class PoolExecution:
    """What a trade of `amount_in` (gross of the fee) gets; each field has the broadcast shape.

    shortfall: average price against the price before, the fee aside. total_shortfall: with the fee.
    end_price_impact: 1 - price after / price before. Shares of 1.00.
    """

    amount_in: FloatArray
    amount_out: FloatArray
    shortfall: FloatArray
    total_shortfall: FloatArray
    end_price_impact: FloatArray


def constant_product_swap(
    *, reserve_in: ArrayLike, reserve_out: ArrayLike, amount_in: ArrayLike, fee: ArrayLike = 0.003
) -> PoolExecution:
    """Sells `amount_in` >= 0 into a pool. Reserves positive, fee in [0, 1). Raises InvalidInput."""
    x, y, d, f = broadcast_for_kernel(
        positive("reserve_in", reserve_in),
        positive("reserve_out", reserve_out),
        non_negative("amount_in", amount_in),
        _checked_fee(fee),
    )
    net = d * (1.0 - f)
    deep = x + net
    shortfall = net / deep
    return PoolExecution(
        amount_in=d,
        amount_out=np.asarray(y * shortfall),
        shortfall=np.asarray(shortfall),
        total_shortfall=np.asarray(shortfall + f * (x / deep)),
        end_price_impact=np.asarray(shortfall + d / (x + d) * (x / deep)),
    )


def constant_product_input(
    *, reserve_in: ArrayLike, reserve_out: ArrayLike, amount_out: ArrayLike, fee: ArrayLike = 0.003
) -> FloatArray:
    """Gross input that buys `amount_out`: d = x o / ((y - o)(1 - f)); the inverse of the swap.

    Raises InvalidInput unless 0 <= amount_out < reserve_out: no input empties a pool.
    """
    x, y, out, f = broadcast_for_kernel(
        positive("reserve_in", reserve_in),
        positive("reserve_out", reserve_out),
        non_negative("amount_out", amount_out),
        _checked_fee(fee),
    )
    if np.any(out >= y):
        at = int(np.argmax(np.ravel(out >= y)))
        raise InvalidInput(f"amount_out must stay below the reserve, got {out.flat[at]} of {y.flat[at]}")
    return np.asarray(x * (out / (y - out)) / (1.0 - f))


def _checked_fee(fee: ArrayLike) -> FloatArray:
    value = finite("fee", fee)
    if np.any((value < 0.0) | (value >= 1.0)):
        raise InvalidInput(f"fee must lie in [0, 1), for example 0.003, got {fee!r}")
    return value

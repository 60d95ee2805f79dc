"""A liquidity position over all prices: Uniswap V2, exact.

A share of a pool with liquidity L = sqrt(x y) holds, at price P (quote per base),

    base L / sqrt(P),  quote L sqrt(P),  value 2 L sqrt(P),  delta L / sqrt(P),  gamma -L / (2 P^1.5)

and against keeping the tokens it started with at P0, r = P / P0,

    impermanent loss = 2 sqrt(r) / (1 + r) - 1 = -(1 - sqrt(r))^2 / (1 + r)

never above 0; the second form has no cancellation and is the one computed. Fees come on top as an input.
Source: Adams, Zinsmeister, Robinson, "Uniswap v2 Core", 2020; Aigner, Dhaliwal, "Uniswap: impermanent loss and
risk profile of a liquidity provider", 2021, section 3.
"""

import numpy as np
from numpy.typing import ArrayLike

from risk.arrays import FloatArray, broadcast_for_kernel, non_negative, positive
from risk.holdings.exposure import PoolExposure

__all__ = ["full_range_exposure", "full_range_impermanent_loss"]


def full_range_exposure(*, liquidity: ArrayLike, price: ArrayLike) -> PoolExposure:
    """Tokens, value and Greeks at `price` > 0 for liquidity L >= 0, of the broadcast shape."""
    depth, spot = broadcast_for_kernel(non_negative("liquidity", liquidity), positive("price", price))
    root = np.sqrt(spot)
    base = depth / root
    return PoolExposure(
        base=np.asarray(base),
        quote=np.asarray(depth * root),
        value=np.asarray(2.0 * depth * root),
        delta=np.asarray(base),
        gamma=np.asarray(-0.5 * base / spot),
    )


def full_range_impermanent_loss(*, entry_price: ArrayLike, price: ArrayLike) -> FloatArray:
    """Value against holding the entry tokens, minus 1: in (-1, 0], share of 1.00, fees aside."""
    now, entry = broadcast_for_kernel(positive("price", price), positive("entry_price", entry_price))
    ratio = now / entry
    gap = 1.0 - np.sqrt(ratio)
    return np.asarray(-(gap / (1.0 + ratio)) * gap)

"""A liquidity position over a price range: Uniswap V3.

For liquidity L on [a, b], with s = sqrt(P) held inside [sqrt(a), sqrt(b)]:

    base = L (1 / s - 1 / sqrt(b)),   quote = L (s - sqrt(a)),   value = base P + quote

all base below the range, all quote above it. Inside it the exposure is that of full range less constants:
delta = base, gamma = -L / (2 P^1.5); outside gamma is 0. Against holding the entry tokens (s0 at P0)

    holding - value = L (s - s0)(P / (s s0) - 1) >= 0

computed in that form, without cancellation. a -> 0, b -> infinity is `risk.holdings.full_range`.
Source: Adams et al., "Uniswap v3 Core", 2021, formulas 6.29 and 6.30; Elsts, "Liquidity math in Uniswap v3", 2021,
sections 2 and 3.
"""

import numpy as np
from numpy.typing import ArrayLike

from risk.arrays import FloatArray, broadcast_for_kernel, non_negative, positive
from risk.errors import InvalidInput
from risk.holdings.exposure import PoolExposure

__all__ = [
    "price_range_divergence",
    "price_range_exposure",
    "price_range_impermanent_loss",
    "price_range_liquidity",
    "price_range_profit",
]


def price_range_exposure(
    *, liquidity: ArrayLike, lower_price: ArrayLike, upper_price: ArrayLike, price: ArrayLike
) -> PoolExposure:
    """Tokens, value and Greeks at `price`. L >= 0, 0 < lower < upper. Gamma at a bound is the inside one."""
    depth, spot, bottom, top = broadcast_for_kernel(
        non_negative("liquidity", liquidity), positive("price", price), *_roots(lower_price, upper_price)
    )
    root = np.sqrt(spot)
    held = np.clip(root, bottom, top)
    base = depth * ((top - held) / (held * top))
    quote = depth * (held - bottom)
    inside = (root >= bottom) & (root <= top)
    gamma = np.where(inside, -0.5 * depth / (spot * root), 0.0)
    return PoolExposure(
        base=np.asarray(base),
        quote=np.asarray(quote),
        value=np.asarray(base * spot + quote),
        delta=np.asarray(base),
        gamma=gamma,
    )


def price_range_liquidity(
    *, base: ArrayLike, quote: ArrayLike, lower_price: ArrayLike, upper_price: ArrayLike, price: ArrayLike
) -> FloatArray:
    """The largest L that amounts `base` and `quote` pay for at `price`: the smaller of what each allows."""
    bases, quotes, spot, bottom, top = broadcast_for_kernel(
        non_negative("base", base),
        non_negative("quote", quote),
        positive("price", price),
        *_roots(lower_price, upper_price),
    )
    held = np.clip(np.sqrt(spot), bottom, top)
    base_each, quote_each = (top - held) / (held * top), held - bottom
    by_base = np.where(base_each > 0.0, bases / np.where(base_each > 0.0, base_each, 1.0), np.inf)
    by_quote = np.where(quote_each > 0.0, quotes / np.where(quote_each > 0.0, quote_each, 1.0), np.inf)
    return np.asarray(np.minimum(by_base, by_quote))


def price_range_divergence(
    *,
    liquidity: ArrayLike,
    lower_price: ArrayLike,
    upper_price: ArrayLike,
    entry_price: ArrayLike,
    price: ArrayLike,
) -> FloatArray:
    """holding - value at `price`, quote currency, >= 0: what the position lost by providing, fees aside."""
    depth, spot, start, bottom, top = broadcast_for_kernel(
        non_negative("liquidity", liquidity),
        positive("price", price),
        positive("entry_price", entry_price),
        *_roots(lower_price, upper_price),
    )
    root = np.sqrt(spot)
    entry = np.clip(np.sqrt(start), bottom, top)
    held = np.clip(root, bottom, top)
    stretch = np.where(held == root, held, root * (root / held))
    loss = depth * ((held - entry) / entry) * (stretch - entry)
    return np.asarray(np.maximum(loss, 0.0))  # rounding at a bound can leave -1e-16 of the value


def price_range_impermanent_loss(
    *, lower_price: ArrayLike, upper_price: ArrayLike, entry_price: ArrayLike, price: ArrayLike
) -> FloatArray:
    """value / holding - 1: in (-1, 0], share of 1.00, fees aside; free of the amount provided."""
    bounds = {"lower_price": lower_price, "upper_price": upper_price}
    divergence = price_range_divergence(liquidity=1.0, entry_price=entry_price, price=price, **bounds)
    at_entry = price_range_exposure(liquidity=1.0, price=entry_price, **bounds)
    holding = at_entry.base * positive("price", price) + at_entry.quote
    return np.asarray(-divergence / holding)


def price_range_profit(
    *,
    liquidity: ArrayLike,
    lower_price: ArrayLike,
    upper_price: ArrayLike,
    entry_price: ArrayLike,
    price: ArrayLike,
    fee_income: ArrayLike = 0.0,
) -> FloatArray:
    """Value at `price` less value at entry plus `fee_income` >= 0 (all quote currency): the scenario's P&L."""
    bounds = {"lower_price": lower_price, "upper_price": upper_price}
    after = price_range_exposure(liquidity=liquidity, price=price, **bounds).value
    before = price_range_exposure(liquidity=liquidity, price=entry_price, **bounds).value
    ending, starting, fees = broadcast_for_kernel(after, before, non_negative("fee_income", fee_income))
    return np.asarray(ending - starting + fees)


def _roots(lower_price: ArrayLike, upper_price: ArrayLike) -> tuple[FloatArray, FloatArray]:
    low, high = broadcast_for_kernel(
        positive("lower_price", lower_price), positive("upper_price", upper_price)
    )
    if np.any(low >= high):
        raise InvalidInput(
            f"lower_price must stay below upper_price, got {lower_price!r} and {upper_price!r}"
        )
    return np.asarray(np.sqrt(low)), np.asarray(np.sqrt(high))

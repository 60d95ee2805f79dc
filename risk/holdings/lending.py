"""A lending account: supplied and borrowed tokens that grow by an index, and when it is liquidated.

    supplied_j = scaled supply_j x supply index_j,  borrowed_j = scaled borrow_j x borrow index_j
    equity     = sum_j p_j (supplied_j - borrowed_j)
    health     = sum_j p_j supplied_j t_j / sum_j p_j borrowed_j,     liquidated below 1

t_j is the liquidation threshold. Health is linear over linear in each price, so the price of token j at which
it reaches 1, the others unchanged, is exact:

    p_j* = (D - C) / (supplied_j t_j - borrowed_j),   D, C: debt and weighted collateral in the other tokens

reached by a fall where the denominator is positive, by a rise where it is negative. Equity below 0 is bad debt,
which comes later than liquidation: the threshold is what the haircut and the closing cost are taken from.
Source: Aave Protocol whitepaper, 2020, sections 3 and 4; Aave V3 technical paper, 2022.
"""

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import ArrayLike

from risk._checks import finite_array
from risk.arrays import FloatArray, broadcast_for_kernel, finite, non_negative, positive, read_only
from risk.errors import InvalidInput

__all__ = [
    "LendingAccount",
    "LiquidationPrice",
    "LiquidationSide",
    "compounded_index",
    "health_factor",
    "lending_equity",
    "liquidation_price",
    "weighted_collateral",
]


class LiquidationSide(Enum):
    """Which move of the price liquidates."""

    BY_FALL = "by_fall"
    BY_RISE = "by_rise"
    NEVER = "never"
    """No positive price moves health across 1: it is above 1, or below 1, at all of them."""


@dataclass(frozen=True, slots=True)
class LiquidationPrice:
    """`price` at which health is 1, or None where no positive price reaches it."""

    side: LiquidationSide
    price: float | None


@dataclass(frozen=True, slots=True, eq=False)
class LendingAccount:
    """n tokens, each (n,): scaled amounts >= 0, indices >= 1, thresholds in [0, 1]. Raises InvalidInput."""

    scaled_supply: FloatArray
    supply_index: FloatArray
    scaled_borrow: FloatArray
    borrow_index: FloatArray
    liquidation_threshold: FloatArray

    def __post_init__(self) -> None:
        shape = np.shape(self.scaled_supply)
        for name in self.__dataclass_fields__:
            row = non_negative(name, finite_array(name=name, values=getattr(self, name), dimensions=1))
            if row.shape != shape or row.size == 0:
                raise InvalidInput(f"{name} must be (n,) like scaled_supply {shape}, n >= 1, got {row.shape}")
            if name.endswith("index") and np.any(row < 1.0):
                raise InvalidInput(f"{name} starts at 1 and grows, got {float(row.min())}")
            object.__setattr__(self, name, read_only(row.copy()))
        if np.any(self.liquidation_threshold > 1.0):
            raise InvalidInput(
                f"liquidation_threshold lies in [0, 1], got {float(self.liquidation_threshold.max())}"
            )

    @property
    def supplied(self) -> FloatArray:
        return self.scaled_supply * self.supply_index

    @property
    def borrowed(self) -> FloatArray:
        return self.scaled_borrow * self.borrow_index


def compounded_index(*, index: ArrayLike, yearly_rate: ArrayLike, years: ArrayLike) -> FloatArray:
    """index x exp(rate x years): an index (>= 1) after `years` >= 0 at a continuous rate per year."""
    start, rate, span = broadcast_for_kernel(
        positive("index", index), finite("yearly_rate", yearly_rate), non_negative("years", years)
    )
    if np.any(start < 1.0):
        raise InvalidInput(f"index starts at 1 and grows, got {index!r}")
    return np.asarray(start * np.exp(rate * span))


def lending_equity(*, account: LendingAccount, prices: ArrayLike) -> FloatArray:
    """Equity at `prices` (..., n), quote currency, shape (...): linear, so its delta is the net amount."""
    return np.asarray(_prices(account, prices) @ (account.supplied - account.borrowed))


def weighted_collateral(*, account: LendingAccount, prices: ArrayLike) -> FloatArray:
    """Collateral at `prices` (..., n) after its thresholds: what debt must stay below; shape (...)."""
    return np.asarray(_prices(account, prices) @ (account.supplied * account.liquidation_threshold))


def health_factor(*, account: LendingAccount, prices: ArrayLike) -> FloatArray:
    """Weighted collateral over debt at `prices` (..., n); infinity without debt, as the protocols have it."""
    debt = np.asarray(_prices(account, prices) @ account.borrowed)
    collateral = weighted_collateral(account=account, prices=prices)
    return np.where(debt > 0.0, collateral / np.where(debt > 0.0, debt, 1.0), math.inf)


def liquidation_price(*, account: LendingAccount, prices: ArrayLike, token: int) -> LiquidationPrice:
    """Price of `token` at which health is 1, the other `prices` (n,) unchanged; see the formula above."""
    row = _prices(account, prices)
    if row.ndim != 1 or isinstance(token, bool) or not 0 <= token < row.size:
        raise InvalidInput(f"need prices (n,) and a token in [0, n), got {row.shape} and {token!r}")
    weighted = account.supplied * account.liquidation_threshold - account.borrowed
    others = -(np.delete(row, token) @ np.delete(weighted, token))
    slope = float(weighted[token])
    if slope == 0.0 or others / slope <= 0.0:
        return LiquidationPrice(LiquidationSide.NEVER, None)
    side = LiquidationSide.BY_FALL if slope > 0.0 else LiquidationSide.BY_RISE
    return LiquidationPrice(side, float(others / slope))


def _prices(account: LendingAccount, prices: ArrayLike) -> FloatArray:
    table = positive("prices", prices)
    if table.ndim == 0 or table.shape[-1] != account.scaled_supply.size:
        raise InvalidInput(f"prices must be (..., {account.scaled_supply.size}), got {table.shape}")
    return table

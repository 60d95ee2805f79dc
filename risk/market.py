"""The market a book is valued in: index prices, forwards and smiles at one instant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np

from risk.arrays import FloatArray, non_negative, positive, read_only
from risk.errors import InvalidInput, MissingMarketData
from risk.surface.svi import SviSlice
from risk.units import SURFACE_SCALE, years_between

__all__ = ["Accrued", "ExpirySurface", "MarketState"]

_WINDOW_SECONDS: Final = 1_800  # before an expiry, over which its settlement price is averaged


@dataclass(frozen=True, slots=True)
class ExpirySurface:
    """One expiry of one underlying: forward = index (1 + basis), and its smile.

    basis: fraction, above -1. Raises InvalidInput otherwise.
    """

    basis: float
    slice: SviSlice

    def __post_init__(self) -> None:
        if not -1.0 < self.basis < float("inf"):
            raise InvalidInput(f"basis must be finite and above -1, got {self.basis!r}")

    @classmethod
    def from_wire(cls, *, basis: int, a: int, b: int, rho: int, m: int, sigma: int) -> Self:
        """The surface of a wire row's integers in 1e-12."""
        return cls(basis=basis / SURFACE_SCALE, slice=SviSlice.from_wire(a=a, b=b, rho=rho, m=m, sigma=sigma))

    def to_wire(self) -> tuple[int, int, int, int, int, int]:
        """(basis, a, b, rho, m, sigma) in 1e-12, inside the exact on-chain box of the slice."""
        return (round(self.basis * SURFACE_SCALE), *self.slice.to_wire())


@dataclass(frozen=True, slots=True)
class Accrued:
    """The part of a settlement price that is known: `share` of its window, (0, 1], at the average `price` (quote).

    Raises InvalidInput otherwise.
    """

    share: float
    price: float

    def __post_init__(self) -> None:
        if not 0.0 < self.share <= 1.0:
            raise InvalidInput(f"an accrued share is in (0, 1], got {self.share!r}")
        positive("accrued price", self.price)

    @classmethod
    def over(cls, *, seconds: int, price: float) -> Self:
        """Of the 1,800 seconds before an expiry so many are over, at this average."""
        return cls(share=seconds / _WINDOW_SECONDS, price=price)


@dataclass(frozen=True, slots=True, eq=False)
class MarketState:
    """Everything valuation reads, at `now` (unix seconds).

    index: (underlyings,) price in quote currency, 0-based by wire underlying - 1. surfaces: by (index column,
    expiry in unix seconds). settlements: fixed settlement price by the same key, for expired instruments. premiums:
    of a perpetual's mark over index, fraction by index column, 0 where absent. widths: how far the price may lie off
    to both sides, likewise. accruals: what is known of settlement prices that are not fixed, by the key of settlements.
    Raises InvalidInput unless every price is finite and positive, every premium above -1 and every width at least 0.
    """

    now: int
    index: FloatArray
    surfaces: Mapping[tuple[int, int], ExpirySurface]
    settlements: Mapping[tuple[int, int], float] = field(default_factory=dict)
    premiums: Mapping[int, float] = field(default_factory=dict)
    widths: Mapping[int, float] = field(default_factory=dict)
    accruals: Mapping[tuple[int, int], Accrued] = field(default_factory=dict)

    def __post_init__(self) -> None:
        index = positive("index", self.index)
        if index.ndim != 1:
            raise InvalidInput(f"index must be a vector of prices, got shape {index.shape}")
        positive("settlements", list(self.settlements.values()))
        positive("1 + premium", [1.0 + premium for premium in self.premiums.values()])
        non_negative("widths", list(self.widths.values()))
        object.__setattr__(self, "index", read_only(np.array(index)))

    def years_to(self, expiry: int) -> float:
        """Years of 365 days to `expiry`, 0 when it has passed."""
        return years_between(now=self.now, expiry=expiry)

    def surface(self, *, underlying: int, expiry: int) -> ExpirySurface:
        """The surface of an expiry that has not passed. Raises MissingMarketData if there is none."""
        try:
            return self.surfaces[underlying, expiry]
        except KeyError:
            raise MissingMarketData(
                f"no surface for underlying column {underlying}, expiry {expiry} at {self.now}; "
                f"known: {sorted(self.surfaces)}"
            ) from None

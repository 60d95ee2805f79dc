"""Synthetic option surfaces: a term structure of at-the-money volatility with a power-law skew.

Total variance at the money is theta(T) = T (long + (short - long) exp(-T / tau))^2, the smile of each expiry is SSVI,
w(k) = theta / 2 (1 + rho phi k + sqrt((phi k + rho)^2 + 1 - rho^2)) with phi = eta / sqrt(theta (1 + theta)), which
has no butterfly arbitrage for eta (1 + |rho|) <= 2 (Gatheral and Jacquier, 2014, section 4).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Final

import numpy as np

from keeper.simulation.state import OptionMark
from risk.pricing import black76_reference
from risk.surface.svi import SviSlice
from risk.units import years_between

__all__ = ["SurfaceShape", "option_marks", "smile_slice"]

_TERM_YEARS: Final = 30.0 / 365.0
_CENT: Final = Decimal("0.01")
_LARGEST_OPEN_INTEREST: Final = 400.0
_OPEN_INTEREST_WIDTH: Final = 0.25


@dataclass(frozen=True, slots=True)
class SurfaceShape:
    """Volatilities are fractions per square root of a year; `basis` is the forward's drift per year."""

    short_volatility: float
    long_volatility: float
    correlation: float = -0.3
    eta: float = 1.0
    basis: float = 0.0

    def at_the_money(self, years: float) -> float:
        decay = math.exp(-years / _TERM_YEARS)
        return self.long_volatility + (self.short_volatility - self.long_volatility) * decay


def smile_slice(shape: SurfaceShape, years: float) -> SviSlice:
    """The raw SVI form of the expiry's SSVI smile, `years` (positive) from now."""
    theta = years * shape.at_the_money(years) ** 2
    phi = shape.eta / math.sqrt(theta * (1.0 + theta))
    rho = shape.correlation
    width = 1.0 - rho * rho
    return SviSlice(
        a=theta * width / 2.0, b=theta * phi / 2.0, rho=rho, m=-rho / phi, sigma=math.sqrt(width) / phi
    )


def option_marks(
    shape: SurfaceShape, *, spot: Decimal, now: int, expiries: Sequence[int], strikes: Sequence[Decimal]
) -> tuple[OptionMark, ...]:
    """A call and a put at every strike of every expiry after `now`, by expiry, strike, call before put."""
    living = [expiry for expiry in sorted(expiries) if expiry > now]
    return tuple(mark for expiry in living for mark in _chain(shape, spot, now, expiry, strikes))


def _chain(
    shape: SurfaceShape, spot: Decimal, now: int, expiry: int, strikes: Sequence[Decimal]
) -> list[OptionMark]:
    years = years_between(now=now, expiry=expiry)
    forward = (spot * Decimal(math.exp(shape.basis * years))).quantize(_CENT)
    contracts = list(product(sorted(strikes), (True, False)))
    moneyness = np.array([math.log(strike / forward) for strike, _ in contracts])
    volatilities = smile_slice(shape, years).implied_volatility(moneyness, years=years)
    prices = black76_reference(
        forward=float(forward),
        strike=np.array([float(strike) for strike, _ in contracts]),
        volatility=volatilities,
        years=years,
        is_call=np.array([is_call for _, is_call in contracts]),
    ).price
    interest = _LARGEST_OPEN_INTEREST * np.exp(-0.5 * (moneyness / _OPEN_INTEREST_WIDTH) ** 2)
    return [
        OptionMark(
            expiry=expiry,
            strike=strike,
            is_call=is_call,
            mark_volatility=float(volatilities[row]),
            forward=forward,
            mark_price=float(prices[row]) / float(forward),
            open_interest=round(float(interest[row]), 1),
        )
        for row, (strike, is_call) in enumerate(contracts)
    ]

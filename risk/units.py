"""Units of the whole package: one year, one day, and the fixed-point scales of the wire.

Inside the package numbers are float64: prices and money in quote currency, volatility per 1.00 and year, time
in years of 365 days. Money leaves it as integer WAD: `to_wad_up` for requirements, `to_wad_down` for equity.
"""

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from typing import Final

from risk.errors import InvalidInput

__all__ = [
    "BASIS_POINTS",
    "DAYS_PER_YEAR",
    "MICROS",
    "SECONDS_PER_DAY",
    "SECONDS_PER_YEAR",
    "SURFACE_SCALE",
    "WAD",
    "from_wad",
    "to_wad_down",
    "to_wad_up",
    "years_between",
]

DAYS_PER_YEAR: Final = 365
SECONDS_PER_DAY: Final = 86_400
SECONDS_PER_YEAR: Final = 31_536_000

WAD: Final = 10**18
"""Scale of money, prices, quantities and multipliers on the wire."""
SURFACE_SCALE: Final = 10**12
"""Scale of surface parameters and basis on the wire."""
MICROS: Final = 10**6
"""Scale of strikes on the wire."""
BASIS_POINTS: Final = 10_000

# Digits kept before rounding in the asked direction, so the result is never on the wrong side.
_PRECISION: Final = 100


def to_wad_up(amount: Decimal | int | float) -> int:
    """Integer WAD of `amount` (units of quote currency), rounded towards plus infinity: for requirements.

    A float is taken at its exact binary value. Raises InvalidInput if it is not finite.
    """
    return _to_wad(amount=amount, rounding=ROUND_CEILING)


def to_wad_down(amount: Decimal | int | float) -> int:
    """Integer WAD of `amount`, rounded towards minus infinity: for equity.

    A float is taken at its exact binary value. Raises InvalidInput if it is not finite.
    """
    return _to_wad(amount=amount, rounding=ROUND_FLOOR)


def from_wad(value: int) -> float:
    """Nearest float64 of an integer WAD."""
    return value / WAD


def years_between(*, now: int, expiry: int) -> float:
    """Years of 365 days from `now` to `expiry` (unix seconds), 0 when expired."""
    return max(0, expiry - now) / SECONDS_PER_YEAR


def _to_wad(*, amount: Decimal | int | float, rounding: str) -> int:
    if not isinstance(amount, int) and not math.isfinite(amount):
        raise InvalidInput(f"amount must be finite, got {amount!r}")
    if isinstance(amount, int):
        return amount * WAD
    with localcontext() as context:
        context.prec = _PRECISION
        context.rounding = rounding
        return int((Decimal(amount) * WAD).to_integral_value(rounding=rounding))

"""Option prices, Greeks and implied volatility."""

from risk.pricing.black76 import OptionValues, black76, black76_price, black76_reference
from risk.pricing.implied_volatility import ImpliedVolatility, VolatilityStatus, implied_volatility

__all__ = [
    "ImpliedVolatility",
    "OptionValues",
    "VolatilityStatus",
    "black76",
    "black76_price",
    "black76_reference",
    "implied_volatility",
]

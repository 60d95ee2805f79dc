"""Option prices, Greeks and implied volatility."""

from risk.pricing.black76 import OptionValues, black76, black76_price, black76_reference
from risk.pricing.cross_greeks import CrossGreeks, black76_cross_greeks, perpetual_values
from risk.pricing.implied_volatility import ImpliedVolatility, VolatilityStatus, implied_volatility

__all__ = [
    "CrossGreeks",
    "ImpliedVolatility",
    "OptionValues",
    "VolatilityStatus",
    "black76",
    "black76_cross_greeks",
    "black76_price",
    "black76_reference",
    "implied_volatility",
    "perpetual_values",
]

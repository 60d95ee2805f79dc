"""What an account holds beyond coins and contracts: liquidity positions and lending accounts."""

from risk.holdings.exposure import PoolExposure
from risk.holdings.full_range import full_range_exposure, full_range_impermanent_loss
from risk.holdings.lending import (
    LendingAccount,
    LiquidationPrice,
    LiquidationSide,
    compounded_index,
    health_factor,
    lending_equity,
    liquidation_price,
    weighted_collateral,
)
from risk.holdings.price_range import (
    price_range_divergence,
    price_range_exposure,
    price_range_impermanent_loss,
    price_range_liquidity,
    price_range_profit,
)

__all__ = [
    "LendingAccount",
    "LiquidationPrice",
    "LiquidationSide",
    "PoolExposure",
    "compounded_index",
    "full_range_exposure",
    "full_range_impermanent_loss",
    "health_factor",
    "lending_equity",
    "liquidation_price",
    "price_range_divergence",
    "price_range_exposure",
    "price_range_impermanent_loss",
    "price_range_liquidity",
    "price_range_profit",
    "weighted_collateral",
]

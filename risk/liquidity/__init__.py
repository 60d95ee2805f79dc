"""What trading a size costs: pools, order books, impact, spread, and the time closing takes."""

from risk.liquidity.concentrated import (
    ConcentratedExecution,
    ConcentratedPool,
    PoolSide,
    concentrated_swap,
    square_root_price,
)
from risk.liquidity.constant_product import PoolExecution, constant_product_input, constant_product_swap
from risk.liquidity.impact import square_root_cost, square_root_impact
from risk.liquidity.order_book import BookExecution, BookSide, OrderBook, walk_book
from risk.liquidity.spread_cost import (
    depth_cost,
    exogenous_spread_cost,
    liquidity_adjusted_var,
    spread_multiple,
)
from risk.liquidity.unwind import unwind_deviation_factor, unwind_steps

__all__ = [
    "BookExecution",
    "BookSide",
    "ConcentratedExecution",
    "ConcentratedPool",
    "OrderBook",
    "PoolExecution",
    "PoolSide",
    "concentrated_swap",
    "constant_product_input",
    "constant_product_swap",
    "depth_cost",
    "exogenous_spread_cost",
    "liquidity_adjusted_var",
    "spread_multiple",
    "square_root_cost",
    "square_root_impact",
    "square_root_price",
    "unwind_deviation_factor",
    "unwind_steps",
    "walk_book",
]

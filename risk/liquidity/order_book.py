"""Walking an order book: what a size pays, level by level, and what the book cannot fill.

    cost(q) = sum_i p_i min(q_i, max(q - Q_{i-1}, 0)),   Q_i = q_1 + ... + q_i

piecewise linear and convex in q for a buy (concave proceeds for a sell). Depth and cost up to every level are
summed once; each size is placed by binary search. Prices in quote per base, sizes in base.
Source: Bouchaud, Bonart, Donier, Gould, "Trades, Quotes and Prices", 2018, chapter 3.
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import ArrayLike

from risk._checks import finite_array
from risk.arrays import FloatArray, non_negative, positive, read_only
from risk.errors import InvalidInput

__all__ = ["BookExecution", "BookSide", "OrderBook", "walk_book"]


class BookSide(Enum):
    """What the taker does."""

    BUY = "buy"
    """Takes the asks."""
    SELL = "sell"
    """Takes the bids."""


@dataclass(frozen=True, slots=True, eq=False)
class OrderBook:
    """Bids with falling and asks with rising prices, best first, (n,) and (m,), at least one of each.

    Prices and sizes positive. Raises InvalidInput for any other order, for a crossed or locked book.
    """

    bid_prices: FloatArray
    bid_sizes: FloatArray
    ask_prices: FloatArray
    ask_sizes: FloatArray

    def __post_init__(self) -> None:
        for name in ("bid_prices", "bid_sizes", "ask_prices", "ask_sizes"):
            row = positive(name, finite_array(name=name, values=getattr(self, name), dimensions=1))
            object.__setattr__(self, name, read_only(row.copy()))
        _check_levels("bid", self.bid_prices, self.bid_sizes, -1.0)
        _check_levels("ask", self.ask_prices, self.ask_sizes, 1.0)
        if self.bid_prices[0] >= self.ask_prices[0]:
            raise InvalidInput(f"crossed book: bid {self.bid_prices[0]}, ask {self.ask_prices[0]}")

    @property
    def mid(self) -> float:
        return float(0.5 * (self.bid_prices[0] + self.ask_prices[0]))

    @property
    def relative_spread(self) -> float:
        return float(self.ask_prices[0] - self.bid_prices[0]) / self.mid


@dataclass(frozen=True, slots=True, eq=False)
class BookExecution:
    """Per size, of its shape. requested = filled + unfilled (base). notional: quote paid or received.

    average_price: of the filled part. worst_price: of the last unit. slippage: average price against the
    mid, positive = cost, share of 1.00; a size of 0 has the best price, the limit.
    """

    requested: FloatArray
    filled: FloatArray
    unfilled: FloatArray
    notional: FloatArray
    average_price: FloatArray
    worst_price: FloatArray
    slippage: FloatArray

    @property
    def complete(self) -> bool:
        return not bool(np.any(self.unfilled > 0.0))


def walk_book(*, book: OrderBook, size: ArrayLike, side: BookSide) -> BookExecution:
    """Executes each `size` >= 0 (any shape, one by one against the same book) as a market order.

    A size beyond the book is filled as far as it goes; the remainder is in `unfilled`, never priced.
    """
    sizes = non_negative("size", size)
    buys = side is BookSide.BUY
    prices, depths = (book.ask_prices, book.ask_sizes) if buys else (book.bid_prices, book.bid_sizes)
    before = np.concatenate(([0.0], np.cumsum(depths)))
    paid = np.concatenate(([0.0], np.cumsum(prices * depths)))
    filled = np.minimum(sizes, before[-1])
    level = np.clip(np.searchsorted(before, filled, side="left") - 1, 0, prices.size - 1)
    notional = paid[level] + (filled - before[level]) * prices[level]
    worst = prices[level]
    ratio = np.where(filled > 0.0, notional / np.where(filled > 0.0, filled, 1.0), prices[0])
    # An average lies between the best and the worst price; the rounding of a subnormal size does not.
    average = np.clip(ratio, np.minimum(prices[0], worst), np.maximum(prices[0], worst))
    sign = 1.0 if buys else -1.0
    return BookExecution(
        requested=sizes,
        filled=filled,
        unfilled=sizes - filled,
        notional=np.asarray(notional),
        average_price=average,
        worst_price=np.asarray(worst),
        slippage=np.asarray(sign * (average / book.mid - 1.0)),
    )


def _check_levels(name: str, prices: FloatArray, sizes: FloatArray, direction: float) -> None:
    if prices.size == 0 or prices.shape != sizes.shape:
        raise InvalidInput(f"{name}s: need levels of price and size, got {prices.shape} and {sizes.shape}")
    steps = direction * np.diff(prices)
    if (steps <= 0.0).any():
        at = int(np.argmax(steps <= 0.0))
        raise InvalidInput(f"{name} prices must go away from the mid, got {prices[at]} then {prices[at + 1]}")

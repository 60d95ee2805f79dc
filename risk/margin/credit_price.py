"""The slow price at which gains are credited to withdrawals and new risk, in the contract's own integers.

With price p, half-life h, c = h / ln 2 and t the time since the last mark, at most h / 8:

    low'  = p where p <= low,  else low + (p - low) t / (t + c), rounded down
    high' = p where p >= high, else high - (high - p) t / (t + c), the subtrahend rounded down

t / (t + c) <= 1 - 2^(-t / h): however often it is marked, the distance closes by no more than one half in each
half-life.
Twin of `contracts/libraries/CreditPrice.sol`.
"""

from dataclasses import dataclass

__all__ = ["CreditMark", "credit_prices"]

_INVERSE_LN_2 = 1_442_696  # in millionths, rounded up
_MILLION = 10**6
_MOST_COUNTED = 8  # of the half-life, time that nobody marked


@dataclass(frozen=True, slots=True)
class CreditMark:
    """low, high: prices at which long and short positions are credited, WAD; marked_at: unix seconds, 0 for never."""

    low: int = 0
    high: int = 0
    marked_at: int = 0


def credit_prices(*, mark: CreditMark, price: int, half_life_seconds: int, now: int) -> tuple[int, int]:
    """(low, high) as a mark now would leave them, WAD; the price itself before the first mark or without half-life."""
    if half_life_seconds == 0 or mark.marked_at == 0:
        return price, price
    counted = min(now - mark.marked_at, half_life_seconds // _MOST_COUNTED) * _MILLION
    whole = counted + half_life_seconds * _INVERSE_LN_2
    low, high = price, price
    if price > mark.low:
        low = mark.low + (price - mark.low) * counted // whole
    if price < mark.high:
        high = mark.high - (mark.high - price) * counted // whole
    return low, high

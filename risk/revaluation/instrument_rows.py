"""One instrument's profit of one unit in every scenario: the rows that every revaluation is made of."""

import math
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from risk.arrays import FloatArray
from risk.compilation import compiled
from risk.errors import InvalidInput
from risk.market import MarketState

__all__ = ["ProfitAndLoss", "empty_matrix", "linear_row", "option_row", "require_underlyings"]

ProfitAndLoss: TypeAlias = NDArray[np.float64] | NDArray[np.float32]

_INVERSE_SQRT_2: Final = 0.7071067811865475244


def empty_matrix(shape: tuple[int, int], *, single_precision: bool) -> ProfitAndLoss:
    """Memory for (instruments, scenarios), uninitialised."""
    return np.empty(shape, dtype=np.float32) if single_precision else np.empty(shape, dtype=np.float64)


def require_underlyings(*, market: MarketState, underlyings: int) -> None:
    """Raises InvalidInput unless scenarios of `underlyings` columns move the market's."""
    if underlyings != market.index.size:
        raise InvalidInput(f"scenarios move {underlyings} underlyings, the market has {market.index.size}")


@compiled
def linear_row(price: float, spot_returns: FloatArray, out: ProfitAndLoss) -> None:
    """A perpetual earns price x return; an instrument whose payoff is fixed has price 0."""
    for s in range(out.size):
        out[s] = price * spot_returns[s]


@compiled
def option_row(
    terms: tuple[float, float, float, float],
    spot_returns: FloatArray,
    log_spot: FloatArray,
    deviation: FloatArray,
    out: ProfitAndLoss,
) -> None:
    """terms: forward, strike, +1 for a call or -1 for a put, price now. deviation: sqrt of total variance in each
    scenario; not above 0 gives intrinsic value. log_spot: ln(1 + spot_returns)."""
    forward, strike, sign, now = terms
    log_moneyness = math.log(forward / strike)
    for s in range(out.size):
        f, v = forward * (1.0 + spot_returns[s]), deviation[s]
        if v > 0.0:
            d1 = (log_moneyness + log_spot[s]) / v + 0.5 * v
            value = f * _normal_cdf(sign * d1) - strike * _normal_cdf(sign * (d1 - v))
            out[s] = sign * value - now
        else:
            out[s] = max(sign * (f - strike), 0.0) - now


@compiled
def _normal_cdf(x: float) -> float:
    return 0.5 * math.erfc(-x * _INVERSE_SQRT_2)

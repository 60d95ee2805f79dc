"""One instrument's profit of one unit in every scenario: the rows that every revaluation is made of."""

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from risk.arrays import FloatArray
from risk.compilation import compiled
from risk.errors import InvalidInput
from risk.market import MarketState
from risk.pricing.black76_one import price_of
from risk.pricing.elementary import decaying_exponential, two_tails_over_density

__all__ = [
    "ProfitAndLoss",
    "empty_matrix",
    "linear_row",
    "option_row",
    "require_underlyings",
    "scale_to_remaining",
]

ProfitAndLoss: TypeAlias = NDArray[np.float64] | NDArray[np.float32]


def empty_matrix(shape: tuple[int, int], *, single_precision: bool) -> ProfitAndLoss:
    """Memory for (instruments, scenarios), uninitialised."""
    return np.empty(shape, dtype=np.float32) if single_precision else np.empty(shape, dtype=np.float64)


def scale_to_remaining(matrix: ProfitAndLoss, remaining: FloatArray) -> None:
    """In place: rows of whole options to what is left of them, a share in (0, 1]; rows of 1 are not touched."""
    for row in np.flatnonzero(remaining != 1.0):
        matrix[row] *= remaining[row]


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
    work: FloatArray,
    out: ProfitAndLoss,
) -> None:
    """terms: forward, strike, +1 for a call or -1 for a put, price now. deviation: sqrt of total variance in each
    scenario; not above 0 gives intrinsic value. log_spot: ln(1 + spot_returns). work: (2, scenarios) scratch.

    Two short loops without a branch, so that both are vector code; K n(d2) = F n(d1) saves an exponential.
    """
    forward, strike, sign, now = terms
    log_moneyness = math.log(forward / strike)
    places, densities, dead = work[0], work[1], 0
    for s in range(out.size):
        v = deviation[s]
        d1 = (log_moneyness + log_spot[s]) / v + 0.5 * v
        places[s] = d1
        densities[s] = decaying_exponential(-0.5 * d1 * d1)
        dead += 0 if v > 0.0 else 1
    for s in range(out.size):
        f, d1, e = forward * (1.0 + spot_returns[s]), places[s], densities[s]
        d2 = d1 - deviation[s]
        first, second = two_tails_over_density(abs(d1), abs(d2))
        out[s] = price_of(f, strike, sign, d1, d2, e * first, f * (e * second)) - now
    if dead > 0:
        for s in range(out.size):
            if not deviation[s] > 0.0:
                out[s] = max(sign * (forward * (1.0 + spot_returns[s]) - strike), 0.0) - now

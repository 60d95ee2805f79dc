"""Square-root market impact of a parent order.

    peak impact  I(Q) = Y sigma sqrt(Q / V)          relative price move when the last unit trades
    average cost C(Q) = (2 / 3) I(Q)                 mean of I over the order, share of its value

sigma: daily volatility (share of 1.00), Q: order size, V: average daily volume in the same unit, Y: of order
one, fitted per market. Domain: the law is measured for participations Q / V from about 1e-5 to 0.1; beyond,
it understates cost, so a larger one is refused unless the caller raises `largest_participation` (at most 1).
Source: Torre, "BARRA Market Impact Model Handbook", 1997; Toth et al., "Anomalous price impact and the critical
nature of liquidity", Phys. Rev. X 1, 2011; for bitcoin: Donier, Bonart, "A million metaorder analysis of market
impact on the bitcoin", 2015.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from risk.arrays import FloatArray, broadcast_for_kernel, non_negative, positive
from risk.errors import InvalidInput

__all__ = ["AVERAGE_TO_PEAK", "square_root_cost", "square_root_impact"]

AVERAGE_TO_PEAK: Final = 2.0 / 3.0
MEASURED_PARTICIPATION: Final = 0.1


def square_root_impact(
    *,
    size: ArrayLike,
    daily_volume: ArrayLike,
    daily_volatility: ArrayLike,
    prefactor: ArrayLike = 1.0,
    largest_participation: float = MEASURED_PARTICIPATION,
) -> FloatArray:
    """Peak impact, share of 1.00, of the broadcast shape; 0 at size 0.

    Raises InvalidInput outside the domain above, naming the largest participation asked for.
    """
    if not 0.0 < largest_participation <= 1.0:
        raise InvalidInput(f"largest_participation must lie in (0, 1], got {largest_participation!r}")
    amount, volume, deviation, factor = broadcast_for_kernel(
        non_negative("size", size),
        positive("daily_volume", daily_volume),
        non_negative("daily_volatility", daily_volatility),
        positive("prefactor", prefactor),
    )
    share = amount / volume
    if np.any(share > largest_participation):
        raise InvalidInput(
            f"size is {float(np.max(share))} of the daily volume, the law is known up to "
            f"{largest_participation}; trade over more days"
        )
    return np.asarray(factor * deviation * np.sqrt(share))


def square_root_cost(
    *,
    size: ArrayLike,
    daily_volume: ArrayLike,
    daily_volatility: ArrayLike,
    prefactor: ArrayLike = 1.0,
    largest_participation: float = MEASURED_PARTICIPATION,
) -> FloatArray:
    """Average cost over the order, two thirds of the peak; same domain and shapes."""
    return AVERAGE_TO_PEAK * square_root_impact(
        size=size,
        daily_volume=daily_volume,
        daily_volatility=daily_volatility,
        prefactor=prefactor,
        largest_participation=largest_participation,
    )

"""Liquidity-adjusted value at risk: what closing adds to the loss.

Exogenous (every size pays the spread; Bangia, Diebold, Schuermann, Stroughair, "Modeling liquidity risk, with
implications for traditional market risk measurement and management", 1999, section 3):

    cost = V (s_mean + a s_deviation) / 2,    s = (ask - bid) / mid

V: absolute value of the position, a: multiple of the spread's deviation at the confidence (2.0 to 4.5 there).
Endogenous (by size over depth): with `depth` available evenly within a share b of the mid, the last of q units
moves the price by b q / depth and the average unit pays half of that:

    cost = V b q / (2 depth),    0 <= q <= depth

The two parts add to the VaR of the mid price as in Bangia et al.: spreads and prices are taken to be extreme
together, which is an upper bound where they are not.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from risk._checks import checked_confidence, finite_array
from risk.arrays import FloatArray, broadcast_for_kernel, finite, non_negative, positive
from risk.errors import InvalidInput, NotEnoughObservations

__all__ = [
    "depth_cost",
    "exogenous_spread_cost",
    "liquidity_adjusted_var",
    "spread_multiple",
]

LEAST_TAIL_POINTS: Final = 5


def exogenous_spread_cost(
    *,
    position_value: ArrayLike,
    mean_relative_spread: ArrayLike,
    spread_deviation: ArrayLike,
    spread_multiple: ArrayLike,
) -> FloatArray:
    """V (mean + multiple x deviation) / 2 in the currency of `position_value` (either sign); >= 0."""
    value, mean, deviation, multiple = broadcast_for_kernel(
        finite("position_value", position_value),
        non_negative("mean_relative_spread", mean_relative_spread),
        non_negative("spread_deviation", spread_deviation),
        non_negative("spread_multiple", spread_multiple),
    )
    return np.asarray(0.5 * np.abs(value) * (mean + multiple * deviation))


def depth_cost(
    *, position_value: ArrayLike, size: ArrayLike, depth: ArrayLike, depth_band: ArrayLike
) -> FloatArray:
    """V b q / (2 depth): exact for a book of even depth. depth_band b: share of the mid, in (0, 1].

    Raises InvalidInput for a size above the depth: what is not there has no price; unwind in more steps.
    """
    value, amount, available, band = broadcast_for_kernel(
        finite("position_value", position_value),
        non_negative("size", size),
        positive("depth", depth),
        positive("depth_band", depth_band),
    )
    if np.any(band > 1.0):
        raise InvalidInput(f"depth_band is a share of the mid in (0, 1], got {depth_band!r}")
    share = amount / available
    if np.any(share > 1.0):
        raise InvalidInput(f"size is {float(np.max(share))} of the depth; unwind in at least as many steps")
    return np.asarray(0.5 * np.abs(value) * band * share)


def liquidity_adjusted_var(
    *, value_at_risk: ArrayLike, exogenous_cost: ArrayLike, endogenous_cost: ArrayLike = 0.0
) -> FloatArray:
    """VaR (positive = loss) plus both costs of closing, in one currency."""
    loss, spread, impact = broadcast_for_kernel(
        finite("value_at_risk", value_at_risk),
        non_negative("exogenous_cost", exogenous_cost),
        non_negative("endogenous_cost", endogenous_cost),
    )
    return np.asarray(loss + spread + impact)


def spread_multiple(*, relative_spreads: ArrayLike, confidence: float) -> float:
    """a = (quantile of the spreads at `confidence` - mean) / deviation, from a sample (T,); at least 0.

    The quantile is the smallest observation with at least that share of the sample at or below it. 0 where
    spreads do not vary. Raises NotEnoughObservations unless the tail holds 5 of them.
    """
    level = checked_confidence(confidence)
    sample = non_negative(
        "relative_spreads", finite_array(name="relative_spreads", values=relative_spreads, dimensions=1)
    )
    needed = math.ceil(LEAST_TAIL_POINTS / (1.0 - level) - 1e-9)
    if sample.size < needed:
        raise NotEnoughObservations(
            f"a {level} quantile of spreads needs {needed} observations, got {sample.size}"
        )
    deviation = float(np.std(sample))
    if np.ptp(sample) == 0.0:
        return 0.0
    rank = math.ceil(level * sample.size - 1e-9) - 1
    quantile = float(np.partition(sample, rank)[rank])
    return max((quantile - float(np.mean(sample))) / deviation, 0.0)

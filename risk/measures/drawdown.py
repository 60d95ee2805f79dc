"""Drawdowns of a path: how far it lies below its highest value so far.

d_t = max_{s <= t} v_s - v_t >= 0. The maximum drawdown is the largest; the conditional drawdown at risk is the CVaR
of d_0, ..., d_(n-1) taken as equally likely (A. Chekhlov, S. Uryasev and M. Zabarankin, 2005): their mean at
confidence 0, the maximum as confidence tends to 1.
"""

import numpy as np
from numpy.typing import ArrayLike

from risk._checks import finite_array
from risk.arrays import FloatArray
from risk.errors import InvalidInput, NotEnoughObservations
from risk.measures.tail import conditional_value_at_risk

__all__ = ["conditional_drawdown_at_risk", "drawdowns", "maximum_drawdown"]


def drawdowns(*, values: ArrayLike, relative: bool = False) -> FloatArray:
    """d_t, (n,) like `values`, in their unit; relative: as a share of the highest value so far, at most 1.

    values: account values or cumulated profits in time order. Raises InvalidInput for values that are not finite
    or, where relative, a first value that is not positive or any negative one; NotEnoughObservations for none.
    """
    path = finite_array(name="values", values=values, dimensions=1)
    if path.size == 0:
        raise NotEnoughObservations("a drawdown needs at least 1 value, got 0")
    highest = np.maximum.accumulate(path)
    if not relative:
        return np.asarray(highest - path)
    if path[0] <= 0.0 or path.min() < 0.0:
        raise InvalidInput(
            f"relative drawdowns need a positive start and no negative value, got {path[0]!r}, {path.min()!r}"
        )
    return np.asarray((highest - path) / highest)


def maximum_drawdown(*, values: ArrayLike, relative: bool = False) -> float:
    """The largest drawdown of the path. Arguments and errors as `drawdowns`."""
    return float(drawdowns(values=values, relative=relative).max())


def conditional_drawdown_at_risk(*, values: ArrayLike, confidence: float, relative: bool = False) -> float:
    """Mean of the worst 1 - confidence share of the drawdowns, the boundary one by fraction.

    Arguments and errors as `drawdowns`, and NotEnoughObservations for n (1 - confidence) below 1.
    """
    falls = drawdowns(values=values, relative=relative)
    return conditional_value_at_risk(profit_and_loss=-falls, confidence=confidence)

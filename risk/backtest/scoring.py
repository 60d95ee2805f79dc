"""The score that a true quantile minimises."""

import numpy as np
from numpy.typing import ArrayLike

from risk._checks import checked_confidence, finite_array
from risk.errors import InvalidInput, NotEnoughObservations

__all__ = ["pinball_loss"]


def pinball_loss(*, outcomes: ArrayLike, forecasts: ArrayLike, level: float) -> float:
    """Mean of max(level (y - q), (level - 1) (y - q)), in the unit of the outcomes; lower is better.

    y (T,) outcomes, q (T,) forecasts of the `level` quantile of y, `level` inside (0, 1). Its expectation is
    least where q is that quantile (Koenker and Bassett 1978). Raises InvalidInput, NotEnoughObservations if
    empty.
    """
    seen = finite_array(name="outcomes", values=outcomes, dimensions=1)
    guessed = finite_array(name="forecasts", values=forecasts, dimensions=1)
    checked_confidence(level)
    if seen.shape != guessed.shape:
        raise InvalidInput(f"{seen.size} outcomes do not match {guessed.size} forecasts")
    if seen.size == 0:
        raise NotEnoughObservations("pinball_loss needs at least 1 outcome, got 0")
    gap = seen - guessed
    return float(np.mean(np.maximum(level * gap, (level - 1.0) * gap)))

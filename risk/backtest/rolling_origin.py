"""A quantile forecaster behind a port, scored on what came after each forecast.

Rolling origin: at each origin the model is fitted on the outcomes before it and forecasts the next `refit_every`
steps one step ahead, so no forecast has seen its own outcome.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from risk._checks import checked_confidence, checked_count, finite_array
from risk.arrays import FloatArray
from risk.backtest.coverage import CoverageTest, christoffersen, kupiec
from risk.backtest.scoring import pinball_loss
from risk.errors import InvalidInput, NotEnoughObservations

__all__ = ["QuantileForecaster", "QuantileScore", "score_quantile", "score_rolling_origin"]


class QuantileForecaster(Protocol):
    """What predicts a quantile of the next step's return from the returns before it."""

    def fit(self, *, returns: FloatArray, level: float) -> None:
        """Learns from returns (T,), oldest first."""

    def forecast(self, *, past: FloatArray) -> float:
        """The `level` quantile of the return that follows `past`, oldest first, in its unit."""


@dataclass(frozen=True, slots=True, eq=False)
class QuantileScore:
    """Forecasts (m,) beside the outcomes (m,) that followed: mean pinball loss and coverage of -quantile as VaR."""

    forecasts: FloatArray
    outcomes: FloatArray
    pinball: float
    unconditional: CoverageTest
    conditional: CoverageTest


def score_quantile(*, outcomes: ArrayLike, forecasts: ArrayLike, level: float) -> QuantileScore:
    """Score of lower-tail quantiles (m,), `level` < 1/2, of returns (m,). The VaR is -quantile at confidence
    1 - level. Raises InvalidInput, NotEnoughObservations below one expected violation."""
    checked_confidence(level)
    loss = pinball_loss(outcomes=outcomes, forecasts=forecasts, level=level)
    seen = finite_array(name="outcomes", values=outcomes, dimensions=1)
    guessed = finite_array(name="forecasts", values=forecasts, dimensions=1)
    hits = seen < guessed
    count = int(hits.sum())
    level_test = kupiec(violations=count, observations=seen.size, confidence=1.0 - level)
    return QuantileScore(
        forecasts=guessed,
        outcomes=seen,
        pinball=loss,
        unconditional=level_test,
        conditional=christoffersen(violations=hits, confidence=1.0 - level),
    )


def score_rolling_origin(
    *, forecaster: QuantileForecaster, returns: ArrayLike, level: float, first: int, refit_every: int
) -> QuantileScore:
    """`forecaster` fitted at first, first + refit_every, ... on all returns before; one forecast per later step.

    returns (T,), the T - first last ones are the outcomes. Raises InvalidInput for a forecast that is not
    finite, NotEnoughObservations where no outcome is left.
    """
    moves = finite_array(name="returns", values=returns, dimensions=1)
    checked_count(name="first", value=first, least=1)
    checked_count(name="refit_every", value=refit_every, least=1)
    if first >= moves.size:
        raise NotEnoughObservations(f"a score needs {first + 1} returns, got {moves.size}")
    forecasts = np.empty(moves.size - first)
    for origin in range(first, moves.size):
        if (origin - first) % refit_every == 0:
            forecaster.fit(returns=moves[:origin], level=level)
        value = forecaster.forecast(past=moves[:origin])
        if not np.isfinite(value):
            raise InvalidInput(f"the forecaster answered {value!r} at step {origin}")
        forecasts[origin - first] = value
    return score_quantile(outcomes=moves[first:], forecasts=forecasts, level=level)

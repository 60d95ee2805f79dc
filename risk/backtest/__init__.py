"""How good a forecast of a quantile was."""

from risk.backtest.coverage import (
    BASEL_GREEN,
    BASEL_RED,
    BASEL_YELLOW,
    CoverageTest,
    basel_zone,
    christoffersen,
    independence,
    kupiec,
)
from risk.backtest.record import FilteredHistoricalForecaster
from risk.backtest.rolling_origin import (
    QuantileForecaster,
    QuantileScore,
    score_quantile,
    score_rolling_origin,
)
from risk.backtest.scoring import pinball_loss

__all__ = [
    "BASEL_GREEN",
    "BASEL_RED",
    "BASEL_YELLOW",
    "CoverageTest",
    "FilteredHistoricalForecaster",
    "QuantileForecaster",
    "QuantileScore",
    "basel_zone",
    "christoffersen",
    "independence",
    "kupiec",
    "pinball_loss",
    "score_quantile",
    "score_rolling_origin",
]

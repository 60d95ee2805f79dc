"""Gradient-boosted quantile of the next return, by scikit-learn, behind the port `QuantileForecaster` of `risk`."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from keeper.errors import KeeperError
from risk.arrays import FloatArray
from risk.errors import NotEnoughObservations
from risk.volatility import ewma_variance

__all__ = ["BoostedQuantileForecaster", "ShadowUnavailable"]

# Days of an exponential average: a week, a month, a quarter.
_SPANS: Final = (5.0, 20.0, 60.0)
_RECENT: Final = 5
_LEAST_ROWS: Final = 200
_LEAST_SCALE: Final = 1e-8  # of a return: a market that stands still is divided by this


class ShadowUnavailable(KeeperError):
    """The learner of the shadow forecast is not installed."""

    exit_code = 2


class BoostedQuantileForecaster:
    """HistGradientBoostingRegressor(loss="quantile") on the move's ratio to its monthly root mean square.

    Features of a step, all known before it: the last 5 returns and the root mean squares over 5 and 60 days
    divided by that over 20, and the logarithm of that itself. Deterministic for a given seed.
    """

    def __init__(self, *, seed: int, rounds: int = 100) -> None:
        self._learner = _learner()
        self._seed = seed
        self._rounds = rounds
        self._model: Any = None

    def fit(self, *, returns: FloatArray, level: float) -> None:
        """Raises NotEnoughObservations below 200 returns."""
        if returns.size < _LEAST_ROWS:
            raise NotEnoughObservations(f"the shadow needs {_LEAST_ROWS} returns, got {returns.size}")
        features, scales = _features(returns)
        known = slice(int(_SPANS[-1]), returns.size)
        model = self._learner(
            loss="quantile",
            quantile=level,
            max_iter=self._rounds,
            learning_rate=0.05,
            max_leaf_nodes=6,
            min_samples_leaf=40,
            early_stopping=False,
            random_state=self._seed,
        )
        self._model = model.fit(features[known], (returns / scales[:-1])[known])

    def forecast(self, *, past: FloatArray) -> float:
        """Raises NotEnoughObservations before the first fit."""
        if self._model is None:
            raise NotEnoughObservations("forecast needs fit first: no return has been seen")
        features, scales = _features(past)
        return float(self._model.predict(features[-1:])[0] * scales[-1])


def _learner() -> Callable[..., Any]:
    try:
        module = importlib.import_module("sklearn.ensemble")
    except ImportError as missing:
        raise ShadowUnavailable(
            "the shadow forecast needs scikit-learn: pip install tailguard[shadow]"
        ) from missing
    learner: Callable[..., Any] = module.HistGradientBoostingRegressor
    return learner


def _features(returns: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Rows (T + 1, 8) and scales (T + 1,); row t uses returns before t only, the last row is the next step's."""
    week, month, quarter = (_root_mean_square(returns, span) for span in _SPANS)
    padded = np.concatenate([np.zeros(_RECENT), returns])
    lags = [padded[_RECENT - lag : _RECENT - lag + returns.size + 1] / month for lag in range(1, _RECENT + 1)]
    return np.column_stack([*lags, week / month, quarter / month, np.log(month)]), month


def _root_mean_square(returns: FloatArray, span: float) -> FloatArray:
    """Exponential root mean square before each step (T + 1,), by the weight seen so far: no decay from zero."""
    weight = 2.0 / (span + 1.0)
    decayed = ewma_variance(returns=returns, decay=1.0 - weight, initial_variance=0.0)
    seen = 1.0 - (1.0 - weight) ** np.arange(returns.size + 1)
    seen[0] = 1.0
    return np.asarray(np.sqrt(np.maximum(decayed / seen, _LEAST_SCALE**2)))

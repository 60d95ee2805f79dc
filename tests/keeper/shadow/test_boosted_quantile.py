"""The shadow forecast: scored beside the model of record on made-up and on recorded returns."""

from __future__ import annotations

import csv
import importlib
import math
import os
from pathlib import Path

import numpy as np
import pytest

from keeper.shadow import BoostedQuantileForecaster, ShadowUnavailable
from keeper.shadow.boosted_quantile import _features
from risk.backtest import (
    FilteredHistoricalForecaster,
    QuantileForecaster,
    score_quantile,
    score_rolling_origin,
)
from risk.errors import NotEnoughObservations


def clustered(size: int = 1_200) -> np.ndarray:
    generator = np.random.Generator(np.random.Philox(key=3))
    returns, variance = np.empty(size), 1e-4
    for t in range(size):
        returns[t] = math.sqrt(variance) * generator.standard_normal()
        variance = 4e-6 + 0.2 * returns[t] ** 2 + 0.76 * variance
    return returns


def test_it_covers_and_beats_a_constant_quantile_on_clustered_returns() -> None:
    returns = clustered()
    forecaster: QuantileForecaster = BoostedQuantileForecaster(seed=1)
    score = score_rolling_origin(
        forecaster=forecaster, returns=returns, level=0.05, first=700, refit_every=250
    )
    constant = np.full(500, np.quantile(returns[:700], 0.05))
    flat = score_quantile(outcomes=returns[700:], forecasts=constant, level=0.05)
    assert score.pinball < flat.pinball
    assert score.unconditional.p_value > 0.01


def test_it_repeats_itself_to_the_last_bit() -> None:
    returns = clustered(size=400)
    answers = set()
    for _ in range(2):
        forecaster = BoostedQuantileForecaster(seed=1)
        forecaster.fit(returns=returns, level=0.05)
        answers.add(forecaster.forecast(past=returns))
    assert len(answers) == 1


def test_features_of_a_step_do_not_see_it() -> None:
    returns = clustered(size=300)
    changed = returns.copy()
    changed[200] = 1.0
    before, after = _features(returns)[0], _features(changed)[0]
    assert np.array_equal(before[:201], after[:201])
    assert not np.array_equal(before[201], after[201])


def test_too_little_history_is_refused() -> None:
    forecaster = BoostedQuantileForecaster(seed=1)
    with pytest.raises(NotEnoughObservations, match="200 returns, got 199"):
        forecaster.fit(returns=np.ones(199), level=0.05)
    with pytest.raises(NotEnoughObservations, match="fit first"):
        forecaster.forecast(past=np.ones(300))


def test_without_the_learner_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(ShadowUnavailable, match=r"pip install tailguard\[shadow\]"):
        BoostedQuantileForecaster(seed=1)


@pytest.mark.data
@pytest.mark.skipif("TAILGUARD_DATA" not in os.environ, reason="TAILGUARD_DATA is not set")
@pytest.mark.parametrize("symbol", ["BTCUSDT", "ETHUSDT"])
def test_on_recorded_daily_returns_it_is_scored_beside_the_model_of_record(symbol: str) -> None:
    returns = recorded_daily_returns(symbol)
    scores = {
        type(forecaster).__name__: score_rolling_origin(
            forecaster=forecaster, returns=returns, level=0.05, first=1_000, refit_every=250
        )
        for forecaster in (BoostedQuantileForecaster(seed=1), FilteredHistoricalForecaster())
    }
    for name, score in scores.items():
        rate = score.unconditional.violations / score.unconditional.observations
        print(  # noqa: T201 - the scores are what a reader of this run wants
            f"{symbol} {name}: pinball {score.pinball:.6f}, violations {rate:.4f} of "
            f"{score.unconditional.observations}, p {score.unconditional.p_value:.3f}, "
            f"conditional p {score.conditional.p_value:.3f}"
        )
    shadow, record = scores["BoostedQuantileForecaster"], scores["FilteredHistoricalForecaster"]
    # Within a tenth of each other: neither is a toy; which one is better is what the score is for.
    assert shadow.pinball == pytest.approx(record.pinball, rel=0.10)
    assert record.unconditional.p_value > 0.01


def recorded_daily_returns(symbol: str) -> np.ndarray:
    path = Path(os.environ["TAILGUARD_DATA"]) / "daily_binance_spot" / "daily_ohlcv_binance.csv"
    with path.open(encoding="utf-8") as lines:
        closes = [float(row["close"]) for row in csv.DictReader(lines) if row["symbol"] == symbol]
    return np.asarray(np.diff(np.log(closes)))

"""shadow: the gradient-boosted forecast beside the model of record, scored on history; nothing signed depends on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from keeper.assess import load_history
from keeper.cli.connect import JsonOption
from keeper.cli.output import show
from keeper.shadow import BoostedQuantileForecaster
from risk.backtest import FilteredHistoricalForecaster, QuantileForecaster, score_rolling_origin

_COLUMNS = {
    "underlying": "Underlying",
    "model": "Model",
    "pinball": "Pinball loss",
    "violations": "Violations",
    "observations": "Forecasts",
    "coverage_p": "Coverage p",
    "conditional_p": "Conditional p",
}


def shadow(
    history: Annotated[Path, typer.Option("--history", help="price history, as a keeper's model.history")],
    level: Annotated[
        float, typer.Option("--level", min=0.001, max=0.499, help="tail of the forecast")
    ] = 0.05,
    train: Annotated[int, typer.Option("--train", min=200, help="returns before the first forecast")] = 400,
    refit: Annotated[int, typer.Option("--refit", min=1, help="steps between fits")] = 250,
    seed: Annotated[int, typer.Option("--seed", help="of the learner")] = 1,
    json: JsonOption = False,
) -> None:
    """Scores one-step quantile forecasts of both models on each underlying's returns, from a rolling origin."""
    known, _, _ = load_history(history)
    returns = np.diff(np.log(known.spots), axis=0)
    rows: list[dict[str, Any]] = []
    for column in range(known.underlyings):
        models: dict[str, QuantileForecaster] = {
            "of record": FilteredHistoricalForecaster(),
            "shadow": BoostedQuantileForecaster(seed=seed),
        }
        for name, forecaster in models.items():
            score = score_rolling_origin(
                forecaster=forecaster, returns=returns[:, column], level=level, first=train, refit_every=refit
            )
            rows.append(
                {
                    "underlying": column + 1,
                    "model": name,
                    "pinball": round(score.pinball, 8),
                    "violations": score.unconditional.violations,
                    "observations": score.unconditional.observations,
                    "coverage_p": round(score.unconditional.p_value, 4),
                    "conditional_p": round(score.conditional.p_value, 4),
                }
            )
    show(rows, columns=_COLUMNS, title=f"One-step forecasts of the {level:.1%} quantile", as_json=json)

"""The model's scenarios: from the present, and from the most volatile day that its history knows."""

from __future__ import annotations

import numpy as np

from keeper.assess.model import ModelConfig
from risk.arrays import FloatArray
from risk.returns.history import History, log_moves
from risk.scenarios import ScenarioConfig, ScenarioSet, build_scenarios

__all__ = ["scenarios_of", "stressed_scenarios_of"]


def scenarios_of(model: ModelConfig, history: History) -> ScenarioSet:
    """The model's blend, drawn from a history that ends now."""
    return build_scenarios(history=history, config=_configured(model))


def stressed_scenarios_of(model: ModelConfig, history: History) -> ScenarioSet | None:
    """Filtered scenarios of the same seed that start from the greatest variance of any horizon in the history.

    None where the model gives them no weight. A model without filtered scenarios takes as many as its blend has.
    """
    if model.charges.stressed_weight == 0.0:
        return None
    blend = model.historical + model.filtered_historical + model.student_t
    config = ScenarioConfig(
        horizon_steps=model.horizon_steps,
        seed=model.seed,
        historical_count=0,
        filtered_count=model.filtered_historical or blend,
        student_t_count=0,
    )
    variance = _greatest_variance(history, steps=model.horizon_steps)
    return build_scenarios(history=history, config=config, recent_variance=variance)


def _greatest_variance(history: History, *, steps: int) -> FloatArray:
    """(underlyings,) largest mean square of `steps` successive step log returns."""
    squares = log_moves(history=history, steps=1)[:, 0::2] ** 2
    sums = np.cumsum(np.vstack([np.zeros(squares.shape[1]), squares]), axis=0)
    window = min(steps, squares.shape[0])
    return np.asarray(np.max(sums[window:] - sums[:-window], axis=0) / window)


def _configured(model: ModelConfig) -> ScenarioConfig:
    return ScenarioConfig(
        horizon_steps=model.horizon_steps,
        seed=model.seed,
        historical_count=model.historical,
        filtered_count=model.filtered_historical,
        student_t_count=model.student_t,
    )

"""Time-weighted historical simulation: what happened, newer windows weighing more.

Boudoukh, Richardson and Whitelaw, The best of both worlds, Risk 1998: the observation `age` windows back weighs
w = decay^age (1 - decay) / (1 - decay^T), age 0 the newest, and VaR is the weighted quantile.
"""

import math
from dataclasses import dataclass

import numpy as np

from risk._checks import checked_count
from risk.arrays import FloatArray, read_only
from risk.errors import InvalidInput, NotEnoughObservations
from risk.measures.tail import required_observations
from risk.returns.history import History
from risk.scenarios.blend import ScenarioSet
from risk.scenarios.generators import historical_moves

__all__ = [
    "WeightedScenarios",
    "effective_observations",
    "time_weighted_historical",
    "time_weights",
]


@dataclass(frozen=True, slots=True, eq=False)
class WeightedScenarios:
    """Scenarios by rows and their probabilities (n_scenarios,), summing to 1 within 1e-12.

    The weights go to `risk.measures` and `risk.estimates` beside the profit and loss. Raises InvalidInput.
    """

    scenarios: ScenarioSet
    weights: FloatArray

    def __post_init__(self) -> None:
        weights = np.array(self.weights, dtype=np.float64)
        if weights.shape != (self.scenarios.scenarios,):
            raise InvalidInput(f"{self.scenarios.scenarios} scenarios, weights of shape {weights.shape}")
        if not (weights >= 0.0).all() or not abs(float(weights.sum()) - 1.0) <= 1e-12:
            raise InvalidInput(f"weights must be at least 0 and sum to 1, got sum {float(weights.sum())!r}")
        object.__setattr__(self, "weights", read_only(weights))


def time_weights(*, observations: int, decay: float) -> FloatArray:
    """(observations,) weights, oldest first, summing to 1; decay in (0, 1], 1 weighs all alike."""
    checked_count(name="observations", value=observations, least=1)
    if not (math.isfinite(decay) and 0.0 < decay <= 1.0):
        raise InvalidInput(f"decay must lie in (0, 1], for example 0.99, got {decay!r}")
    raw = decay ** np.arange(observations - 1, -1, -1, dtype=np.float64)
    return np.asarray(raw / raw.sum())


def effective_observations(*, weights: FloatArray) -> float:
    """Kish's 1 / sum w^2 of weights that sum to 1: as many equally weighted ones are as informative."""
    return float(1.0 / np.sum(np.square(weights)))


def time_weighted_historical(
    *, history: History, horizon_steps: int, count: int, decay: float, confidence: float
) -> WeightedScenarios:
    """The newest `count` windows, weighted by age.

    Raises NotEnoughObservations when the effective number leaves less than one in the tail at `confidence`, and for
    the history; InvalidInput for a decay outside (0, 1].
    """
    moves = historical_moves(history=history, horizon_steps=horizon_steps, count=count)
    weights = time_weights(observations=moves.shape[0], decay=decay)
    needed = required_observations(confidence=confidence)
    # A half is what the measures round by, so that whatever passes here passes there.
    if effective_observations(weights=weights) + 0.5 < needed:
        raise NotEnoughObservations(
            f"{moves.shape[0]} windows at decay {decay} are worth {effective_observations(weights=weights):.4g} equal"
            f" ones; at least {needed} are needed at confidence {confidence}"
        )
    scenarios = ScenarioSet(
        spot_returns=moves[:, 0::2], volatility_moves=moves[:, 1::2], label="time_weighted_historical"
    )
    return WeightedScenarios(scenarios=scenarios, weights=weights)

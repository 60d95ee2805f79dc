"""The covariance of one horizon's relative moves, from exponentially weighted history."""

from __future__ import annotations

import numpy as np

from risk.returns.history import History

# A factor's move of this many hourly bars ago counts half.
HALF_LIFE_STEPS = 72


def horizon_covariance(history: History, *, horizon_steps: int) -> tuple[tuple[float, ...], ...]:
    """S of spot and 30-day volatility of each underlying in turn: horizon_steps x sum of w x x' over past steps, with
    x simple relative moves and weights w halving every `HALF_LIFE_STEPS`, summing to 1. Fractions squared."""
    spots = history.spots[1:] / history.spots[:-1] - 1.0
    volatilities = history.volatilities[1:] / history.volatilities[:-1] - 1.0
    moves = np.empty((spots.shape[0], 2 * spots.shape[1]))
    moves[:, 0::2], moves[:, 1::2] = spots, volatilities
    weights = 0.5 ** (np.arange(moves.shape[0])[::-1] / HALF_LIFE_STEPS)
    weights /= weights.sum()
    covariance = horizon_steps * (moves * weights[:, np.newaxis]).T @ moves
    return tuple(tuple(float(value) for value in row) for row in covariance)

"""Price histories for demonstrations and replays, labelled as what they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

_HOUR_SECONDS = 3_600
_HOURS_PER_YEAR = 24 * 365
# EWMA of hourly squared returns with a half-life of about three days.
_DECAY = 0.99


def synthetic_history(*, seed: int, end: int, hours: int, spots: Sequence[float]) -> dict[str, Any]:
    """Hourly bars that end at `end` at `spots`: GARCH-like volatility, Student-t shocks, correlated underlyings."""
    generator = np.random.default_rng([seed, 7])
    count = len(spots)
    shocks = generator.standard_t(5, size=(hours, count)) * np.sqrt(3 / 5)
    shocks[:, 1:] = 0.85 * shocks[:, :1] + np.sqrt(1 - 0.85**2) * shocks[:, 1:]
    hourly = 0.65 / np.sqrt(_HOURS_PER_YEAR)
    variance = np.full(count, hourly**2)
    moves = np.empty((hours, count))
    for bar in range(hours):
        moves[bar] = np.sqrt(variance) * shocks[bar]
        variance = 0.04 * hourly**2 + 0.08 * moves[bar] ** 2 + 0.88 * variance
    path = np.cumsum(moves, axis=0)
    prices = np.asarray(spots) * np.exp(path - path[-1])
    return history_document(end=end, prices=prices, source=f"synthetic, seed {seed}")


def history_document(*, end: int, prices: np.ndarray, source: str) -> dict[str, Any]:
    """The document of hourly `prices` (bars, underlyings) ending at `end`.

    Thirty-day volatility is not recorded with them, so it is derived: realised (EWMA) volatility plus a tenth, which
    is about what options cost above what spot did.
    """
    bars = len(prices)
    moves = np.diff(np.log(prices), axis=0, prepend=np.log(prices[:1]))
    variance = np.var(moves[1:], axis=0)
    volatilities = np.empty_like(prices)
    for bar in range(bars):
        variance = _DECAY * variance + (1 - _DECAY) * moves[bar] ** 2
        volatilities[bar] = np.sqrt(variance * _HOURS_PER_YEAR) + 0.10
    times = [end - (bars - 1 - bar) * _HOUR_SECONDS for bar in range(bars)]
    return {
        "step_seconds": _HOUR_SECONDS,
        "timestamps": times,
        "spots": [[round(float(v), 8) for v in row] for row in prices],
        "volatilities": [[round(float(v), 8) for v in row] for row in volatilities],
        "source": f"{source}; volatilities derived from realised",
    }

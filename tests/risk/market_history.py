"""A joint hourly history for tests: two underlyings, clustered fat-tailed moves, reverting volatility."""

import numpy as np

from risk.returns.history import History

HOUR = 3_600


def hourly_history(*, bars=1_500, seed=1):
    """Spot returns are GARCH with shared t(5) shocks; 30-day volatility rises when spot falls and reverts."""
    generator = np.random.Generator(np.random.Philox(key=seed))
    shocks = generator.standard_t(5, size=(bars, 3)) * np.sqrt(0.6)
    spot_shocks = np.column_stack([shocks[:, 0], 0.8 * shocks[:, 0] + 0.6 * shocks[:, 1]])
    log_spot, log_volatility = np.zeros((bars, 2)), np.zeros((bars, 2))
    variance = np.full(2, 5e-5)
    for t in range(1, bars):
        move = np.sqrt(variance) * spot_shocks[t]
        log_spot[t] = log_spot[t - 1] + move
        log_volatility[t] = 0.99 * log_volatility[t - 1] - 0.8 * move + 0.004 * shocks[t, 2]
        variance = 2e-6 + 0.1 * move**2 + 0.86 * variance
    return History(
        timestamps=1_700_000_000 + HOUR * np.arange(bars),
        spots=np.array([40_000.0, 2_500.0]) * np.exp(log_spot),
        volatilities=np.array([0.6, 0.8]) * np.exp(log_volatility),
        step_seconds=HOUR,
    )

"""Between expiries: total variance, linear in time at one forward log-moneyness.

Linear total variance between two slices that do not cross stays between them, so it adds no calendar arbitrage.
Butterflies are not ruled out between expiries.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from risk.arrays import FloatArray, finite, positive
from risk.errors import InvalidInput
from risk.surface.svi import SviSlice

__all__ = ["total_variance_at"]


def total_variance_at(
    *, slices: Sequence[SviSlice], expiry_years: npt.ArrayLike, log_moneyness: npt.ArrayLike, years: float
) -> FloatArray:
    """w(k, years) in the shape of `log_moneyness`; the nearest expiry's volatilities before the first and after
    the last. Raises InvalidInput unless `expiry_years` are positive, rising and as many as the slices."""
    times = positive("expiry_years", expiry_years)
    if times.ndim != 1 or times.size == 0 or times.size != len(slices) or np.any(np.diff(times) <= 0.0):
        raise InvalidInput(f"expiry_years must rise, one per slice ({len(slices)}), got {expiry_years!r}")
    k, horizon = finite("log_moneyness", log_moneyness), float(positive("years", years))
    after = int(np.searchsorted(times, horizon))
    if after == 0 or after == times.size:
        nearest = min(after, times.size - 1)
        return np.asarray(slices[nearest].total_variance(k) * (horizon / times[nearest]))
    share = (horizon - times[after - 1]) / (times[after] - times[after - 1])
    near, far = slices[after - 1].total_variance(k), slices[after].total_variance(k)
    return np.asarray((1.0 - share) * near + share * far)

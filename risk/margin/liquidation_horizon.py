"""How long a position takes to close, and what that does to its risk.

    days = clip(|size| / (participation x daily volume), least days, most days)
    block:   held whole until the end     sqrt(h / h0)
    linear:  closed at an even pace       sqrt(h / (3 h0)), from int_0^h (1 - t/h)^2 dt = h / 3

h0 is the horizon of the risk that is scaled. The square root holds for independent increments of constant variance
(BCBS d457, MAR33.4 scales its liquidity horizons the same way); volatility that clusters makes it a lower bound.
Linear closing: Almgren and Chriss (2000), "Optimal execution of portfolio transactions", section 2.
"""

import math
from typing import Literal

import numpy as np
import numpy.typing as npt

from risk.arrays import FloatArray, finite, non_negative, positive
from risk.errors import InvalidInput

__all__ = ["horizon_factor", "liquidation_days"]


def liquidation_days(
    *,
    size: npt.ArrayLike,
    daily_volume: npt.ArrayLike,
    participation: float,
    least_days: float,
    most_days: float,
) -> FloatArray:
    """Days to close `size` without being more than `participation` of the volume, in [least_days, most_days].

    size: signed, any shape; daily_volume: same unit, at least 0, broadcast; where it is 0 a position takes most_days.
    participation: in (0, 1]. 0 < least_days <= most_days, finite. Raises InvalidInput.
    """
    if not 0.0 < participation <= 1.0:
        raise InvalidInput(f"participation must lie in (0, 1], got {participation!r}")
    if not 0.0 < least_days <= most_days < math.inf:
        raise InvalidInput(f"days need 0 < least <= most, got {least_days!r} and {most_days!r}")
    magnitude, volume = np.broadcast_arrays(
        np.abs(finite("size", size)), non_negative("daily_volume", daily_volume)
    )
    pace = participation * volume
    days = np.where(magnitude > 0.0, np.inf, 0.0)
    with np.errstate(over="ignore"):
        np.divide(magnitude, pace, out=days, where=pace > 0.0)
    return np.asarray(np.clip(days, least_days, most_days))


def horizon_factor(
    *, days: npt.ArrayLike, risk_horizon_days: float, closing: Literal["block", "linear"] = "block"
) -> FloatArray:
    """Factor on a tail loss over `risk_horizon_days` for a position closed over `days`; never below 1.

    Margin never counts on closing sooner than the horizon its risk was measured over. Raises InvalidInput.
    """
    horizon = float(positive("risk_horizon_days", risk_horizon_days))
    if closing not in ("block", "linear"):
        raise InvalidInput(f"closing must be 'block' or 'linear', got {closing!r}")
    share = 1.0 if closing == "block" else 1.0 / 3.0
    return np.asarray(np.maximum(np.sqrt(share * positive("days", days) / horizon), 1.0))

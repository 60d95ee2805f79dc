"""How long closing takes, and how much risk is carried on the way.

A size closed in n equal steps, the first after one step of market risk, is exposed to
n/n, (n-1)/n, ..., 1/n of itself. With independent moves of deviation sigma a step:

    deviation of the loss = V sigma sqrt(sum_{i=1..n} (i/n)^2) = V sigma sqrt((n + 1)(2n + 1) / (6 n))

about sqrt(n / 3), below the sqrt(n) of holding everything to the end.
Source: Jorion, "Value at Risk", 3rd edition, 2006, chapter 13.
"""

import numpy as np
from numpy.typing import ArrayLike

from risk.arrays import FloatArray, IntArray, broadcast_for_kernel, non_negative, positive
from risk.errors import InvalidInput

__all__ = ["unwind_deviation_factor", "unwind_steps"]


def unwind_steps(*, size: ArrayLike, depth_per_step: ArrayLike, participation: ArrayLike = 1.0) -> IntArray:
    """ceil(size / (participation x depth)), at least 1: steps until `size` is closed.

    depth_per_step in the unit of size, positive. participation: share of it we take, in (0, 1].
    """
    amount, depth, taken = broadcast_for_kernel(
        non_negative("size", size),
        positive("depth_per_step", depth_per_step),
        positive("participation", participation),
    )
    if np.any(taken > 1.0):
        raise InvalidInput(f"participation must lie in (0, 1], got {participation!r}")
    ratio = amount / (taken * depth)
    if np.any(ratio >= 2.0**53):
        raise InvalidInput(f"size is {float(np.max(ratio))} steps of depth: the depth is as good as none")
    return np.maximum(np.ceil(ratio), 1.0).astype(np.int64)


def unwind_deviation_factor(*, steps: ArrayLike) -> FloatArray:
    """sqrt((n + 1)(2n + 1) / (6n)) for n >= 1 steps: 1 at n = 1. Raises InvalidInput below 1."""
    n = positive("steps", steps)
    if np.any(n < 1.0):
        raise InvalidInput(f"steps must be at least 1, got {steps!r}")
    return np.asarray(np.sqrt((n + 1.0) * (2.0 * n + 1.0) / (6.0 * n)))

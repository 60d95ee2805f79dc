"""What every parametric quantile shares: the range of confidence and the bracket of a root."""

from collections.abc import Callable
from typing import Final

from risk.errors import ConvergenceError, InvalidInput

__all__ = ["LEAST_PROBABILITY", "bracket", "checked_tail_confidence"]

LEAST_PROBABILITY: Final = 1e-300  # stands for 0 where a logarithm is taken

_FARTHEST: Final = 1e6  # standard deviations searched for a quantile


def checked_tail_confidence(confidence: float) -> float:
    """`confidence` if it lies in [0.5, 1). Raises InvalidInput."""
    if not 0.5 <= confidence < 1.0:
        raise InvalidInput(f"confidence must lie in [0.5, 1), got {confidence!r}")
    return confidence


def bracket(
    gap: Callable[[float], float], *, what: str, centre: float = 0.0, reach: float = 1.0
) -> tuple[float, float]:
    """Ends around the root of a falling function, doubled outwards from centre +- reach.

    Raises ConvergenceError with none within 1e6.
    """
    below = above = reach
    while gap(centre - below) < 0.0:
        below *= 2.0
        if below > _FARTHEST:
            raise ConvergenceError(f"{what}: no bracket down to {centre - below!r}")
    while gap(centre + above) > 0.0:
        above *= 2.0
        if above > _FARTHEST:
            raise ConvergenceError(f"{what}: no bracket up to {centre + above!r}")
    return centre - below, centre + above

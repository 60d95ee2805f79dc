"""What reaches a ratio: the deposit in closed form, the trade by search on the full requirement."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from risk._checks import checked_count
from risk.arrays import FloatArray, finite, non_negative
from risk.errors import InvalidInput, TargetUnreachable

__all__ = ["TradeToRatio", "deposit_to_reach", "trade_to_reach"]

_MOST_HALVINGS: Final = 200

Evaluator = Callable[[float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class TradeToRatio:
    """size: of the trade, in units of its largest (0 where none is needed). equity, requirement: after it."""

    size: float
    equity: float
    requirement: float
    evaluations: int


def deposit_to_reach(
    *, equity: npt.ArrayLike, requirement: npt.ArrayLike, ratio: float, haircut: float = 0.0
) -> FloatArray:
    """max(0, ratio x requirement - equity) / (1 - haircut): least deposit with equity >= ratio x requirement.

    equity: (accounts,), after haircuts. requirement: (accounts,), at least 0, which the deposit does not change.
    ratio: at least 0. haircut: of the asset deposited, in [0, 1). Money in quote currency. Raises InvalidInput.
    """
    if not 0.0 <= haircut < 1.0:
        raise InvalidInput(f"haircut must lie in [0, 1), got {haircut!r}")
    wanted = float(non_negative("ratio", ratio)) * non_negative("requirement", requirement)
    return np.asarray(np.maximum(wanted - finite("equity", equity), 0.0) / (1.0 - haircut))


def trade_to_reach(
    *,
    after_trade: Evaluator,
    ratio: float,
    largest: float,
    steps: int = 64,
    tolerance: float = 1e-9,
) -> TradeToRatio:
    """The least trade after which equity >= ratio x requirement.

    after_trade(size) revalues the whole account after trading `size` of `largest` (signed units of whatever the
    caller trades, such as a share of every leg closed) and returns (equity net of the trade's cost, requirement).
    The surplus equity - ratio x requirement need not be monotone in size (a hedge overshoots), so it is scanned at
    `steps` even sizes from 0 to largest; the first step where it turns non-negative is bisected to `tolerance` x
    |largest|, from above, so that the answer always satisfies the ratio. A surplus that is reached and lost within
    one step is missed. Raises TargetUnreachable with the best ratio seen, InvalidInput.
    """
    _require_search(largest=largest, steps=steps, tolerance=tolerance)
    wanted = float(non_negative("ratio", ratio))
    below, best, best_size = 0.0, -math.inf, 0.0
    for step in range(steps + 1):
        size = largest * step / steps
        equity, requirement = _evaluated(after_trade, size)
        if equity >= wanted * requirement:
            found = TradeToRatio(size=size, equity=equity, requirement=requirement, evaluations=step + 1)
            width = tolerance * abs(largest)
            return found if step == 0 else _bisected(after_trade, wanted, below, found, width)
        reached = equity / requirement if requirement > 0.0 else -math.inf
        best, best_size = max((best, best_size), (reached, size))
        below = size
    raise TargetUnreachable(
        f"no trade up to {largest!r} reaches ratio {wanted!r}; the best of {steps + 1} sizes is {best:.6g} "
        f"at {best_size!r}"
    )


def _bisected(
    after_trade: Evaluator, ratio: float, low: float, found: TradeToRatio, width: float
) -> TradeToRatio:
    """Keeps low failing and found satisfying."""
    count = found.evaluations
    for _ in range(_MOST_HALVINGS):
        middle = 0.5 * (low + found.size)
        if abs(found.size - low) <= width or middle in (low, found.size):
            break
        equity, requirement = _evaluated(after_trade, middle)
        count += 1
        if equity >= ratio * requirement:
            found = TradeToRatio(size=middle, equity=equity, requirement=requirement, evaluations=count)
        else:
            low = middle
    return TradeToRatio(found.size, found.equity, found.requirement, count)


def _evaluated(after_trade: Evaluator, size: float) -> tuple[float, float]:
    equity, requirement = after_trade(size)
    if not (math.isfinite(equity) and 0.0 <= requirement < math.inf):
        raise InvalidInput(f"after trading {size!r} equity is {equity!r}, requirement {requirement!r}")
    return float(equity), float(requirement)


def _require_search(*, largest: float, steps: int, tolerance: float) -> None:
    if not math.isfinite(largest) or largest == 0.0:
        raise InvalidInput(f"largest must be finite and not 0, got {largest!r}")
    if not 0.0 < tolerance < 1.0:
        raise InvalidInput(f"tolerance must lie inside (0, 1), got {tolerance!r}")
    checked_count(name="steps", value=steps, least=1)

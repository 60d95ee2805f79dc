"""The worst outcomes of one account out of a buffer, and the measures they give: shared by both ways of
reading a book."""

import math
from typing import Final

from risk.arrays import FloatArray
from risk.compilation import compiled
from risk.revaluation.instrument_rows import ProfitAndLoss

__all__ = ["kept_outcomes", "least_ascending", "select", "summarise", "tail_spread"]

_HALVINGS: Final = 12
_SHARE_TOO_MANY: Final = 8  # one in so many more than are kept is few enough to sort


@compiled
def tail_spread(expected: float, scenarios: int) -> float:
    """Standard deviation of the number of outcomes beyond the quantile."""
    return math.sqrt(expected * (1.0 - expected / scenarios))


@compiled
def kept_outcomes(expected: float, scenarios: int) -> int:
    """How many worst outcomes the measures and their errors read."""
    return min(scenarios, math.ceil(expected + tail_spread(expected, scenarios) + 0.5) + 1)


@compiled
def least_ascending(values: ProfitAndLoss, size: int, kept: int) -> None:
    """values[:kept] become the `kept` least of values[:size], ascending."""
    size = _narrowed(values, size, kept)
    if size > kept + kept // _SHARE_TOO_MANY:
        select(values, size, kept)
        size = kept
    for i in range(1, size):
        outcome, j = values[i], i - 1
        while j >= 0 and values[j] > outcome:
            values[j + 1] = values[j]
            j -= 1
        values[j + 1] = outcome


@compiled
def _narrowed(values: ProfitAndLoss, size: int, kept: int) -> int:
    """Moves all outcomes up to some bound to the front, at least `kept` and by bisection few more. Returns how many.

    Counting takes a vector at a time, where Hoare's selection mispredicts every other comparison.
    """
    low = high = values[0]
    for i in range(size):
        low, high = min(low, values[i]), max(high, values[i])
    count = size
    for _ in range(_HALVINGS):
        if count <= kept + kept // _SHARE_TOO_MANY:
            break
        middle = low + (high - low) / 2
        below = 0
        for i in range(size):
            below += values[i] <= middle
        if below < kept:
            low = middle
        else:
            high, count = middle, below
    found = 0
    for i in range(size):
        outcome = values[i]
        values[found] = outcome
        found += outcome <= high
    return found


@compiled
def select(values: ProfitAndLoss, size: int, kept: int) -> None:
    """Hoare's selection in place: values[:kept] are the least of values[:size], values[kept - 1] the
    largest of these."""
    low, high, target = 0, size - 1, kept - 1
    while low < high:
        pivot = values[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while pivot < values[j]:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if target <= j:
            high = j
        elif target >= i:
            low = i
        else:
            return


@compiled
def summarise(tail: ProfitAndLoss, expected: float, spread: float, scenarios: int, out: FloatArray) -> None:
    """The formulas of `risk.measures` from the ascending worst outcomes alone, equal weights."""
    atom = min(int(expected), tail.size - 1)
    value_at_risk = -float(tail[atom])
    beyond, excess, squares = 0.0, 0.0, 0.0
    for i in range(atom):
        loss = -float(tail[i])
        gap = loss - value_at_risk
        beyond += loss
        excess += gap
        squares += gap * gap
    out[0] = value_at_risk
    out[1] = (beyond + (expected - atom) * value_at_risk) / expected
    near = max(expected - spread, 0.5)
    far = min(expected + spread, scenarios - 0.5)
    out[2] = 0.0
    if far > near:
        out[2] = spread * (_at_rank(tail, far) - _at_rank(tail, near)) / (far - near)
    out[3] = math.sqrt(max(0.0, squares - excess * excess / scenarios)) / expected


@compiled
def _at_rank(tail: ProfitAndLoss, rank: float) -> float:
    """Outcome at a fractional count of worse ones, linear between the middles of the steps."""
    below = min(math.floor(rank - 0.5), tail.size - 1)
    above = min(below + 1, tail.size - 1)
    share = rank - 0.5 - below
    return float((1.0 - share) * tail[below] + share * tail[above])

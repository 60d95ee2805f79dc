"""Order statistics of positive decimals, exact up to the context's precision."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

__all__ = ["clamped_mean", "median", "median_absolute_deviation"]


def median(values: Sequence[Decimal]) -> Decimal:
    """Middle value, or the mean of the two middle ones; `values` is not empty."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2


def median_absolute_deviation(values: Sequence[Decimal], centre: Decimal) -> Decimal:
    return median([abs(value - centre) for value in values])


def clamped_mean(values: Sequence[Decimal], clamp: Decimal) -> Decimal:
    """Mean of the values, each pulled into the narrower of two intervals around the median.

    One is `median * (1 +- clamp)`; the other, from three values on, spans from the second lowest to the
    second highest, so that no single value can carry the mean beyond all the others.
    """
    ordered, centre = sorted(values), median(values)
    low, high = centre * (1 - clamp), centre * (1 + clamp)
    if len(ordered) >= 3:
        low, high = max(low, ordered[1]), min(high, ordered[-2])
    return sum((min(max(value, low), high) for value in ordered), Decimal(0)) / len(ordered)

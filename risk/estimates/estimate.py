"""A simulated number is an interval: value, standard error and bounds at a stated confidence level."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri, stdtrit

from risk._checks import checked_confidence, checked_count, finite_array
from risk.arrays import FloatArray
from risk.errors import InvalidInput, NotEnoughObservations

__all__ = ["Estimate", "grouped_means", "mean_estimate", "normal_interval", "replicated_estimate"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """`value` with one `standard_error` and the interval [low, high] that covers the truth with probability about
    `confidence_level`; all in the unit of the value. Raises InvalidInput when they contradict each other."""

    value: float
    standard_error: float
    low: float
    high: float
    confidence_level: float

    def __post_init__(self) -> None:
        checked_confidence(self.confidence_level)
        numbers = (self.value, self.standard_error, self.low, self.high)
        if not all(math.isfinite(number) for number in numbers):
            raise InvalidInput(f"an estimate must be finite, got {self}")
        if self.standard_error < 0.0 or not self.low <= self.value <= self.high:
            raise InvalidInput(
                f"an estimate needs low <= value <= high and an error of at least 0, got {self}"
            )


def normal_interval(*, value: float, standard_error: float, confidence_level: float) -> Estimate:
    """value +- z standard errors, z the two-sided normal quantile. Raises InvalidInput."""
    z = float(ndtri(0.5 + 0.5 * checked_confidence(confidence_level)))
    return Estimate(
        value, standard_error, value - z * standard_error, value + z * standard_error, confidence_level
    )


def mean_estimate(*, values: ArrayLike, confidence_level: float, group_size: int = 1) -> Estimate:
    """Mean of independent groups of `group_size` neighbouring values; error sd(group means) / sqrt(groups).

    group_size: 2 for antithetic pairs. Raises NotEnoughObservations below 2 groups, InvalidInput.
    """
    means = grouped_means(
        values=finite_array(name="values", values=values, dimensions=1), group_size=group_size
    )
    error = float(means.std(ddof=1)) / math.sqrt(means.size)
    return normal_interval(value=float(means.mean()), standard_error=error, confidence_level=confidence_level)


def replicated_estimate(*, replicates: ArrayLike, confidence_level: float) -> Estimate:
    """Mean of one statistic over independent repetitions (scrambles of Sobol points), with Student's interval.

    Replicates (R,): value the mean, error sd / sqrt(R), quantile of t with R - 1 degrees of freedom. Needs 2; 8 or
    more keep the interval near the normal one. Raises NotEnoughObservations, InvalidInput.
    """
    values = finite_array(name="replicates", values=replicates, dimensions=1)
    if values.size < 2:
        raise NotEnoughObservations(f"a replicated estimate needs 2 replicates, got {values.size}")
    mean, error = float(values.mean()), float(values.std(ddof=1)) / math.sqrt(values.size)
    reach = error * float(stdtrit(values.size - 1, 0.5 + 0.5 * checked_confidence(confidence_level)))
    return Estimate(mean, error, mean - reach, mean + reach, confidence_level)


def grouped_means(*, values: FloatArray, group_size: int) -> FloatArray:
    """Means of neighbouring groups. Raises NotEnoughObservations below 2 groups, InvalidInput for a remainder."""
    checked_count(name="group_size", value=group_size, least=1)
    if values.size < 2 * group_size:
        raise NotEnoughObservations(
            f"a standard error needs 2 groups of {group_size}, that is {2 * group_size} values, got {values.size}"
        )
    if values.size % group_size:
        raise InvalidInput(f"{values.size} values do not divide into groups of {group_size}")
    return np.asarray(values.reshape(-1, group_size).mean(axis=1))

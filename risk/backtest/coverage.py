"""Coverage of a value-at-risk forecast: how often, and how clustered, losses went beyond it.

A violation is a loss strictly above VaR. With N violations in T observations of tail probability p = 1 -
confidence, sampling noise alone makes N exceed T p about half of the time: a p-value or a zone decides, never
the bare count.

Kupiec (1995), LR_uc = 2 ln[(N/T)^N (1 - N/T)^(T-N)] - 2 ln[p^N (1-p)^(T-N)], chi-square(1).
Christoffersen (1998), LR_ind = 2 ln L(pi_01, pi_11) - 2 ln L(pi) over the T - 1 transitions, chi-square(1);
LR_cc = LR_uc + LR_ind, chi-square(2).
Basel (1996): with the probability of fewer or as many violations, green below 95%, red from 99.99%.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from risk._checks import checked_confidence, checked_count
from risk.arrays import BoolArray, flags
from risk.errors import InvalidInput, NotEnoughObservations

__all__ = [
    "BASEL_GREEN",
    "BASEL_RED",
    "BASEL_YELLOW",
    "CoverageTest",
    "basel_zone",
    "christoffersen",
    "independence",
    "kupiec",
]

BASEL_GREEN: Final = "green"
BASEL_YELLOW: Final = "yellow"
BASEL_RED: Final = "red"
_YELLOW_FROM: Final = 0.95
_RED_FROM: Final = 0.9999


@dataclass(frozen=True, slots=True)
class CoverageTest:
    """A likelihood ratio and the probability of one at least as large if the model is right."""

    statistic: float
    p_value: float
    violations: int
    observations: int


def kupiec(*, violations: int, observations: int, confidence: float) -> CoverageTest:
    """Unconditional coverage. Raises InvalidInput, NotEnoughObservations below one expected violation."""
    tail = 1.0 - checked_confidence(confidence)
    checked_count(name="violations", value=violations, least=0)
    checked_count(name="observations", value=observations, least=1)
    if violations > observations:
        raise InvalidInput(f"{violations} violations exceed {observations} observations")
    if observations * tail < 1.0 - 1e-9:
        needed = math.ceil(1.0 / tail - 1e-9)
        raise NotEnoughObservations(f"a {confidence} VaR needs {needed} observations, got {observations}")
    kept = observations - violations
    likelihood = _log_binomial(kept, violations, violations / observations)
    ratio = 2.0 * (likelihood - _log_binomial(kept, violations, tail))
    return _test(ratio, freedom=1, violations=violations, observations=observations)


def independence(*, violations: ArrayLike) -> CoverageTest:
    """Christoffersen's first-order independence of the flags (T,), in time order. Raises InvalidInput,
    NotEnoughObservations below 2."""
    hits = _series(violations)
    before, after = hits[:-1], hits[1:]
    calm_hit, calm = int(np.sum(~before & after)), int(np.sum(~before))
    tense_hit, tense = int(np.sum(before & after)), int(np.sum(before))
    total = calm_hit + tense_hit
    apart = _log_binomial(calm - calm_hit, calm_hit, calm_hit / calm if calm else 0.0)
    apart += _log_binomial(tense - tense_hit, tense_hit, tense_hit / tense if tense else 0.0)
    together = _log_binomial(calm + tense - total, total, total / (calm + tense))
    return _test(2.0 * (apart - together), freedom=1, violations=int(hits.sum()), observations=hits.size)


def christoffersen(*, violations: ArrayLike, confidence: float) -> CoverageTest:
    """Conditional coverage: `kupiec` and `independence` together. Raises as they do."""
    hits = _series(violations)
    level = kupiec(violations=int(hits.sum()), observations=hits.size, confidence=confidence)
    ratio = level.statistic + independence(violations=hits).statistic
    return _test(ratio, freedom=2, violations=level.violations, observations=hits.size)


def basel_zone(*, violations: int, observations: int = 250, confidence: float = 0.99) -> str:
    """Traffic light by the exact binomial: at 250 observations of 99%, green to 4, yellow to 9, red from 10."""
    tail = 1.0 - checked_confidence(confidence)
    checked_count(name="violations", value=violations, least=0)
    checked_count(name="observations", value=observations, least=max(1, violations))
    probability = float(special.bdtr(violations, observations, tail))
    if probability >= _RED_FROM:
        return BASEL_RED
    return BASEL_YELLOW if probability >= _YELLOW_FROM else BASEL_GREEN


def _series(violations: ArrayLike) -> BoolArray:
    hits = flags("violations", violations)
    if hits.ndim != 1:
        raise InvalidInput(f"violations must have 1 dimension, got shape {hits.shape}")
    if hits.size < 2:
        raise NotEnoughObservations(f"independence needs 2 observations, got {hits.size}")
    return hits


def _log_binomial(misses: int, hits: int, probability: float) -> float:
    """ln p^hits (1 - p)^misses with 0 ln 0 = 0."""
    return float(special.xlogy(hits, probability) + special.xlog1py(misses, -probability))


def _test(ratio: float, *, freedom: int, violations: int, observations: int) -> CoverageTest:
    statistic = max(0.0, ratio)  # rounding may leave -1e-16
    p_value = float(special.chdtrc(freedom, statistic))
    return CoverageTest(statistic, p_value, violations, observations)

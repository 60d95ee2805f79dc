"""The chain's own constants, set so that the own requirement covers full revaluation for a stated share of books.

A book is covered if own(x) >= CVaR, x the delta-gamma-vega multiplier or the grid's width, own non-decreasing in x.
x becomes the least at which k of n books are covered, k such that a share of the population is covered with the
confidence asked (Wilks 1941, "Determination of sample sizes for setting tolerance limits"):

    k = least with P(Binomial(n, share) <= k - 1) >= confidence

The coverage of any sample is reported with its one-sided Clopper-Pearson (1934) lower bound
beta^-1(1 - confidence; covered, n - covered + 1). Books are taken as independent draws of one population.
"""

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import stats

from risk._checks import checked_confidence
from risk.arrays import FloatArray, non_negative
from risk.errors import InvalidInput, NotEnoughObservations, TargetUnreachable
from risk.parameters import MarginParameters, ScenarioPoint
from risk.units import BASIS_POINTS, WAD

__all__ = [
    "Calibration",
    "Coverage",
    "calibrated_to_cover",
    "coverage",
    "with_expected_shortfall_multiplier",
    "with_grid_width",
]

_WIDEST_FALL_BPS: Final = 1 - BASIS_POINTS  # a point needs a spot shock above -10,000


@dataclass(frozen=True, slots=True)
class Coverage:
    """covered of `books` have own >= CVaR; share = covered / books; lower_bound: at `confidence`, one-sided."""

    books: int
    covered: int
    share: float
    lower_bound: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """value: the constant found. coverage: of the books it was found on, whose lower bound is at least `share`."""

    value: float
    share: float
    coverage: Coverage


def coverage(*, own: npt.ArrayLike, expected_shortfall: npt.ArrayLike, confidence: float = 0.95) -> Coverage:
    """How many books are covered. own, expected_shortfall: (books,), a gain counts as 0. Raises InvalidInput."""
    required = np.maximum(np.asarray(expected_shortfall, dtype=np.float64), 0.0)
    held, tail = non_negative("own", own), non_negative("expected_shortfall", required)
    if held.ndim != 1 or held.shape != tail.shape:
        raise InvalidInput(f"one own requirement for each CVaR: {held.shape} for {tail.shape}")
    if held.size == 0:
        raise NotEnoughObservations("0 books to measure coverage on; at least 1 is needed")
    n, covered = held.size, int((held >= tail).sum())
    tail_mass = 1.0 - checked_confidence(confidence)
    bound = float(stats.beta.ppf(tail_mass, covered, n - covered + 1)) if covered else 0.0
    return Coverage(books=n, covered=covered, share=covered / n, lower_bound=bound, confidence=confidence)


def calibrated_to_cover(
    *,
    own_at: Callable[[float], FloatArray],
    expected_shortfall: npt.ArrayLike,
    share: float,
    low: float,
    high: float,
    confidence: float = 0.95,
    tolerance: float = 1e-6,
) -> Calibration:
    """The least constant in [low, high], within `tolerance` from above, that covers `share` of the population.

    own_at(x): (books,) own requirements with the constant at x, non-decreasing in x. Raises NotEnoughObservations
    when even every book covered would not show the share at that confidence (n >= ln(1 - confidence) / ln(share)
    are needed), TargetUnreachable when `high` covers too few, InvalidInput.
    """
    if not low <= high < math.inf or not 0.0 < tolerance < math.inf:
        raise InvalidInput(f"need low <= high and a tolerance above 0, got {low!r}, {high!r}, {tolerance!r}")
    needed = _books_to_cover(books=np.size(expected_shortfall), share=share, confidence=confidence)

    def at(value: float) -> Coverage:
        return coverage(own=own_at(value), expected_shortfall=expected_shortfall, confidence=confidence)

    lower, upper, reached = low, high, at(high)
    if reached.covered < needed:
        raise TargetUnreachable(
            f"{high!r} covers {reached.covered} of {reached.books} books, {needed} are needed for {share!r}"
        )
    at_low = at(low)
    if at_low.covered >= needed:
        return Calibration(value=low, share=share, coverage=at_low)
    while upper - lower > tolerance:
        middle = 0.5 * (lower + upper)
        if middle in (lower, upper):
            break
        found = at(middle)
        if found.covered >= needed:
            upper, reached = middle, found
        else:
            lower = middle
    return Calibration(value=upper, share=share, coverage=reached)


def with_expected_shortfall_multiplier(
    *, parameters: MarginParameters, multiplier: float
) -> MarginParameters:
    """The parameters with that delta-gamma-vega multiplier, WAD rounded up. Raises InvalidInput."""
    value = float(non_negative("multiplier", multiplier))
    return dataclasses.replace(parameters, expected_shortfall_multiplier=math.ceil(value * WAD))


def with_grid_width(*, parameters: MarginParameters, width: float) -> MarginParameters:
    """The parameters with every shock of the grid times `width`, basis points rounded away from 0.

    A fall is held above -100% of the price and of volatility. Raises InvalidInput.
    """
    factor = float(non_negative("width", width))
    grid = tuple(
        ScenarioPoint(
            spot_shock_bps=_widened(point.spot_shock_bps, factor),
            volatility_shock_bps=_widened(point.volatility_shock_bps, factor),
            weight_bps=point.weight_bps,
        )
        for point in parameters.grid
    )
    return dataclasses.replace(parameters, grid=grid)


def _widened(shock: int, factor: float) -> int:
    moved = math.ceil(abs(shock) * factor)
    return max(-moved, _WIDEST_FALL_BPS) if shock < 0 else moved


def _books_to_cover(*, books: int, share: float, confidence: float) -> int:
    checked_confidence(confidence)
    if not 0.0 < share < 1.0:
        raise InvalidInput(f"share must lie inside (0, 1), for example 0.99, got {share!r}")
    needed = math.ceil(math.log(1.0 - confidence) / math.log(share))
    if books < needed:
        raise NotEnoughObservations(
            f"{books} books cannot show a coverage of {share} at confidence {confidence}; {needed} are needed"
        )
    return int(stats.binom.ppf(confidence, books, share)) + 1

"""Value at risk and conditional value at risk of a sample, with their standard errors.

Convention everywhere: loss L = -P&L, `confidence` is alpha (0.99), the tail is 1 - alpha, and both measures
are positive for a loss. With equal weights and m = n (1 - alpha) expected tail observations, L sorted
descending and k = floor(m):

    VaR  = inf{x : P(L > x) <= 1 - alpha} = L[k]           (the (k+1)-th largest loss)
    CVaR = min_c c + E[(L - c)+] / (1 - alpha)             (Rockafellar and Uryasev 2000, 2002)
         = (L[0] + ... + L[k-1] + (m - k) L[k]) / m        (fractional weight on the quantile atom)

96 profits of zero and losses 1, 2, 3, 10 at 95%: VaR 0, CVaR 3.2.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from risk._checks import checked_confidence, finite_array
from risk.arrays import FloatArray
from risk.errors import InvalidInput, NotEnoughObservations

__all__ = [
    "TailMeasures",
    "conditional_value_at_risk",
    "conditional_value_at_risk_standard_error",
    "normalised_weights",
    "required_observations",
    "tail_measures",
    "tail_observations",
    "value_at_risk",
    "value_at_risk_standard_error",
]

# (1 - 0.9) * 10 is 0.99999999999999978 in binary: counts are compared after adding this share of themselves.
COUNT_TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True)
class TailMeasures:
    """Both measures of one sample, in the sample's own unit, with one-standard-deviation sampling
    errors."""

    value_at_risk: float
    conditional_value_at_risk: float
    value_at_risk_standard_error: float
    conditional_value_at_risk_standard_error: float


@dataclass(frozen=True, slots=True)
class _SortedLosses:
    """Losses descending with weights summing to 1; `atom` is the position of VaR."""

    losses: FloatArray
    weights: FloatArray
    tail: float
    atom: int
    mass_before_atom: float


def required_observations(*, confidence: float) -> int:
    """Least number of observations for one expected in the tail: ceil(1 / (1 - alpha))."""
    return math.ceil(1.0 / (1.0 - checked_confidence(confidence)) * (1.0 - COUNT_TOLERANCE))


def tail_observations(*, observations: int, confidence: float) -> float:
    """Expected tail observations m = n (1 - alpha), an integer where it is one within 1e-12 n.

    Raises NotEnoughObservations when m < 1, InvalidInput for a confidence outside (0, 1).
    """
    expected = observations * (1.0 - checked_confidence(confidence))
    nearest = round(expected)
    if abs(expected - nearest) <= COUNT_TOLERANCE * max(1.0, observations):
        expected = float(nearest)
    if expected < 1.0:
        raise NotEnoughObservations(
            f"{observations} observations give {expected:.4g} in the tail at confidence {confidence}; "
            f"at least {required_observations(confidence=confidence)} are needed"
        )
    return expected


def value_at_risk(
    *, profit_and_loss: ArrayLike, confidence: float, weights: ArrayLike | None = None
) -> float:
    """VaR = inf{x : P(L > x) <= 1 - alpha}, L = -profit_and_loss.

    Shapes: profit_and_loss (n,), weights (n,) non-negative with a positive sum, normalised here; none:
    equal. Unit: that of profit_and_loss; negative when even the tail gains. Raises InvalidInput on values
    that are not finite, NotEnoughObservations when n (weights: Kish's 1 / sum w^2) times 1 - alpha is
    below 1.
    """
    ordered = _sorted_losses(profit_and_loss=profit_and_loss, confidence=confidence, weights=weights)
    return float(ordered.losses[ordered.atom])


def conditional_value_at_risk(
    *, profit_and_loss: ArrayLike, confidence: float, weights: ArrayLike | None = None
) -> float:
    """CVaR = min_c c + E[(L - c)+] / (1 - alpha), attained at c = VaR; otherwise as value_at_risk."""
    return _conditional(
        _sorted_losses(profit_and_loss=profit_and_loss, confidence=confidence, weights=weights)
    )


def value_at_risk_standard_error(
    *, profit_and_loss: ArrayLike, confidence: float, weights: ArrayLike | None = None
) -> float:
    """Standard error of VaR from order statistics, no density needed.

    The share of losses above the true quantile has standard deviation s = sqrt(p (1 - p) / n), p = 1 -
    alpha, n Kish's 1 / sum w^2 under weights. Hence SE = (q(p - s) - q(p + s)) / 2 with q the empirical
    loss at tail mass p, linear between mid-masses; where p - s falls beyond the largest loss the remaining
    span is scaled up to 2 s (too small when fewer than about four observations are in the tail). Assumes
    independent observations: overlapping windows need a larger figure. Arguments and errors as
    value_at_risk.
    """
    ordered = _sorted_losses(profit_and_loss=profit_and_loss, confidence=confidence, weights=weights)
    return _value_at_risk_error(ordered)


def conditional_value_at_risk_standard_error(
    *, profit_and_loss: ArrayLike, confidence: float, weights: ArrayLike | None = None
) -> float:
    """Standard error of CVaR by its influence function VaR - CVaR + (L - VaR)+ / p, p = 1 - alpha.

    SE = sqrt(sum w_i^2 (e_i - e)^2) / p with e_i = (L_i - VaR)+ and e = sum w_i e_i; with equal weights
    sd(e) / (p sqrt(n)). VaR's own error is of second order because it minimises the objective (Trindade,
    Uryasev, Shapiro and Zrazhevsky 2007). Assumes independent observations. Arguments and errors as
    value_at_risk.
    """
    ordered = _sorted_losses(profit_and_loss=profit_and_loss, confidence=confidence, weights=weights)
    return _conditional_error(ordered)


def tail_measures(
    *, profit_and_loss: ArrayLike, confidence: float, weights: ArrayLike | None = None
) -> TailMeasures:
    """The four functions above with one sort. Arguments and errors as value_at_risk."""
    ordered = _sorted_losses(profit_and_loss=profit_and_loss, confidence=confidence, weights=weights)
    return TailMeasures(
        value_at_risk=float(ordered.losses[ordered.atom]),
        conditional_value_at_risk=_conditional(ordered),
        value_at_risk_standard_error=_value_at_risk_error(ordered),
        conditional_value_at_risk_standard_error=_conditional_error(ordered),
    )


def _sorted_losses(
    *, profit_and_loss: ArrayLike, confidence: float, weights: ArrayLike | None
) -> _SortedLosses:
    losses = -finite_array(name="profit_and_loss", values=profit_and_loss, dimensions=1)
    order = np.argsort(-losses, kind="stable")
    if weights is None:
        expected = tail_observations(observations=losses.size, confidence=confidence)
        equal = np.full(losses.size, 1.0 / losses.size)
        atom = int(expected)
        return _SortedLosses(losses[order], equal, expected / losses.size, atom, atom / losses.size)
    shares = normalised_weights(weights=weights, size=losses.size)[order]
    tail_observations(observations=int(1.0 / np.sum(shares**2) + 0.5), confidence=confidence)
    tail = 1.0 - confidence
    cumulated = np.cumsum(shares)
    atom = int(np.searchsorted(cumulated, tail * (1.0 + COUNT_TOLERANCE), side="right"))
    atom = min(atom, losses.size - 1)
    before = float(cumulated[atom - 1]) if atom else 0.0
    return _SortedLosses(losses[order], shares, tail, atom, min(before, tail))


def normalised_weights(*, weights: ArrayLike, size: int) -> FloatArray:
    """`weights` (size,) divided by their sum. Raises InvalidInput if one is negative or none is positive."""
    shares = finite_array(name="weights", values=weights, dimensions=1)
    if shares.size != size:
        raise InvalidInput(f"weights hold {shares.size} values for {size} observations")
    total = float(shares.sum())
    if (shares < 0.0).any() or not total > 0.0:
        raise InvalidInput(
            f"weights must be non-negative with a positive sum, got least {shares.min()}, sum {total}"
        )
    return shares / total


def _conditional(ordered: _SortedLosses) -> float:
    beyond = float(ordered.weights[: ordered.atom] @ ordered.losses[: ordered.atom])
    on_atom = (ordered.tail - ordered.mass_before_atom) * float(ordered.losses[ordered.atom])
    return (beyond + on_atom) / ordered.tail


def _value_at_risk_error(ordered: _SortedLosses) -> float:
    spread = math.sqrt(ordered.tail * (1.0 - ordered.tail) * float(np.sum(ordered.weights**2)))
    mid_mass = np.cumsum(ordered.weights) - ordered.weights / 2.0
    near = max(ordered.tail - spread, float(mid_mass[0]))
    far = min(ordered.tail + spread, float(mid_mass[-1]))
    if far <= near:
        return 0.0
    upper, lower = np.interp([near, far], mid_mass, ordered.losses)
    return float(spread * (upper - lower) / (far - near))


def _conditional_error(ordered: _SortedLosses) -> float:
    excess = np.maximum(ordered.losses - ordered.losses[ordered.atom], 0.0)
    mean = float(ordered.weights @ excess)
    return math.sqrt(float(np.sum((ordered.weights * (excess - mean)) ** 2))) / ordered.tail

"""VaR and CVaR with standard errors and intervals: plain, antithetic and importance-sampled.

p = 1 - confidence, q = VaR, r_i the likelihood ratio of draw i (1 without importance sampling), n draws:

    VaR   q with sum_{L_i > q} r_i / n <= p. Let s = sd(r 1{L > q}) / sqrt(n) (plain: sqrt(p (1 - p) / n)). The error is
          half the distance of the empirical losses at tail mass p -+ s, as in `risk.measures.tail`. Interval: exact
          order statistics for independent equal draws, else the losses at tail mass p -+ z s.
    CVaR  q + sum r_i (L_i - q)+ / (n p), standard error sd(r (L - q)+) / (p sqrt(n)), interval +- z of it: VaR's own
          error is of second order (Trindade, Uryasev, Shapiro and Zrazhevsky 2007).

Exact interval: with B ~ Binomial(n, p) losses above the true q, and losses sorted descending from 0,
P(q > L[u]) = P(B <= u) and P(q < L[l]) = P(B >= l + 1) for continuous losses; l and u are the tightest with each at
most (1 - level) / 2 (David and Nagaraja, Order Statistics, 2003, section 7.1).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr, bdtrc, ndtri

from risk._checks import checked_confidence, finite_array
from risk.arrays import FloatArray, IntArray, non_negative
from risk.errors import InvalidInput, NotEnoughObservations
from risk.estimates.estimate import Estimate, grouped_means, normal_interval
from risk.measures.tail import tail_measures

__all__ = [
    "TailEstimates",
    "observations_for_interval",
    "order_statistic_positions",
    "tail_estimates",
    "twisted_tail_estimates",
    "weighted_tail_estimates",
]


@dataclass(frozen=True, slots=True)
class TailEstimates:
    """Both measures, positive = loss, in the unit of the profit and loss."""

    value_at_risk: Estimate
    conditional_value_at_risk: Estimate


def observations_for_interval(*, confidence: float, confidence_level: float) -> int:
    """Least n whose largest loss is above VaR with probability 1 - (1 - level) / 2: confidence^n <= (1 - level) / 2.

    368 for VaR 99% at level 95%, 72 for VaR 95%.
    """
    half = 0.5 * (1.0 - checked_confidence(confidence_level))
    return math.ceil(math.log(half) / math.log(checked_confidence(confidence)))


def order_statistic_positions(
    *, observations: int, confidence: float, confidence_level: float
) -> tuple[int, int]:
    """(u, l): positions in descending order, from 0, of the upper and lower bound of VaR.

    Coverage at least confidence_level for independent continuous losses. Raises NotEnoughObservations with the
    number needed.
    """
    needed = observations_for_interval(confidence=confidence, confidence_level=confidence_level)
    if observations < needed:
        raise NotEnoughObservations(
            f"{observations} observations hold no {confidence_level} interval of VaR at {confidence}; "
            f"at least {needed} are needed"
        )
    half, tail = 0.5 * (1.0 - confidence_level), 1.0 - confidence
    counts = np.arange(observations, dtype=np.float64)
    upper = int(np.searchsorted(bdtr(counts, observations, tail), half, side="right")) - 1
    above = np.append(
        bdtrc(counts[:-1], observations, tail), 0.0
    )  # P(B > l), falling to P(B > n - 1) = p^n ~ 0
    lower = int(np.argmax(above <= half))
    return max(upper, 0), lower


def tail_estimates(
    *, profit_and_loss: ArrayLike, confidence: float, confidence_level: float = 0.95, group_size: int = 1
) -> TailEstimates:
    """Of equally likely draws (n,); neighbouring groups independent (2: antithetic pairs; then the VaR interval is
    asymptotic).

    Raises NotEnoughObservations with the number needed, InvalidInput. Ties make the interval wider, never narrower.
    """
    profit = finite_array(name="profit_and_loss", values=profit_and_loss, dimensions=1)
    if group_size != 1:
        return twisted_tail_estimates(
            profit_and_loss=profit,
            likelihood_ratios=np.ones_like(profit),
            confidence=confidence,
            confidence_level=confidence_level,
            group_size=group_size,
        )
    upper, lower = order_statistic_positions(
        observations=profit.size, confidence=confidence, confidence_level=confidence_level
    )
    measures = tail_measures(profit_and_loss=profit, confidence=confidence)
    descending = -np.sort(profit)
    return TailEstimates(
        value_at_risk=Estimate(
            measures.value_at_risk,
            measures.value_at_risk_standard_error,
            float(descending[lower]),
            float(descending[upper]),
            confidence_level,
        ),
        conditional_value_at_risk=normal_interval(
            value=measures.conditional_value_at_risk,
            standard_error=measures.conditional_value_at_risk_standard_error,
            confidence_level=confidence_level,
        ),
    )


def weighted_tail_estimates(
    *, profit_and_loss: ArrayLike, weights: ArrayLike, confidence: float, confidence_level: float = 0.95
) -> TailEstimates:
    """Of observations (n,) with probabilities (n,) known beforehand, as time weights are, normalised here.

    Errors of `risk.measures.tail` at Kish's effective number, intervals +- z of them. Raises NotEnoughObservations
    below one effective observation in the tail, InvalidInput.
    """
    measures = tail_measures(profit_and_loss=profit_and_loss, confidence=confidence, weights=weights)
    return TailEstimates(
        value_at_risk=normal_interval(
            value=measures.value_at_risk,
            standard_error=measures.value_at_risk_standard_error,
            confidence_level=confidence_level,
        ),
        conditional_value_at_risk=normal_interval(
            value=measures.conditional_value_at_risk,
            standard_error=measures.conditional_value_at_risk_standard_error,
            confidence_level=confidence_level,
        ),
    )


def twisted_tail_estimates(
    *,
    profit_and_loss: ArrayLike,
    likelihood_ratios: ArrayLike,
    confidence: float,
    confidence_level: float = 0.95,
    group_size: int = 1,
) -> TailEstimates:
    """Of draws from another law: likelihood_ratios (n,) = density wanted / density drawn, mean 1, not normalised here.

    The ratios of the tail are all that counts (Glasserman, Heidelberger and Shahabuddin 2000). Raises
    NotEnoughObservations when the draws carry less mass than the tail and its interval, or none is beyond VaR.
    """
    losses, ratios = _twisted(profit_and_loss=profit_and_loss, likelihood_ratios=likelihood_ratios)
    tail = 1.0 - checked_confidence(confidence)
    curve = _TailCurve.of(losses=losses, ratios=ratios)
    at = curve.first_beyond(tail)
    quantile = float(curve.losses[at])
    beyond = np.zeros_like(ratios)
    beyond[curve.order[:at]] = ratios[curve.order[:at]]
    spread = _error(beyond, group_size=group_size)
    z = float(ndtri(0.5 + 0.5 * checked_confidence(confidence_level)))
    curve.require_interval(tail=tail, spread=spread, deviations=z)
    excess = ratios * np.maximum(losses - quantile, 0.0)
    low, high = curve.loss_at(tail + z * spread), curve.loss_at(tail - z * spread)
    return TailEstimates(
        value_at_risk=Estimate(
            quantile,
            0.5 * (curve.loss_at(tail - spread) - curve.loss_at(tail + spread)),
            min(low, quantile),
            max(high, quantile),
            confidence_level,
        ),
        conditional_value_at_risk=normal_interval(
            value=quantile + float(excess.mean()) / tail,
            standard_error=_error(excess, group_size=group_size) / tail,
            confidence_level=confidence_level,
        ),
    )


def _twisted(*, profit_and_loss: ArrayLike, likelihood_ratios: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """(losses, ratios), checked."""
    losses = -finite_array(name="profit_and_loss", values=profit_and_loss, dimensions=1)
    ratios = finite_array(name="likelihood_ratios", values=likelihood_ratios, dimensions=1)
    if ratios.shape != losses.shape:
        raise InvalidInput(f"{ratios.size} likelihood ratios for {losses.size} draws")
    return losses, non_negative("likelihood_ratios", ratios)


@dataclass(frozen=True, slots=True, eq=False)
class _TailCurve:
    """Losses descending and the estimated probability `mass` of a loss at least as large."""

    losses: FloatArray
    mass: FloatArray
    order: IntArray

    @classmethod
    def of(cls, *, losses: FloatArray, ratios: FloatArray) -> "_TailCurve":
        order = np.argsort(-losses, kind="stable")
        return cls(losses=losses[order], mass=np.cumsum(ratios[order]) / losses.size, order=order)

    def first_beyond(self, tail: float) -> int:
        """Position of inf{x : P(L > x) <= tail}. Raises NotEnoughObservations when no draw is beyond it, or all are."""
        at = int(np.searchsorted(self.mass, tail * (1.0 + 1e-12), side="right"))
        if at == 0 or at >= self.losses.size:
            raise NotEnoughObservations(
                f"{self.losses.size} draws carry the mass {float(self.mass[-1]):.4g}, the first of them "
                f"{float(self.mass[0]):.4g}; the tail of {tail:.4g} needs at least {math.ceil(1.0 / tail)} draws"
            )
        return at

    def require_interval(self, *, tail: float, spread: float, deviations: float) -> None:
        """Raises NotEnoughObservations unless tail +- deviations x spread lies inside the mass that the draws carry."""
        reach, count = deviations * spread, self.losses.size
        if not reach < tail or tail + reach > self.mass[-1]:
            raise NotEnoughObservations(
                f"{count} draws leave the tail mass {tail:.4g} with the error {spread:.3g}; about "
                f"{max(math.ceil(count * (reach / tail) ** 2) + 1, 2 * count)} are needed"
            )

    def loss_at(self, mass: float) -> float:
        """The loss at that tail mass, linear between the middles of the draws' masses."""
        middles = self.mass - 0.5 * np.diff(self.mass, prepend=0.0)
        return float(np.interp(mass, middles, self.losses))


def _error(values: FloatArray, *, group_size: int) -> float:
    means = grouped_means(values=values, group_size=group_size)
    return float(means.std(ddof=1)) / math.sqrt(means.size)

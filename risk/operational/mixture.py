"""VaR and CVaR of market and operational loss together: quantiles of the mixture, never a sum of quantiles.

    L = L_market + sum of operational losses, independent
    P(L <= x) = sum_s w_s F(x - L_s)                        L_s: market loss of scenario s, F: operational law
    VaR  = inf{x : P(L > x) <= 1 - alpha}
    CVaR = VaR + sum_s w_s E[(O - (VaR - L_s))+] / (1 - alpha)

The market sample is not discretised. The operational law is, once rounded down and once up, and the two answers
bracket the one for the continuous severity: `low` and `high`. Within a bracket the error is rounding, 1e-12 relative.
Operational mass beyond the lattice is placed at its end, and more than 1e-9 of it is refused; CVaR then lacks
E[(O - end)+] / (1 - alpha) and nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from risk._checks import checked_confidence, finite_array
from risk.arrays import FloatArray
from risk.errors import InvalidInput
from risk.measures import tail_measures
from risk.operational.events import BernoulliEvent, PoissonEvent, event_losses
from risk.operational.severity import LossLattice

__all__ = ["MixtureRisk", "Quantity", "mixture_risk"]

_MOST_BEYOND: Final = 1e-9  # operational mass past the lattice's end that may be placed at the end
_BISECTIONS: Final = 200


@dataclass(frozen=True, slots=True)
class Quantity:
    """low <= exact for the continuous severity <= high; value is the middle. Money, positive for a loss."""

    low: float
    high: float

    @property
    def value(self) -> float:
        return 0.5 * (self.low + self.high)


@dataclass(frozen=True, slots=True)
class MixtureRisk:
    """Of the whole loss, and of the market alone for comparison."""

    value_at_risk: Quantity
    conditional_value_at_risk: Quantity
    market_value_at_risk: float
    market_conditional_value_at_risk: float


def mixture_risk(
    *,
    market_profit_and_loss: npt.ArrayLike,
    events: Sequence[BernoulliEvent | PoissonEvent],
    confidence: float,
    step: float,
    points: int = 4_096,
) -> MixtureRisk:
    """The module's formulas with equally weighted scenarios.

    market_profit_and_loss: (scenarios,), money, as `risk.measures` reads it. step x points is the largest operational
    loss that the lattice holds. The bracket's width is at most step x the number of losses that make the quantile.
    Raises InvalidInput, also when more than 1e-9 of the operational mass lies beyond the lattice, and
    NotEnoughObservations as `risk.measures.tail_measures`.
    """
    profit = finite_array(name="market_profit_and_loss", values=market_profit_and_loss, dimensions=1)
    market = tail_measures(profit_and_loss=profit, confidence=confidence)
    losses = np.sort(-profit)
    down, up = (
        _measures(
            losses, _closed(event_losses(events=events, step=step, points=points, rounding=r)), confidence
        )
        for r in ("down", "up")
    )
    return MixtureRisk(
        value_at_risk=Quantity(low=down[0], high=up[0]),
        conditional_value_at_risk=Quantity(low=down[1], high=up[1]),
        market_value_at_risk=market.value_at_risk,
        market_conditional_value_at_risk=market.conditional_value_at_risk,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Operational:
    """survival[k] = P(O > k step); excess[k] = E[(O - k step)+]."""

    step: float
    survival: FloatArray
    excess: FloatArray

    def survival_at(self, x: FloatArray) -> FloatArray:
        """P(O > x)."""
        k = np.clip(np.floor(x / self.step), -1, self.survival.size - 1).astype(np.int64)
        return np.where(k < 0, 1.0, self.survival[k])

    def excess_at(self, x: FloatArray) -> FloatArray:
        """E[(O - x)+]: linear between lattice points, E[O] - x below 0."""
        k = np.clip(np.floor(x / self.step), 0, self.survival.size - 1).astype(np.int64)
        inside = self.excess[k] - (x - k * self.step) * self.survival[k]
        return np.where(x < 0.0, self.excess[0] - x, np.maximum(inside, 0.0))


def _closed(law: LossLattice) -> _Operational:
    """The law with the mass beyond its end placed at its end. Survival by sums from the far end: no cancellation."""
    if law.beyond > _MOST_BEYOND:
        raise InvalidInput(
            f"{law.beyond:.3g} of the operational mass lies beyond {law.mass.size * law.step!r}; "
            "take more points or a larger step"
        )
    mass = law.mass.copy()
    mass[-1] += law.beyond
    at_least = np.cumsum(mass[::-1])[::-1]
    survival = np.append(at_least[1:], 0.0)
    excess = law.step * np.cumsum(survival[::-1])[::-1]
    return _Operational(step=law.step, survival=survival, excess=excess)


def _measures(losses: FloatArray, law: _Operational, confidence: float) -> tuple[float, float]:
    tail = 1.0 - checked_confidence(confidence)
    quantile = _quantile(losses, law, tail)
    excess = float(law.excess_at(quantile - losses).mean())
    return quantile, quantile + excess / tail


def _quantile(losses: FloatArray, law: _Operational, tail: float) -> float:
    """The least atom L_s + k h at which the survival is at most `tail` (1e-12 relative: see risk.measures.tail)."""
    allowed = tail * (1.0 + 1e-12)

    def reached(x: float) -> bool:
        return float(law.survival_at(x - losses).mean()) <= allowed

    low, high = float(losses[0]) - law.step, float(losses[-1]) + law.step * law.survival.size
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high

"""Which part of a book carries its tail: component, marginal and incremental VaR and CVaR from scenarios.

Both measures are homogeneous of degree 1 in the quantities q, so R = sum_i q_i dR/dq_i (Euler; D. Tasche 1999), with

    dCVaR/dq_i = E[unit loss_i | tail]           ties on the VaR atom share its fraction of the tail equally
    dVaR/dq_i  = E[unit loss_i | L = VaR]        by locally linear regression on L near VaR

The tail weights are the same for every leg, so the components add up to CVaR; the fitted lines of all legs add up to
the line L itself, so at L = VaR they add up to VaR: both exactly but for rounding. Incremental figures (the book less
the book without the leg) are full recomputations and do not add up.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from risk._checks import checked_count, finite_array
from risk.arrays import FloatArray
from risk.errors import InvalidInput
from risk.measures.tail import (
    conditional_value_at_risk,
    normalised_weights,
    tail_observations,
    value_at_risk,
)

__all__ = ["TailContributions", "incremental_tail", "quantile_weights", "tail_contributions", "tail_weights"]


@dataclass(frozen=True, slots=True, eq=False)
class TailContributions:
    """Whole and parts, money of the inputs, positive for a loss. Arrays are (legs,).

    marginal: per unit of quantity; component = quantity x marginal, summing to the whole.

    """

    value_at_risk: float
    conditional_value_at_risk: float
    marginal_value_at_risk: FloatArray
    marginal_conditional_value_at_risk: FloatArray
    component_value_at_risk: FloatArray
    component_conditional_value_at_risk: FloatArray


def tail_weights(
    *, profit_and_loss: ArrayLike, confidence: float, weights: ArrayLike | None = None
) -> FloatArray:
    """(n,) probabilities with CVaR = sum w_i L_i: the law given the tail, whatever the order of the scenarios.

    Scenarios beyond VaR have their own probability over the tail's; those at VaR share the rest in proportion to
    theirs. Arguments and errors as `value_at_risk`.
    """
    losses = -finite_array(name="profit_and_loss", values=profit_and_loss, dimensions=1)
    quantile = value_at_risk(profit_and_loss=-losses, confidence=confidence, weights=weights)
    if weights is None:
        shares = np.full(losses.size, 1.0 / losses.size)
        tail = tail_observations(observations=losses.size, confidence=confidence) / losses.size
    else:
        shares = normalised_weights(weights=weights, size=losses.size)
        tail = 1.0 - confidence
    given_tail = np.where(losses > quantile, shares, 0.0) / tail
    atom = losses == quantile
    rest = max(0.0, 1.0 - float(given_tail.sum()))
    given_tail[atom] = rest * shares[atom] / shares[atom].sum()
    return np.asarray(given_tail)


def quantile_weights(
    *,
    profit_and_loss: ArrayLike,
    confidence: float,
    neighbours: int,
    weights: ArrayLike | None = None,
) -> FloatArray:
    """(n,) signed weights with sum w_i = 1 and sum w_i L_i = VaR: those of a local line through L = VaR.

    Epanechnikov kernel over the losses nearer to VaR than the (neighbours + 1)-th nearest outside its atom; 0
    neighbours: the scenarios at VaR alone. Other arguments and errors as `value_at_risk`.
    """
    losses = -finite_array(name="profit_and_loss", values=profit_and_loss, dimensions=1)
    checked_count(name="neighbours", value=neighbours, least=0)
    quantile = value_at_risk(profit_and_loss=-losses, confidence=confidence, weights=weights)
    shares = normalised_weights(
        weights=np.ones(losses.size) if weights is None else weights, size=losses.size
    )
    distance = losses - quantile
    others = np.sort(np.abs(distance[distance != 0.0]))
    if neighbours == 0 or others.size == 0:
        kernel = np.where(distance == 0.0, shares, 0.0)
        return np.asarray(kernel / kernel.sum())
    bandwidth = 2.0 * others[-1] if neighbours >= others.size else others[neighbours]
    kernel = shares * np.maximum(1.0 - (distance / bandwidth) ** 2, 0.0)
    kernel /= kernel.sum()
    centre = float(kernel @ distance)
    spread = float(kernel @ (distance - centre) ** 2)
    if spread <= 0.0:
        return np.asarray(kernel)
    return np.asarray(kernel * (1.0 - centre * (distance - centre) / spread))


def tail_contributions(
    *,
    unit_profit_and_loss: ArrayLike,
    quantities: ArrayLike,
    confidence: float,
    neighbours: int | None = None,
    weights: ArrayLike | None = None,
) -> TailContributions:
    """Component and marginal VaR and CVaR of every leg.

    unit_profit_and_loss: (legs, n) profit of one unit; quantities: (legs,) units, signed; a leg may be a strategy
    with quantity 1. neighbours: scenarios beside VaR that its derivative is estimated from (none: half the expected
    tail observations); the sum is exact for any. An empty book has parts () and measures 0. Errors as `value_at_risk`.
    """
    units, held = _book(unit_profit_and_loss=unit_profit_and_loss, quantities=quantities)
    total = held @ units
    near = neighbours
    if near is None:
        near = int(tail_observations(observations=units.shape[1], confidence=confidence) / 2.0)
    beyond = tail_weights(profit_and_loss=total, confidence=confidence, weights=weights)
    at_quantile = quantile_weights(
        profit_and_loss=total, confidence=confidence, neighbours=near, weights=weights
    )
    marginal_value, marginal_conditional = -units @ at_quantile, -units @ beyond
    return TailContributions(
        value_at_risk=value_at_risk(profit_and_loss=total, confidence=confidence, weights=weights),
        conditional_value_at_risk=conditional_value_at_risk(
            profit_and_loss=total, confidence=confidence, weights=weights
        ),
        marginal_value_at_risk=marginal_value,
        marginal_conditional_value_at_risk=marginal_conditional,
        component_value_at_risk=held * marginal_value,
        component_conditional_value_at_risk=held * marginal_conditional,
    )


def incremental_tail(
    *,
    unit_profit_and_loss: ArrayLike,
    quantities: ArrayLike,
    confidence: float,
    weights: ArrayLike | None = None,
) -> tuple[FloatArray, FloatArray]:
    """(VaR, CVaR) of the book less those of the book without each leg, both (legs,); negative for a hedge.

    Never more than the leg's own CVaR (subadditivity), and at least its component CVaR (convexity). Arguments and
    errors as `tail_contributions`.
    """
    units, held = _book(unit_profit_and_loss=unit_profit_and_loss, quantities=quantities)
    total = held @ units

    def measures(profit: FloatArray) -> tuple[float, float]:
        return (
            value_at_risk(profit_and_loss=profit, confidence=confidence, weights=weights),
            conditional_value_at_risk(profit_and_loss=profit, confidence=confidence, weights=weights),
        )

    whole = measures(total)
    without = np.array([measures(total - q * leg) for q, leg in zip(held, units, strict=True)])
    difference = np.array(whole) - without.reshape(-1, 2)
    return difference[:, 0], difference[:, 1]


def _book(*, unit_profit_and_loss: ArrayLike, quantities: ArrayLike) -> tuple[FloatArray, FloatArray]:
    units = finite_array(name="unit_profit_and_loss", values=unit_profit_and_loss, dimensions=2)
    held = finite_array(name="quantities", values=quantities, dimensions=1)
    if held.size != units.shape[0]:
        raise InvalidInput(f"{held.size} quantities for {units.shape[0]} legs")
    return units, held

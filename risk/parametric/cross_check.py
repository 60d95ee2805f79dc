"""The parametric tail of each account, from the same aggregates as the own requirement: the check of full revaluation.

It shares neither scenarios nor prices with the simulated figure, only Greeks and covariance. Where the two differ by
more than the approximation explains, one of them is wrong.
"""

from dataclasses import dataclass

import numpy as np

from risk.arrays import FloatArray
from risk.margin.requirement import MarginParameters, OwnRequirement
from risk.parametric.tails import QuadraticLoss, exact_tail, quadratic_loss

__all__ = ["ParametricTails", "account_loss", "parametric_tails"]


@dataclass(frozen=True, slots=True, eq=False)
class ParametricTails:
    """Exact tail of each account's delta-gamma-vega loss, (accounts,), quote currency, positive = loss."""

    value_at_risk: FloatArray
    expected_shortfall: FloatArray


def account_loss(*, own: OwnRequirement, account: int, parameters: MarginParameters) -> QuadraticLoss:
    """The delta-gamma-vega loss of one account row: slopes (D_1, N_1, ...), curvature diag(G_1, 0, ...)."""
    slopes = np.empty(parameters.factors)
    slopes[0::2], slopes[1::2] = own.delta[account], own.vega[account]
    curvature = np.zeros(parameters.factors)
    curvature[0::2] = own.gamma[account]
    return quadratic_loss(delta=slopes, gamma=np.diag(curvature), covariance=parameters.covariance())


def parametric_tails(
    *, own: OwnRequirement, parameters: MarginParameters, confidence: float
) -> ParametricTails:
    """VaR and CVaR of every account over the margin horizon, about 2 ms each.

    Raises InvalidInput for a confidence outside [0.5, 1), ConvergenceError if an inversion fails.
    """
    tails = [
        exact_tail(account_loss(own=own, account=row, parameters=parameters), confidence=confidence)
        for row in range(own.own.size)
    ]
    return ParametricTails(
        value_at_risk=np.array([tail.value_at_risk for tail in tails]),
        expected_shortfall=np.array([tail.expected_shortfall for tail in tails]),
    )

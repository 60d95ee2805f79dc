"""Delta-gamma-vega tails in closed form or by one integral: the independent check."""

from risk.parametric.cross_check import ParametricTails, account_loss, parametric_tails
from risk.parametric.inversion import contour_integral
from risk.parametric.quadratic_loss import QuadraticLoss, quadratic_loss
from risk.parametric.tails import (
    ParametricTail,
    exact_tail,
    exceedance_probability,
    expected_excess,
    multiplier_tail,
    saddlepoint_exceedance,
    saddlepoint_value_at_risk,
)

__all__ = [
    "ParametricTail",
    "ParametricTails",
    "QuadraticLoss",
    "account_loss",
    "contour_integral",
    "exact_tail",
    "exceedance_probability",
    "expected_excess",
    "multiplier_tail",
    "parametric_tails",
    "quadratic_loss",
    "saddlepoint_exceedance",
    "saddlepoint_value_at_risk",
]

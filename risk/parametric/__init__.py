"""Delta-gamma-vega-theta tails in closed form or by one integral: the independent check."""

from risk.parametric.cornish_fisher import (
    MAXIMUM_SKEWNESS,
    cornish_fisher_conditional_value_at_risk,
    cornish_fisher_value_at_risk,
    is_inside_cornish_fisher_domain,
    loss_moments,
)
from risk.parametric.cross_check import ParametricTails, account_loss, parametric_tails
from risk.parametric.imhof import imhof_integral
from risk.parametric.inversion import contour_integral, tail_integral
from risk.parametric.multivariate_t import multivariate_t_tail, student_t_integral
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
    "MAXIMUM_SKEWNESS",
    "ParametricTail",
    "ParametricTails",
    "QuadraticLoss",
    "account_loss",
    "contour_integral",
    "cornish_fisher_conditional_value_at_risk",
    "cornish_fisher_value_at_risk",
    "exact_tail",
    "exceedance_probability",
    "expected_excess",
    "imhof_integral",
    "is_inside_cornish_fisher_domain",
    "loss_moments",
    "multiplier_tail",
    "multivariate_t_tail",
    "parametric_tails",
    "quadratic_loss",
    "saddlepoint_exceedance",
    "saddlepoint_value_at_risk",
    "student_t_integral",
    "tail_integral",
]

"""What a distribution of losses says, and which part of the book carries it."""

from risk.measures.closed_forms import (
    normal_conditional_value_at_risk,
    normal_value_at_risk,
    student_t_conditional_value_at_risk,
    student_t_value_at_risk,
)
from risk.measures.contributions import (
    TailContributions,
    incremental_tail,
    quantile_weights,
    tail_contributions,
    tail_weights,
)
from risk.measures.drawdown import conditional_drawdown_at_risk, drawdowns, maximum_drawdown
from risk.measures.elliptical import EllipticalContributions, elliptical_contributions
from risk.measures.spectral import (
    Spectrum,
    exponential_spectrum,
    power_spectrum,
    spectral_measure,
    spectral_weights,
    tail_spectrum,
)
from risk.measures.tail import (
    TailMeasures,
    conditional_value_at_risk,
    conditional_value_at_risk_standard_error,
    required_observations,
    tail_measures,
    tail_observations,
    value_at_risk,
    value_at_risk_standard_error,
)

__all__ = [
    "EllipticalContributions",
    "Spectrum",
    "TailContributions",
    "TailMeasures",
    "conditional_drawdown_at_risk",
    "conditional_value_at_risk",
    "conditional_value_at_risk_standard_error",
    "drawdowns",
    "elliptical_contributions",
    "exponential_spectrum",
    "incremental_tail",
    "maximum_drawdown",
    "normal_conditional_value_at_risk",
    "normal_value_at_risk",
    "power_spectrum",
    "quantile_weights",
    "required_observations",
    "spectral_measure",
    "spectral_weights",
    "student_t_conditional_value_at_risk",
    "student_t_value_at_risk",
    "tail_contributions",
    "tail_measures",
    "tail_observations",
    "tail_spectrum",
    "tail_weights",
    "value_at_risk",
    "value_at_risk_standard_error",
]

"""What a distribution of losses says."""

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
    "TailMeasures",
    "conditional_value_at_risk",
    "conditional_value_at_risk_standard_error",
    "required_observations",
    "tail_measures",
    "tail_observations",
    "value_at_risk",
    "value_at_risk_standard_error",
]

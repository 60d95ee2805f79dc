"""Simulated figures with their standard errors and confidence intervals."""

from risk.estimates.estimate import Estimate, mean_estimate, normal_interval, replicated_estimate
from risk.estimates.tails import (
    TailEstimates,
    observations_for_interval,
    order_statistic_positions,
    tail_estimates,
    twisted_tail_estimates,
    weighted_tail_estimates,
)

__all__ = [
    "Estimate",
    "TailEstimates",
    "mean_estimate",
    "normal_interval",
    "observations_for_interval",
    "order_statistic_positions",
    "replicated_estimate",
    "tail_estimates",
    "twisted_tail_estimates",
    "weighted_tail_estimates",
]

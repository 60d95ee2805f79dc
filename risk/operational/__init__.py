"""Losses that no market move explains: exploits, failed oracles, lost keys; and their mixture with market loss."""

from risk.operational.compound import compound_poisson, compound_poisson_transform, sum_of_losses
from risk.operational.events import BernoulliEvent, PoissonEvent, event_losses, failure_probability
from risk.operational.mixture import MixtureRisk, Quantity, mixture_risk
from risk.operational.severity import (
    LossLattice,
    Rounding,
    exponential_severity,
    fixed_severity,
    lognormal_severity,
)

__all__ = [
    "BernoulliEvent",
    "LossLattice",
    "MixtureRisk",
    "PoissonEvent",
    "Quantity",
    "Rounding",
    "compound_poisson",
    "compound_poisson_transform",
    "event_losses",
    "exponential_severity",
    "failure_probability",
    "fixed_severity",
    "lognormal_severity",
    "mixture_risk",
    "sum_of_losses",
]

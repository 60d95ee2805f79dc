"""Named sources of operational loss and the law of their sum.

    Bernoulli  L = B x exposure at default x loss given default, P(B = 1) = p: fails once or not at all
    Poisson    L = X_1 + ... + X_N, N ~ Poisson(expected count), each X of one severity: fails again and again

The loss is what the account has exposed at that protocol, not "the portfolio's value at risk". Events are independent;
what fails together is one event with the joint exposure.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from risk.arrays import non_negative
from risk.errors import InvalidInput
from risk.operational.compound import compound_poisson, sum_of_losses
from risk.operational.severity import (
    LossLattice,
    Rounding,
    exponential_severity,
    fixed_severity,
    lognormal_severity,
)

__all__ = ["BernoulliEvent", "PoissonEvent", "event_losses", "failure_probability"]


@dataclass(frozen=True, slots=True)
class BernoulliEvent:
    """probability: over the horizon, in [0, 1]. exposure: money at least 0. loss_given_default: in [0, 1]."""

    probability: float
    exposure: float
    loss_given_default: float

    def __post_init__(self) -> None:
        if not (0.0 <= self.probability <= 1.0 and 0.0 <= self.loss_given_default <= 1.0):
            raise InvalidInput(f"probability and loss given default must lie in [0, 1]: {self}")
        if not 0.0 <= self.exposure < math.inf:
            raise InvalidInput(f"exposure must be finite and at least 0: {self}")

    def on_lattice(self, *, step: float, points: int, rounding: Rounding) -> LossLattice:
        loss = self.exposure * self.loss_given_default
        severity = fixed_severity(loss=loss, step=step, points=points, rounding=rounding)
        mass = self.probability * severity.mass
        mass[0] += 1.0 - self.probability
        return LossLattice.of(mass=mass, step=step)


@dataclass(frozen=True, slots=True)
class PoissonEvent:
    """expected_count: over the horizon, in [0, 700]. median: money above 0. log_deviation: of a lognormal severity
    with that median; None for an exponential one with that median."""

    expected_count: float
    median: float
    log_deviation: float | None

    def __post_init__(self) -> None:
        if not (0.0 <= self.expected_count <= 700.0 and 0.0 < self.median < math.inf):
            raise InvalidInput(
                f"an expected count in [0, 700] and a finite median above 0 are needed: {self}"
            )
        if self.log_deviation is not None and not 0.0 < self.log_deviation < math.inf:
            raise InvalidInput(f"log_deviation must be finite and above 0: {self}")

    def on_lattice(self, *, step: float, points: int, rounding: Rounding) -> LossLattice:
        if self.log_deviation is None:
            mean = self.median / math.log(2.0)
            severity = exponential_severity(mean=mean, step=step, points=points, rounding=rounding)
        else:
            severity = lognormal_severity(
                log_mean=math.log(self.median),
                log_deviation=self.log_deviation,
                step=step,
                points=points,
                rounding=rounding,
            )
        return compound_poisson(severity=severity, rate=self.expected_count)


def failure_probability(*, hazard_per_day: float, days: float) -> float:
    """1 - exp(-hazard x days): probability of at least one failure. Raises InvalidInput if negative."""
    exponent = float(non_negative("hazard_per_day", hazard_per_day)) * float(non_negative("days", days))
    return -math.expm1(-exponent)


def event_losses(
    *, events: Sequence[BernoulliEvent | PoissonEvent], step: float, points: int, rounding: Rounding
) -> LossLattice:
    """The law of the sum of independent events on the lattice; no events: a certain loss of 0."""
    nothing = LossLattice.of(mass=np.eye(1, points)[0], step=step)
    laws = (event.on_lattice(step=step, points=points, rounding=rounding) for event in events)
    return reduce(sum_of_losses, laws, nothing)

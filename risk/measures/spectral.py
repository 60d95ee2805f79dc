"""Spectral risk measures: losses averaged with a weight that grows with the loss.

    M = Int_0^1 phi(u) q(u) du,    q(u) the u-quantile of the loss, phi >= 0, non-decreasing, Int phi = 1

are exactly the coherent, law-invariant, comonotone-additive measures (C. Acerbi, Spectral measures of risk,
2002). For a sample q is a step function, so M is exact with the weights Phi(P_i) - Phi(P_(i-1)) on the
ascending losses, Phi the integral of phi and P_i the probability up to the i-th; Phi is convex from 0 to 1.
"""

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from risk._checks import checked_confidence, finite_array
from risk.arrays import FloatArray
from risk.errors import InvalidInput, NotEnoughObservations
from risk.measures.tail import normalised_weights

__all__ = [
    "Spectrum",
    "exponential_spectrum",
    "power_spectrum",
    "spectral_measure",
    "spectral_weights",
    "tail_spectrum",
]

Spectrum: TypeAlias = Callable[[FloatArray], FloatArray]
"""Phi: the weight on all losses up to the u-quantile, elementwise on [0, 1]."""

_ROUNDING = 1e-12


def exponential_spectrum(*, risk_aversion: float) -> Spectrum:
    """phi(u) = k exp(-k (1 - u)) / (1 - exp(-k)), k = `risk_aversion` > 0 (K. Dowd and J. Cotter, 2007)."""
    k = _positive("risk_aversion", risk_aversion)
    return lambda u: np.asarray((np.exp(-k * (1.0 - u)) - math.exp(-k)) / -math.expm1(-k))


def power_spectrum(*, exponent: float) -> Spectrum:
    """phi(u) = g u^(g - 1) for g = `exponent` >= 1, g (1 - u)^(g - 1) for 0 < g < 1; g = 1 is the mean.

    The other form of each would put more weight on smaller losses (K. Dowd, J. Cotter and G. Sorwar, 2008).
    """
    g = _positive("exponent", exponent)
    if g >= 1.0:
        return lambda u: np.asarray(u**g)
    return lambda u: np.asarray(1.0 - (1.0 - u) ** g)


def tail_spectrum(*, confidence: float) -> Spectrum:
    """phi(u) = 1 / (1 - alpha) above alpha and 0 below: CVaR."""
    alpha = checked_confidence(confidence)
    return lambda u: np.asarray(np.maximum(u - alpha, 0.0) / (1.0 - alpha))


def spectral_weights(*, spectrum: Spectrum, probabilities: ArrayLike) -> FloatArray:
    """Exact weights on losses sorted ascending, each of probability `probabilities` (n,); they sum to 1.

    Raises InvalidInput for an inadmissible spectrum: Phi(0) not 0, Phi(1) not 1, or a weight per probability that is
    negative or falls from one loss to a larger one.
    """
    shares = finite_array(name="probabilities", values=probabilities, dimensions=1)
    if shares.size == 0:
        raise NotEnoughObservations("a spectral measure needs at least 1 observation, got 0")
    shares = normalised_weights(weights=shares, size=shares.size)
    ends = np.concatenate(([0.0], np.minimum(np.cumsum(shares), 1.0)))
    ends[-1] = 1.0
    cumulative = finite_array(name="spectrum", values=spectrum(ends), dimensions=1)
    if abs(cumulative[0]) > _ROUNDING or abs(cumulative[-1] - 1.0) > _ROUNDING:
        raise InvalidInput(f"a spectrum runs from 0 to 1, got {cumulative[0]!r} to {cumulative[-1]!r}")
    weights = np.diff(cumulative)
    _require_admissible(weights=weights, shares=shares)
    return weights


def spectral_measure(
    *, profit_and_loss: ArrayLike, spectrum: Spectrum, weights: ArrayLike | None = None
) -> float:
    """M of the losses -profit_and_loss, unit of profit_and_loss.

    Shapes: profit_and_loss (n,), weights (n,) probabilities, non-negative, normalised here; none: equal. Raises
    InvalidInput for values that are not finite or an inadmissible spectrum, NotEnoughObservations for none.
    """
    losses = -finite_array(name="profit_and_loss", values=profit_and_loss, dimensions=1)
    if losses.size == 0:
        raise NotEnoughObservations("a spectral measure needs at least 1 observation, got 0")
    order = np.argsort(losses, kind="stable")
    shares = normalised_weights(
        weights=np.ones(losses.size) if weights is None else weights, size=losses.size
    )[order]
    return float(spectral_weights(spectrum=spectrum, probabilities=shares) @ losses[order])


def _require_admissible(*, weights: FloatArray, shares: FloatArray) -> None:
    if weights.min() < -_ROUNDING:
        raise InvalidInput(f"a spectrum never falls, got weight {weights.min()!r}")
    held = shares > 0.0
    weights, shares = weights[held], shares[held]
    # phi non-decreasing, multiplied out so that a tiny probability does not magnify rounding.
    drop = weights[:-1] * shares[1:] - weights[1:] * shares[:-1]
    worst = int(np.argmax(drop)) if drop.size else 0
    if drop.size and drop[worst] > _ROUNDING * (shares[worst] + shares[worst + 1]):
        raise InvalidInput(
            f"a spectrum must weigh larger losses at least as much: {weights[worst] / shares[worst]!r} falls to "
            f"{weights[worst + 1] / shares[worst + 1]!r}"
        )


def _positive(name: str, value: float) -> float:
    if not (math.isfinite(value) and value > 0.0):
        raise InvalidInput(f"{name} must be finite and above 0, got {value!r}")
    return float(value)

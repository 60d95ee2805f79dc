"""VaR and CVaR of the delta-gamma-vega-theta loss from its first four moments, where the expansion is a quantile.

With skewness S and excess kurtosis K of the loss (E. Cornish and R. Fisher, 1938), z = N^-1(alpha), p = 1 - alpha:

    q(z)  = z + S (z^2 - 1) / 6 + K (z^3 - 3 z) / 24 - S^2 (2 z^3 - 5 z) / 36
    VaR   = mean + deviation q(z)
    CVaR  = mean + deviation n(z) / p (1 + S z / 6 + K (z^2 - 1) / 24 - S^2 (2 z^2 - 1) / 36),

the second being the integral of q over the tail. q is a quantile function only where it never falls, that is where
a z^2 + b z + c >= 0 for every z: a = K / 8 - S^2 / 6, b = S / 3, c = 1 - K / 8 + 5 S^2 / 36 (D. Maillard, A user's
guide to the Cornish Fisher expansion, 2012), within |S| <= 6 (sqrt(2) - 1) = 2.485. Outside it is refused. Even inside,
S and K enter as parameters, not as moments of q, so the figure is an approximation: never trust it alone.
"""

import math
from typing import Final

import numpy as np
from scipy.special import ndtri

from risk.errors import InvalidInput
from risk.parametric.quadratic_loss import QuadraticLoss
from risk.parametric.search import checked_tail_confidence

__all__ = [
    "MAXIMUM_SKEWNESS",
    "cornish_fisher_conditional_value_at_risk",
    "cornish_fisher_value_at_risk",
    "is_inside_cornish_fisher_domain",
    "loss_moments",
]

MAXIMUM_SKEWNESS: Final = 6.0 * (math.sqrt(2.0) - 1.0)
_SQRT_2PI: Final = 2.5066282746310002


def loss_moments(loss: QuadraticLoss) -> tuple[float, float]:
    """(skewness, excess kurtosis) of the loss: sum 8 l^3 + 6 b^2 l and sum 48 l^4 + 48 b^2 l^2 at unit variance.

    In the matrices of the book, with variance v: -(tr((G S)^3) + 3 d'S G S d) / v^1.5 and
    (3 tr((G S)^4) + 12 d'S (G S)^2 d) / v^2.
    """
    bend, square = loss.curvature, loss.slope**2
    skewness = float(np.sum(8.0 * bend**3 + 6.0 * square * bend))
    return skewness, float(np.sum(48.0 * bend**4 + 48.0 * square * bend**2))


def is_inside_cornish_fisher_domain(*, skewness: float, excess_kurtosis: float) -> bool:
    """Whether q(z) never falls, on the whole line. False for NaN."""
    square = skewness * skewness
    a = excess_kurtosis / 8.0 - square / 6.0
    c = 1.0 - excess_kurtosis / 8.0 + 5.0 * square / 36.0
    return abs(skewness) <= MAXIMUM_SKEWNESS and a >= 0.0 and c >= 0.0 and square / 9.0 <= 4.0 * a * c


def cornish_fisher_value_at_risk(loss: QuadraticLoss, *, confidence: float) -> float:
    """mean + deviation q(z), money of the inputs. Raises InvalidInput outside the domain.

    confidence: [0.5, 1). Error inside the domain: about 1% of the deviation in the median, no bound.
    """
    skewness, kurtosis = _checked_moments(loss)
    z = float(ndtri(checked_tail_confidence(confidence)))
    q = (
        z
        + skewness * (z * z - 1.0) / 6.0
        + kurtosis * (z**3 - 3.0 * z) / 24.0
        - skewness**2 * (2.0 * z**3 - 5.0 * z) / 36.0
    )
    return loss.mean + loss.deviation * q


def cornish_fisher_conditional_value_at_risk(loss: QuadraticLoss, *, confidence: float) -> float:
    """The mean of q beyond z, scaled; never less than the VaR above. Raises InvalidInput outside the domain."""
    skewness, kurtosis = _checked_moments(loss)
    z = float(ndtri(checked_tail_confidence(confidence)))
    share = (
        1.0 + skewness * z / 6.0 + kurtosis * (z * z - 1.0) / 24.0 - skewness**2 * (2.0 * z * z - 1.0) / 36.0
    )
    beyond = math.exp(-0.5 * z * z) / _SQRT_2PI / (1.0 - confidence)
    return loss.mean + loss.deviation * beyond * share


def _checked_moments(loss: QuadraticLoss) -> tuple[float, float]:
    skewness, kurtosis = loss_moments(loss)
    if not is_inside_cornish_fisher_domain(skewness=skewness, excess_kurtosis=kurtosis):
        raise InvalidInput(
            f"skewness {skewness!r} and excess kurtosis {kurtosis!r} lie outside the Cornish-Fisher domain, "
            f"|skewness| <= {MAXIMUM_SKEWNESS:.4g} and a quantile that never falls"
        )
    return skewness, kurtosis

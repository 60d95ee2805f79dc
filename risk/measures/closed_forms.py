"""VaR and CVaR of a loss with a known law: the normal, and Student's t scaled to the deviation it is given.

Loss L = -P&L with P&L of mean `mean` and standard deviation `deviation` over the horizon (a rate m and a
volatility s give mean m h and deviation s sqrt(h)); confidence is alpha, the tail 1 - alpha:

    normal     VaR = z deviation - mean                       z = N^-1(alpha)
               CVaR = deviation n(z) / (1 - alpha) - mean     (factors 2.0627, 2.3378, 2.6652 at 95, 97.5, 99%)
    Student t  with c = sqrt((nu - 2) / nu), t = T^-1(alpha) of nu degrees of freedom and density f,
               VaR = c t deviation - mean
               CVaR = c deviation f(t) / (1 - alpha) (nu + t^2) / (nu - 1) - mean

A. McNeil, R. Frey and P. Embrechts, Quantitative Risk Management (2015), section 2.3.4. Error: that of
scipy's quantiles, below 1e-12 relative.
"""

import math

from scipy import special

from risk._checks import checked_confidence
from risk.arrays import finite, non_negative
from risk.errors import InvalidInput

__all__ = [
    "normal_conditional_value_at_risk",
    "normal_value_at_risk",
    "student_t_conditional_value_at_risk",
    "student_t_value_at_risk",
]

_SQRT_2PI = 2.5066282746310002


def normal_value_at_risk(*, mean: float, deviation: float, confidence: float) -> float:
    """z deviation - mean, money of the inputs. Raises InvalidInput."""
    return _scaled(mean, deviation, float(special.ndtri(checked_confidence(confidence))))


def normal_conditional_value_at_risk(*, mean: float, deviation: float, confidence: float) -> float:
    """deviation n(z) / (1 - alpha) - mean, money of the inputs. Raises InvalidInput."""
    z = float(special.ndtri(checked_confidence(confidence)))
    return _scaled(mean, deviation, math.exp(-0.5 * z * z) / _SQRT_2PI / (1.0 - confidence))


def student_t_value_at_risk(
    *, mean: float, deviation: float, degrees_of_freedom: float, confidence: float
) -> float:
    """c t deviation - mean. Raises InvalidInput, also for degrees of freedom of 2 or less: no deviation exists."""
    nu = _checked_degrees(degrees_of_freedom)
    t = float(special.stdtrit(nu, checked_confidence(confidence)))
    return _scaled(mean, deviation, math.sqrt((nu - 2.0) / nu) * t)


def student_t_conditional_value_at_risk(
    *, mean: float, deviation: float, degrees_of_freedom: float, confidence: float
) -> float:
    """The Student-t CVaR above. Raises as `student_t_value_at_risk`."""
    nu = _checked_degrees(degrees_of_freedom)
    t = float(special.stdtrit(nu, checked_confidence(confidence)))
    log_density = (
        special.gammaln(0.5 * (nu + 1.0))
        - special.gammaln(0.5 * nu)
        - 0.5 * math.log(nu * math.pi)
        - 0.5 * (nu + 1.0) * math.log1p(t * t / nu)
    )
    beyond = math.exp(float(log_density)) / (1.0 - confidence) * (nu + t * t) / (nu - 1.0)
    return _scaled(mean, deviation, math.sqrt((nu - 2.0) / nu) * beyond)


def _scaled(mean: float, deviation: float, factor: float) -> float:
    return factor * float(non_negative("deviation", deviation)) - float(finite("mean", mean))


def _checked_degrees(degrees_of_freedom: float) -> float:
    if not (math.isfinite(degrees_of_freedom) and degrees_of_freedom > 2.0):
        raise InvalidInput(f"degrees_of_freedom must be finite and above 2, got {degrees_of_freedom!r}")
    return float(degrees_of_freedom)

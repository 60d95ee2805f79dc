"""Log-likelihood of the GARCH(1,1) family with its analytic gradient, one compiled recursion.

z is standard normal, or Student-t scaled to variance 1:
-ln f = (ln 2 pi + ln h + r^2 / h) / 2, or -c(nu) + (ln h + (nu + 1) ln(1 + r^2 / (h (nu - 2)))) / 2 with
c(nu) = ln Gamma((nu + 1) / 2) - ln Gamma(nu / 2) - ln(pi (nu - 2)) / 2.
dh/da follows its own recursion, for example dh_t/dalpha = r_{t-1}^2 + beta dh_{t-1}/dalpha.

Search coordinates, each free inside a box: theta = (ln omega, ln(1 - p), s, k, 1 / nu), p the persistence,
s = (alpha + gamma / 2) / p the share of news in it, k the leverage: alpha = p s (1 - k), gamma = 2 p s k,
beta = p (1 - s). So p < 1 and every sign condition are bounds of the box. k = 0 is GARCH(1,1), 1 / nu = 0
is the normal law.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from risk._checks import finite_array
from risk.arrays import FloatArray
from risk.compilation import compiled
from risk.errors import InvalidInput
from risk.volatility.model import GarchParameters, require_stationary

__all__ = ["log_likelihood", "mean_loss"]

_HALF_LOG_TWO_PI: Final = 0.5 * math.log(2.0 * math.pi)
# Products of so many variances stay inside double precision for any theta in the box, and need one logarithm.
_BLOCK_MASK: Final = 7
# Digamma: asymptotic series above this argument is exact to 1e-15, below it the recurrence climbs.
_SERIES_FROM: Final = 10.0


def log_likelihood(*, returns: ArrayLike, parameters: GarchParameters, presample: float) -> float:
    """Sum over (T,) of ln density of r_t given its past, at any stationary parameters.

    `presample` > 0: r^2 and h before the first return. Rounding: 1e-12 relative. Raises InvalidInput.
    """
    moves = finite_array(name="returns", values=returns, dimensions=1)
    require_stationary(parameters)
    degrees = parameters.degrees_of_freedom
    if degrees is not None and not 2.0 < degrees < np.inf:
        raise InvalidInput(f"degrees_of_freedom must be above 2 and finite, got {degrees!r}")
    if not 0.0 < presample < np.inf:
        raise InvalidInput(f"presample must be positive and finite, got {presample!r}")
    squares, downs = news(moves)
    p, slopes = parameters, np.empty(5)
    return -_loss_and_slopes(
        squares, downs, p.omega, p.alpha, p.gamma, p.beta, presample, degrees or 0.0, slopes
    )


def news(moves: FloatArray) -> tuple[FloatArray, FloatArray]:
    """r^2, and r^2 where r < 0 (0 elsewhere)."""
    squares = moves * moves
    return squares, np.where(moves < 0.0, squares, 0.0)


@compiled
def mean_loss(
    theta: FloatArray, squares: FloatArray, downs: FloatArray, presample: float, gradient: FloatArray
) -> float:
    """Mean negative log-likelihood at theta (5,); its gradient is written into `gradient` (5,)."""
    omega, p, share, leverage = math.exp(theta[0]), -math.expm1(theta[1]), theta[2], theta[3]
    degrees = 1.0 / theta[4] if theta[4] > 0.0 else 0.0
    reaction = p * share
    alpha, gamma, beta = reaction * (1.0 - leverage), 2.0 * reaction * leverage, p * (1.0 - share)
    loss = _loss_and_slopes(squares, downs, omega, alpha, gamma, beta, presample, degrees, gradient)
    d_omega, d_alpha, d_gamma, d_beta, d_degrees = gradient
    d_reaction = d_alpha * (1.0 - leverage) + 2.0 * d_gamma * leverage
    count = squares.size
    gradient[0] = d_omega * omega / count
    gradient[1] = (d_reaction * share + d_beta * (1.0 - share)) * (p - 1.0) / count
    gradient[2] = (d_reaction - d_beta) * p / count
    gradient[3] = (2.0 * d_gamma - d_alpha) * reaction / count
    gradient[4] = -d_degrees * degrees * degrees / count
    return loss / count


@compiled
def digamma(x: float) -> float:
    """d ln Gamma(x) / dx for x > 0, to 1e-14 (Abramowitz and Stegun 6.3.5, 6.3.18)."""
    shift = 0.0
    while x < _SERIES_FROM:
        shift -= 1.0 / x
        x += 1.0
    w = 1.0 / (x * x)
    tail = w * (1 / 240 - w * (1 / 132 - w * (691 / 32_760 - w / 12)))
    return shift + math.log(x) - 0.5 / x - w * (1 / 12 - w * (1 / 120 - w * (1 / 252 - tail)))


@compiled
def _loss_and_slopes(
    squares: FloatArray,
    downs: FloatArray,
    omega: float,
    alpha: float,
    gamma: float,
    beta: float,
    presample: float,
    degrees: float,
    slopes: FloatArray,
) -> float:
    """Sum of -ln density; slopes (5,) in omega, alpha, gamma, beta, degrees (0: normal law)."""
    law = omega, alpha, gamma, beta, degrees
    variance_logs, tail_logs, pulls = _recursion(squares, downs, law, presample, slopes)
    slopes[4] = 0.0
    if degrees == 0.0:
        return 0.5 * (variance_logs + pulls) + squares.size * _HALF_LOG_TWO_PI
    half, spread = 0.5 * degrees, 1.0 / (degrees - 2.0)
    constant = math.lgamma(half + 0.5) - math.lgamma(half) - 0.5 * math.log(math.pi * (degrees - 2.0))
    constant_slope = 0.5 * (digamma(half + 0.5) - digamma(half) - spread)
    slopes[4] = 0.5 * (tail_logs - pulls * spread) - squares.size * constant_slope
    return 0.5 * (variance_logs + (degrees + 1.0) * tail_logs) - squares.size * constant


@compiled
def _recursion(
    squares: FloatArray,
    downs: FloatArray,
    law: tuple[float, float, float, float, float],
    presample: float,
    slopes: FloatArray,
) -> tuple[float, float, float]:
    """Sums of ln h, of ln(1 + r^2 / (h (nu - 2))) and of -2 dln f / dln h + 1, which is r^2 / h under the normal law.

    slopes (4,): of the loss in omega, alpha, gamma and beta. law: these and the degrees, 0 for normal.
    """
    omega, alpha, gamma, beta, degrees = law
    heavy = degrees > 0.0
    spread, power = 1.0 / (degrees - 2.0), degrees + 1.0
    variance_logs, tail_logs, pulls, variances, tails = 0.0, 0.0, 0.0, 1.0, 1.0
    s_omega, s_alpha, s_gamma, s_beta = 0.0, 0.0, 0.0, 0.0
    h, last, down = presample, presample, 0.5 * presample
    h_omega, h_alpha, h_gamma, h_beta = 0.0, 0.0, 0.0, 0.0
    for t in range(squares.size):
        h_omega, h_alpha = 1.0 + beta * h_omega, last + beta * h_alpha
        h_gamma, h_beta = down + beta * h_gamma, h + beta * h_beta
        h = omega + (alpha * last + gamma * down) + beta * h
        last, down = squares[t], downs[t]
        inverse = 1.0 / h
        pull = last * inverse
        if heavy:
            tail = 1.0 + pull * spread
            pull = power * (pull * spread) / tail
            tails *= tail
        pulls += pull
        variances *= h
        if t & _BLOCK_MASK == _BLOCK_MASK:
            variance_logs, variances = variance_logs + math.log(variances), 1.0
            if heavy:
                tail_logs, tails = tail_logs + math.log(tails), 1.0
        slope = 0.5 * (1.0 - pull) * inverse
        s_omega, s_alpha = s_omega + slope * h_omega, s_alpha + slope * h_alpha
        s_gamma, s_beta = s_gamma + slope * h_gamma, s_beta + slope * h_beta
    slopes[0], slopes[1], slopes[2], slopes[3] = s_omega, s_alpha, s_gamma, s_beta
    return variance_logs + math.log(variances), tail_logs + math.log(tails), pulls

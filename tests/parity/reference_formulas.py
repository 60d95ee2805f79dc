"""The formulas of the wire at arbitrary precision: normal law, Black-76, raw SVI, term weight."""

from __future__ import annotations

from collections.abc import Sequence

from mpmath import mp, mpf

WAD = 10**18
MICRO_MICRO = 10**12
SECONDS_PER_YEAR = 31_536_000
SECONDS_PER_DAY = 86_400
HALF = mpf(1) / 2


def to_wad(value: mpf) -> str:
    """The nearest WAD integer, as text."""
    return str(int(mp.nint(value * WAD)))


def to_wad_up(value: mpf) -> str:
    """The least WAD integer that is not below `value`, as text; for requirements."""
    return str(int(mp.ceil(value * WAD)))


def to_wad_down(value: mpf) -> str:
    """The greatest WAD integer that is not above `value`, as text; for equity."""
    return str(int(mp.floor(value * WAD)))


def normal_cdf(x: mpf) -> mpf:
    """Standard normal distribution, accurate in both tails."""
    return mp.erfc(-x / mp.sqrt(2)) / 2


def normal_density(x: mpf) -> mpf:
    """Standard normal density."""
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def log_moneyness(*, forward: mpf, strike: mpf) -> mpf:
    """k = ln(strike / forward)."""
    return mp.log(strike / forward)


def intrinsic(*, forward: mpf, strike: mpf, is_call: bool) -> mpf:
    """Value of an option without time or without volatility."""
    return max(forward - strike if is_call else strike - forward, mpf(0))


def undiscounted(*, forward: mpf, strike: mpf, deviation: mpf, is_call: bool) -> tuple[mpf, mpf, mpf]:
    """Black-76 price, delta and density phi(d1) for deviation = volatility * sqrt(time).

    Zero deviation: intrinsic value, delta of a certain outcome (one half at the money), density 0.
    """
    sign = 1 if is_call else -1
    if deviation == 0 or forward == 0:
        certain = HALF if forward == strike else mpf(int(sign * (forward - strike) > 0))
        return intrinsic(forward=forward, strike=strike, is_call=is_call), sign * certain, mpf(0)
    d1 = mp.log(forward / strike) / deviation + deviation / 2
    d2 = d1 - deviation
    price = sign * (forward * normal_cdf(sign * d1) - strike * normal_cdf(sign * d2))
    return price, sign * normal_cdf(sign * d1), normal_density(d1)


def black76(
    *, forward: mpf, strike: mpf, volatility: mpf, seconds: int, is_call: bool
) -> tuple[mpf, mpf, mpf, mpf]:
    """Undiscounted price, delta, gamma (d2V/dF2) and vega per 1.00 of volatility (0 without deviation)."""
    years = mpf(seconds) / SECONDS_PER_YEAR
    deviation = volatility * mp.sqrt(years)
    price, delta, density = undiscounted(forward=forward, strike=strike, deviation=deviation, is_call=is_call)
    if deviation == 0:
        return price, delta, mpf(0), mpf(0)
    return price, delta, density / (forward * deviation), forward * density * mp.sqrt(years)


def svi_total_variance(parameters: Sequence[mpf], k: mpf) -> mpf:
    """w(k) = a + b (rho (k - m) + sqrt((k - m)^2 + sigma^2)), at least 0."""
    a, b, rho, m, sigma = parameters
    shifted = k - m
    return max(mpf(0), a + b * (rho * shifted + mp.sqrt(shifted**2 + sigma**2)))


def term_weight(*, seconds: int, floor_days: int) -> mpf:
    """sqrt(30 days / max(T, floor))."""
    return mp.sqrt(mpf(30 * SECONDS_PER_DAY) / max(seconds, floor_days * SECONDS_PER_DAY, 1))

"""One surface for all expiries: SSVI with the power law, free of static arbitrage by its bounds.

w(k, theta) = theta/2 (1 + rho phi k + sqrt((phi k + rho)^2 + 1 - rho^2)), theta the at-the-money total variance and
phi = eta / (theta^gamma (1 + theta)^(1 - gamma)), held at 1/9.99 where it falls below, so that sigma and m stay
inside the chain's box (a constant phi also meets the theorems' conditions while theta < 20). With 0 < gamma <= 1/2,
eta (1 + |rho|) <= 2 and theta rising with expiry there is neither butterfly nor calendar arbitrage. Source:
J. Gatheral and A. Jacquier, Arbitrage-free SVI volatility surfaces, Quantitative Finance 14 (2014), section 4.

Three numbers and one level an expiry are few: one skew serves all expiries (`risk.surface.essvi` has one for each).
Where an expiry has its own five quotes, `fit_svi` with `repair_calendar` is the surface to use, and follows a recorded
chain several times more closely; this one is for expiries quoted too thinly to be fitted alone, and for a surface that
cannot hold arbitrage by construction.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import least_squares

from risk.arrays import FloatArray, finite, positive
from risk.errors import InvalidInput, NotEnoughObservations
from risk.surface.svi import MAXIMUM_LOG_MONEYNESS, SviSlice

__all__ = [
    "LEAST_PHI",
    "LEAST_SURFACE_QUOTES",
    "Smile",
    "SsviSurface",
    "at_the_money",
    "checked_quotes",
    "fit_ssvi",
]

LEAST_SURFACE_QUOTES: Final = 4
_LEAST: Final = 1e-3
LEAST_PHI: Final = 1.0 / (MAXIMUM_LOG_MONEYNESS - 0.01)


@dataclass(frozen=True, slots=True)
class Smile:
    """One expiry's quotes: equal vectors of ln(strike / forward) and volatility per 1.00."""

    years: float
    log_moneyness: FloatArray
    implied_volatility: FloatArray


@dataclass(frozen=True, slots=True)
class SsviSurface:
    """years and theta: rising, one per expiry. Raises InvalidInput outside the arbitrage-free bounds."""

    rho: float
    eta: float
    gamma: float
    years: tuple[float, ...]
    theta: tuple[float, ...]

    def __post_init__(self) -> None:
        times, totals = finite("years", self.years), finite("theta", self.theta)
        if times.size == 0 or times.shape != totals.shape or times[0] <= 0.0 or totals[0] <= 0.0:
            raise InvalidInput(f"years and theta must be positive and as many, got {self}")
        if np.any(np.diff(times) <= 0.0) or np.any(np.diff(totals) < 0.0):
            raise InvalidInput(f"years must rise and theta must not fall, got {self}")
        free = abs(self.rho) < 1.0 and 0.0 < self.gamma <= 0.5 and self.eta > 0.0
        if not (free and self.eta * (1.0 + abs(self.rho)) <= 2.0 + 1e-12):
            raise InvalidInput(f"outside the arbitrage-free bounds: {self}")

    def at(self, years: float) -> SviSlice:
        """The raw slice at `years`: theta linear in time between expiries and from 0, at its last slope beyond."""
        return _raw(self.theta_at(float(positive("years", years))), self.rho, self.eta, self.gamma)

    def theta_at(self, years: float) -> float:
        times, totals = (0.0, *self.years), (0.0, *self.theta)
        if years <= times[-1]:
            return float(np.interp(years, times, totals))
        slope = (totals[-1] - totals[-2]) / (times[-1] - times[-2])
        return totals[-1] + slope * (years - times[-1])


def fit_ssvi(smiles: Sequence[Smile]) -> SsviSurface:
    """Least squares of volatility over every quote of every expiry, by ascending `years`; deterministic.

    Unknowns: wing slopes eta (1 - rho), eta (1 + rho) in (0, 2], gamma in (0, 1/2] and the steps of theta, at least 0:
    what no arbitrage asks is then a box. Raises InvalidInput, NotEnoughObservations on an expiry without quotes or
    fewer than 4 quotes in all.
    """
    count = sum(np.size(smile.log_moneyness) for smile in smiles)
    if count < LEAST_SURFACE_QUOTES or any(np.size(smile.log_moneyness) == 0 for smile in smiles):
        raise NotEnoughObservations(
            f"a surface needs {LEAST_SURFACE_QUOTES} quotes, 1 an expiry, got {count}"
        )
    quotes = [checked_quotes(smile) for smile in smiles]
    years = np.array([float(positive("years", smile.years)) for smile in smiles])
    money = [at_the_money(k, volatility) for k, volatility in quotes]
    totals = np.maximum.accumulate(np.array(money) ** 2 * years)
    scale = float(totals[0])

    def residuals(unknowns: FloatArray) -> FloatArray:
        rho, eta, gamma, theta = _read(unknowns, scale=scale)
        return np.concatenate(
            [
                _raw(float(total), rho, eta, gamma).implied_volatility(k, years=float(time)) - volatility
                for (k, volatility), time, total in zip(quotes, years, theta, strict=True)
            ]
        )

    steps = np.maximum(np.diff(totals, prepend=0.0) / scale, 2e-6)
    steps[0] = max(steps[0], 2.0 * _LEAST)
    lower = np.concatenate([[_LEAST] * 3, [_LEAST], np.full(steps.size - 1, 1e-9)])
    upper = np.concatenate([[2.0, 2.0, 0.5], np.full(steps.size, np.inf)])
    found = least_squares(residuals, np.concatenate([[0.8, 0.8, 0.4], steps]), bounds=(lower, upper))
    rho, eta, gamma, theta = _read(found.x, scale=scale)
    return SsviSurface(rho, eta, gamma, tuple(years.tolist()), tuple(theta.tolist()))


def checked_quotes(smile: Smile) -> tuple[FloatArray, FloatArray]:
    """Log-moneyness and volatility as equal vectors. Raises InvalidInput."""
    k = finite("log_moneyness", smile.log_moneyness)
    volatility = positive("implied_volatility", smile.implied_volatility)
    if k.ndim != 1 or k.shape != volatility.shape:
        raise InvalidInput(f"quotes must be equal vectors, got {k.shape} and {volatility.shape}")
    return k, volatility


def at_the_money(k: FloatArray, volatility: FloatArray) -> float:
    """Volatility at k = 0, linear between quotes and flat beyond."""
    order = np.argsort(k, kind="stable")
    return float(np.interp(0.0, k[order], volatility[order]))


def _read(unknowns: FloatArray, *, scale: float) -> tuple[float, float, float, FloatArray]:
    left, right, gamma = (float(value) for value in unknowns[:3])
    return (right - left) / (right + left), 0.5 * (left + right), gamma, scale * np.cumsum(unknowns[3:])


def _raw(theta: float, rho: float, eta: float, gamma: float) -> SviSlice:
    phi = max(eta / (theta**gamma * (1.0 + theta) ** (1.0 - gamma)), LEAST_PHI)
    across = math.sqrt(1.0 - rho * rho)
    return SviSlice(
        a=0.5 * theta * across * across, b=0.5 * theta * phi, rho=rho, m=-rho / phi, sigma=across / phi
    )

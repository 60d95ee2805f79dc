"""SSVI with a skew of its own for each expiry, free of static arbitrage by construction.

w_i(k) = (theta_i + rho_i psi_i k + sqrt((psi_i k + theta_i rho_i)^2 + theta_i^2 (1 - rho_i^2))) / 2, psi = theta phi.

    butterfly   psi (1 + |rho|) <= 4  and  psi^2 (1 + |rho|) <= 4 theta
    calendar    theta, psi (1 + rho) and psi (1 - rho) do not fall, psi / theta does not rise, from expiry to expiry

the last being sufficient for two slices (S. Hendriks and C. Martini, The extended SSVI volatility surface, 2019; the
butterfly bounds as in J. Gatheral and A. Jacquier, 2014). Slices are fitted from the nearest to the farthest, each
inside what its predecessor leaves: theta = theta' + t, the wings psi (1 +- rho) grow by shares s and 1 - s of a step in
psi that runs over [least, most] as u runs over [0, 1], so every point of a box is free of arbitrage.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from scipy.optimize import least_squares

from risk.arrays import FloatArray, finite, positive
from risk.errors import InvalidInput, NotEnoughObservations
from risk.surface.ssvi import LEAST_PHI, LEAST_SURFACE_QUOTES, Smile, at_the_money, checked_quotes
from risk.surface.svi import SviSlice

__all__ = ["EssviSlice", "EssviSurface", "fit_essvi"]

_SLACK: Final = 1e-9  # relative, of the bounds: rounding of sums
_STEEPEST: Final = 0.999  # |rho| of the first slice
_STARTS: Final = ((0.3, 0.5), (0.7, 0.2), (0.7, 0.8), (0.05, 0.5))  # (u, s)


@dataclass(frozen=True, slots=True)
class EssviSlice:
    """theta: total variance at the money. rho: skew. psi: theta phi. Raises InvalidInput where butterflies pay."""

    theta: float
    rho: float
    psi: float

    def __post_init__(self) -> None:
        steep = self.psi * (1.0 + abs(self.rho))
        inside = (
            self.theta > 0.0 and abs(self.rho) < 1.0 and LEAST_PHI * self.theta <= self.psi * (1.0 + _SLACK)
        )
        if not (
            inside and steep <= 4.0 * (1.0 + _SLACK) and self.psi * steep <= 4.0 * self.theta * (1.0 + _SLACK)
        ):
            raise InvalidInput(f"outside the arbitrage-free bounds: {self}")

    @property
    def wings(self) -> tuple[float, float]:
        """psi (1 + rho) and psi (1 - rho): twice the slopes of total variance far out, calls first."""
        return self.psi * (1.0 + self.rho), self.psi * (1.0 - self.rho)

    def total_variance(self, log_moneyness: FloatArray) -> FloatArray:
        k = finite("log_moneyness", log_moneyness)
        root = np.hypot(self.psi * k + self.theta * self.rho, self.theta * math.sqrt(1.0 - self.rho**2))
        return np.asarray(0.5 * (self.theta + self.rho * self.psi * k + root))

    def gradient(self, log_moneyness: FloatArray) -> FloatArray:
        """(quotes, 3) of total variance in theta, rho, psi."""
        k, t, r, p = log_moneyness, self.theta, self.rho, self.psi
        root = np.hypot(p * k + t * r, t * math.sqrt(1.0 - r * r))
        by_theta, by_psi = 1.0 + (p * k * r + t) / root, k * (r + (p * k + t * r) / root)
        return 0.5 * np.column_stack([by_theta, p * k * (1.0 + t / root), by_psi])

    def raw(self) -> SviSlice:
        """The same slice in raw SVI parameters, inside the chain's box."""
        phi, across = self.psi / self.theta, math.sqrt(1.0 - self.rho**2)
        return SviSlice(
            a=0.5 * self.theta * across**2,
            b=0.5 * self.psi,
            rho=self.rho,
            m=-self.rho / phi,
            sigma=across / phi,
        )


@dataclass(frozen=True, slots=True)
class EssviSurface:
    """Slices by rising `years`. Between them: `risk.surface.total_variance_at`. Raises InvalidInput on arbitrage."""

    years: tuple[float, ...]
    slices: tuple[EssviSlice, ...]

    def __post_init__(self) -> None:
        times = positive("years", self.years)
        if times.size != len(self.slices) or times.size == 0 or bool((np.diff(times) <= 0.0).any()):
            raise InvalidInput(
                f"years must rise, one for each of {len(self.slices)} slices, got {self.years}"
            )
        for near, far in pairwise(self.slices):
            rises = (near.theta, *near.wings), (far.theta, *far.wings)
            falls = far.psi * near.theta <= near.psi * far.theta * (1.0 + _SLACK)
            if not (falls and all(a <= b * (1.0 + _SLACK) for a, b in zip(*rises, strict=True))):
                raise InvalidInput(f"calendar arbitrage is possible between {near} and {far}")


def fit_essvi(smiles: Sequence[Smile]) -> EssviSurface:
    """Least squares of volatility, expiry by expiry by ascending `years`; deterministic.

    Raises InvalidInput, NotEnoughObservations on an expiry with fewer than 4 quotes.
    """
    years, slices = [], []
    before: EssviSlice | None = None
    for smile in smiles:
        k, volatility = checked_quotes(smile)
        if k.size < LEAST_SURFACE_QUOTES:
            raise NotEnoughObservations(f"an expiry needs {LEAST_SURFACE_QUOTES} quotes, got {k.size}")
        time = float(positive("years", smile.years))
        before = _fitted(k, volatility, time, before)
        years.append(time)
        slices.append(before)
    return EssviSurface(tuple(years), tuple(slices))


def _fitted(k: FloatArray, volatility: FloatArray, years: float, before: EssviSlice | None) -> EssviSlice:
    target = at_the_money(k, volatility) ** 2 * years
    floor = 0.0 if before is None else before.theta
    scale = max(target, floor)

    def residuals(x: FloatArray) -> FloatArray:
        return np.sqrt(_slice(x, before, scale).total_variance(k) / years) - volatility

    def jacobian(x: FloatArray) -> FloatArray:
        here = _slice(x, before, scale)
        slope = 0.5 / np.sqrt(here.total_variance(k) * years)
        return np.asarray(slope[:, None] * (here.gradient(k) @ _map_gradient(x, before, scale)))

    least = 1e-6 if before is None else 1e-9  # a calendar step of nothing leaves no room for the wings
    first = max((target - floor) / scale, 10.0 * least)
    found = [
        least_squares(
            residuals,
            [first, u, s],
            jac=jacobian,
            bounds=([least, 0.0, 0.0], [np.inf, 1.0, 1.0]),
            x_scale="jac",
        )
        for u, s in _STARTS
    ]
    return _slice(min(found, key=lambda fit: float(fit.cost)).x, before, scale)


def _slice(x: FloatArray, before: EssviSlice | None, scale: float) -> EssviSlice:
    """Of step t (in units of `scale`), place u and share s."""
    t, u, s = (float(value) for value in x)
    if before is None:
        theta, rho = scale * t, _STEEPEST * (2.0 * s - 1.0)
        most = min(4.0 / (1.0 + abs(rho)), 2.0 * math.sqrt(theta / (1.0 + abs(rho))))
        least = LEAST_PHI * theta
        return EssviSlice(theta, rho, least + u * max(most - least, 0.0))
    theta = before.theta + scale * t
    right, left = before.wings
    most = min(
        before.psi * (theta / before.theta - 1.0),
        *(_room(before.psi, w, s_, theta) for w, s_ in ((right, s), (left, 1.0 - s))),
    )
    least = min(max(LEAST_PHI * theta - before.psi, 0.0), most)
    step = least + u * (most - least)
    right, left = right + 2.0 * s * step, left + 2.0 * (1.0 - s) * step
    return EssviSlice(theta, (right - left) / (right + left), 0.5 * (right + left))


def _room(psi: float, wing: float, share: float, theta: float) -> float:
    """Largest step d >= 0 of psi with wing + 2 share d <= 4 and (psi + d) (wing + 2 share d) <= 4 theta."""
    a, b, c = 2.0 * share, wing + 2.0 * share * psi, psi * wing - 4.0 * theta
    root = math.sqrt(max(b * b - 4.0 * a * c, 0.0))
    by_curvature = -2.0 * c / (b + root)
    by_wing = math.inf if share == 0.0 else (4.0 - wing) / (2.0 * share)
    return max(min(by_curvature, by_wing), 0.0)


def _map_gradient(x: FloatArray, before: EssviSlice | None, scale: float) -> FloatArray:
    """(3, 3) of theta, rho, psi in t, u, s: differences of a closed form, one-sided at the ends of the box."""
    base = np.array(x, dtype=np.float64)
    columns = []
    for i in range(3):
        step = 1e-6 * max(abs(base[i]), 1e-3)
        up, down = base.copy(), base.copy()
        up[i] += step if i == 0 else min(step, 1.0 - base[i])
        down[i] -= min(step, base[i]) if i else min(step, 0.5 * base[i])
        high, low = (_slice(point, before, scale) for point in (up, down))
        difference = np.array([high.theta - low.theta, high.rho - low.rho, high.psi - low.psi])
        columns.append(difference / (up[i] - down[i]))
    return np.column_stack(columns)

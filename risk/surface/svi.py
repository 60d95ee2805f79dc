"""One expiry's smile: raw SVI total variance, its box, and the two arbitrage measures.

w(k) = a + b (rho (k - m) + sqrt((k - m)^2 + sigma^2)), k = ln(strike / forward), is volatility^2 T, at least
0 where it is read. Source: J. Gatheral and A. Jacquier, Arbitrage-free SVI volatility surfaces, 2014.
"""

import math
from dataclasses import astuple, dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from risk.arrays import FloatArray, finite
from risk.errors import InvalidInput
from risk.units import SURFACE_SCALE

__all__ = ["SviSlice", "butterfly_density", "butterfly_violation", "calendar_violation", "violation_grid"]

MAXIMUM_WING_SLOPE: Final = 2.0
"""Lee's moment bound: total variance grows by at most 2 per unit of log-moneyness."""
MAXIMUM_LOG_MONEYNESS: Final = 10.0
"""Bound of |m| and sigma on chain."""
_GRID_POINTS: Final = 241
_GRID_DEVIATIONS: Final = 8.0


@dataclass(frozen=True, slots=True)
class SviSlice:
    """Raw SVI parameters inside the on-chain box.

    Box: b >= 0, |rho| < 1, 0 < sigma <= 10, |m| <= 10, b (1 + |rho|) <= 2, a + b sigma sqrt(1 - rho^2) >= 0.
    b = 0 with rho = +-1 or sigma = 0 is not constructible. Raises InvalidInput with the value.
    """

    a: float
    b: float
    rho: float
    m: float
    sigma: float

    def __post_init__(self) -> None:
        if not all(math.isfinite(value) for value in astuple(self)):
            raise InvalidInput(f"SVI parameters must be finite, got {self}")
        least = self.a + self.b * self.sigma * math.sqrt(max(0.0, 1.0 - self.rho * self.rho))
        # One unit of the wire's last place: a slice read back from the chain must be readable here.
        slack = 2.0 / SURFACE_SCALE
        if not (
            self.b >= 0.0
            and abs(self.rho) < 1.0
            and 0.0 < self.sigma <= MAXIMUM_LOG_MONEYNESS
            and abs(self.m) <= MAXIMUM_LOG_MONEYNESS
            and self.b * (1.0 + abs(self.rho)) <= MAXIMUM_WING_SLOPE + slack
            and least >= -slack
        ):
            raise InvalidInput(
                f"outside the surface box: {self}, "
                f"wing slope {self.b * (1.0 + abs(self.rho))!r} (at most 2), "
                f"least total variance {least!r} (at least 0)"
            )

    @classmethod
    def flat(cls, *, volatility: float, years: float) -> Self:
        """The slice of one volatility (per 1.00) at every strike, `years` from expiry."""
        total = float(finite("volatility", volatility)) ** 2 * float(finite("years", years))
        return cls(a=total, b=0.0, rho=0.0, m=0.0, sigma=0.1)

    @classmethod
    def from_wire(cls, *, a: int, b: int, rho: int, m: int, sigma: int) -> Self:
        """The slice of wire integers in 1e-12."""
        return cls(*(value / SURFACE_SCALE for value in (a, b, rho, m, sigma)))

    def to_wire(self) -> tuple[int, int, int, int, int]:
        """(a, b, rho, m, sigma) in 1e-12, to the nearest, then b lowered and a raised into the exact box."""
        scale = SURFACE_SCALE
        rho = max(1 - scale, min(scale - 1, round(self.rho * scale)))
        b = min(round(self.b * scale), 2 * scale * scale // (scale + abs(rho)))
        sigma = max(1, round(self.sigma * scale))
        least_a = -(b * sigma * math.isqrt(scale * scale - rho * rho) // (scale * scale))
        return max(round(self.a * scale), least_a), b, rho, round(self.m * scale), sigma

    def total_variance(self, log_moneyness: npt.ArrayLike) -> FloatArray:
        """w(k), at least 0, in the shape of `log_moneyness`. Raises InvalidInput if that is not finite."""
        shifted = finite("log_moneyness", log_moneyness) - self.m
        raw = self.a + self.b * (self.rho * shifted + np.hypot(shifted, self.sigma))
        return np.maximum(raw, 0.0)

    def implied_volatility(self, log_moneyness: npt.ArrayLike, *, years: float) -> FloatArray:
        """sqrt(w(k) / years), per 1.00 and sqrt(year). Raises InvalidInput unless years is positive."""
        if not (math.isfinite(years) and years > 0.0):
            raise InvalidInput(f"years must be positive, got {years!r}")
        return np.sqrt(self.total_variance(log_moneyness) / years)


def violation_grid(slice_: SviSlice) -> FloatArray:
    """Log-moneyness on which a slice is judged: 8 deviations each way and 3 widths around the vertex."""
    deviation = math.sqrt(float(slice_.total_variance(0.0))) + 1e-6
    reach = max(_GRID_DEVIATIONS * deviation, abs(slice_.m) + 3.0 * slice_.sigma)
    wide = np.linspace(-reach, reach, _GRID_POINTS)
    vertex = slice_.m + slice_.sigma * np.linspace(-3.0, 3.0, _GRID_POINTS // 2)
    return np.sort(np.concatenate([wide, vertex]))


def butterfly_density(slice_: SviSlice, *, log_moneyness: npt.ArrayLike) -> FloatArray:
    """Durrleman's g(k) = (1 - k w'/(2w))^2 - w'^2/4 (1/w + 1/4) + w''/2.

    At least 0 everywhere if and only if there is no butterfly arbitrage: the risk-neutral density is
    g(k) n(d2) / sqrt(w).
    """
    k = finite("log_moneyness", log_moneyness)
    shifted = k - slice_.m
    root = np.hypot(shifted, slice_.sigma)
    w = np.maximum(slice_.a + slice_.b * (slice_.rho * shifted + root), 1e-300)
    first = slice_.b * (slice_.rho + shifted / root)
    second = slice_.b * slice_.sigma**2 / root**3
    return (1.0 - 0.5 * k * first / w) ** 2 - 0.25 * first**2 * (1.0 / w + 0.25) + 0.5 * second


def butterfly_violation(slice_: SviSlice, *, log_moneyness: npt.ArrayLike | None = None) -> float:
    """How far g(k) goes below 0 on the grid (0 when it does not); the slice's own grid by default."""
    grid = violation_grid(slice_) if log_moneyness is None else log_moneyness
    return max(0.0, -float(np.min(butterfly_density(slice_, log_moneyness=grid))))


def calendar_violation(near: SviSlice, far: SviSlice, *, log_moneyness: npt.ArrayLike | None = None) -> float:
    """Largest total variance by which the earlier expiry exceeds the later one at one forward log-moneyness.

    0 when there is none. Grid: both slices' own by default.
    """
    grid = (
        np.concatenate([violation_grid(near), violation_grid(far)])
        if log_moneyness is None
        else log_moneyness
    )
    return max(0.0, float(np.max(near.total_variance(grid) - far.total_variance(grid))))

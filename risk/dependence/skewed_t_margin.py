"""Generalised hyperbolic skewed-t law: closed-form density, and the distribution of one margin by table.

X = gamma W + sqrt(W) Z, W inverse gamma (nu/2, nu/2), Z normal with correlation R. With Q = x' R^-1 x,
g = gamma' R^-1 gamma, b = x' R^-1 gamma, p = (nu + n) / 2, z = sqrt((nu + Q) g):
f(x) = 2^(1-p) z^p K_p(z) exp(b) (1 + Q/nu)^(-p) / (Gamma(nu/2) (pi nu)^(n/2) |R|^(1/2)).
Source: Demarta and McNeil, The t copula and related copulas, 2005, section 5.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import interpolate, special

from risk.arrays import FloatArray
from risk.errors import ConvergenceError

__all__ = ["SkewedTMargin", "log_density", "skewed_t_margin"]

_PANELS: Final = 1_200
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(4)
# Mass beyond the table's ends, and the least probability on either side that the table inverts.
_LEAST_MASS: Final = 1e-16
_MASS_TOLERANCE: Final = 1e-8
# Above it the two-term expansion of K_p has a relative error below 1e-10 for p <= 130; scipy's kve ends at 2e9.
_LARGE_ARGUMENT: Final = 1e7
_TINY: Final = 1e-300


def log_density(
    *, nu: float, size: int, square: FloatArray, drift: float, cross: FloatArray, excess: FloatArray | float
) -> FloatArray:
    """ln f less the term -ln|R| / 2; square = Q, drift = g, cross = b, excess = Q g - b^2 (0 where n = 1).

    z - b is taken as (nu g + excess) / (z + b) where b > 0, so that the heavy tail loses no digits.
    """
    order = 0.5 * (nu + size)
    argument = np.sqrt((nu + square) * drift)
    rationalised = (nu * drift + excess) / np.maximum(argument + np.maximum(cross, 0.0), _TINY)
    gap = np.where(cross > 0.0, rationalised, argument - cross)
    constant = (1.0 - order) * np.log(2.0) - special.gammaln(nu / 2) - 0.5 * size * np.log(np.pi * nu)
    return np.asarray(constant + _log_bessel(order, argument) - gap - order * np.log1p(square / nu))


def _log_bessel(order: float, argument: FloatArray) -> FloatArray:
    """ln(z^p K_p(z) e^z), also at z = 0 (2^(p-1) Gamma(p)) and where K_p overflows: then its power series."""
    middle = np.clip(argument, _TINY, _LARGE_ARGUMENT)
    scaled = special.kve(order, middle)
    overflows = ~np.isfinite(scaled) | (argument < _TINY)
    far = np.maximum(argument, _LARGE_ARGUMENT)
    first = (4.0 * order**2 - 1.0) / (8.0 * far)
    second = first * (4.0 * order**2 - 9.0) / (16.0 * far)
    large = 0.5 * np.log(np.pi / (2.0 * far)) + np.log1p(first + second)
    usual = np.log(np.where(overflows, 1.0, scaled))
    body = order * np.log(np.maximum(argument, _TINY)) + np.where(argument > _LARGE_ARGUMENT, large, usual)
    ratio = np.where(overflows, 0.25 * argument**2, 0.0) / (1.0 - order)
    near = (order - 1.0) * np.log(2.0) + special.gammaln(order) + argument
    near = near + np.log1p(ratio * (1.0 + 0.5 * ratio * (1.0 - order) / (2.0 - order + _TINY)))
    return np.where(overflows, near, body)


@dataclass(frozen=True, slots=True, eq=False)
class SkewedTMargin:
    """Table of one margin in s = asinh(x) and t = the normal quantile of F(x); both ways cubic Hermite."""

    degrees_of_freedom: float
    skewness: float
    to_score: interpolate.CubicHermiteSpline
    from_score: interpolate.CubicHermiteSpline

    def cumulative(self, values: FloatArray) -> FloatArray:
        """F(x), inside (0, 1): beyond the table, its ends. Absolute error below 1e-7; gamma = 0 by scipy."""
        if self.skewness == 0.0:
            return np.asarray(special.stdtr(self.degrees_of_freedom, values))
        ends = self.to_score.x[[0, -1]]
        return np.asarray(special.ndtr(self.to_score(np.clip(np.arcsinh(values), *ends))))

    def quantile(self, uniforms: FloatArray) -> FloatArray:
        """F^-1(u), u in [1e-12, 1 - 1e-12]; F of it differs from u by less than 1e-7; gamma = 0 by scipy."""
        if self.skewness == 0.0:
            return np.asarray(special.stdtrit(self.degrees_of_freedom, uniforms))
        return np.asarray(np.sinh(self.from_score(special.ndtri(uniforms))))

    def log_density(self, values: FloatArray) -> FloatArray:
        return _single(self.degrees_of_freedom, self.skewness, values)


def skewed_t_margin(*, degrees_of_freedom: float, skewness: float) -> SkewedTMargin:
    """Integrates the density over panels of s = asinh(x), four Gauss-Legendre nodes each.

    The range holds all but 1e-16 of the mass: the heavy tail is x^(-nu/2). Raises ConvergenceError where the
    density's integral differs from 1 by more than 1e-8.
    """
    reach = 6.0 + 83.0 / degrees_of_freedom + np.log1p(abs(skewness))
    grid = np.linspace(-reach, reach, _PANELS + 1)
    half = 0.5 * (grid[1] - grid[0])
    places = grid[:-1, None] + half * (1.0 + _NODES)
    masses = half * _slope(degrees_of_freedom, skewness, places) @ _WEIGHTS
    below = np.concatenate(([0.0], np.cumsum(masses)))
    above = np.concatenate((np.cumsum(masses[::-1])[::-1], [0.0]))
    if not abs(below[-1] - 1.0) < _MASS_TOLERANCE:
        raise ConvergenceError(f"density at nu {degrees_of_freedom}, gamma {skewness} has mass {below[-1]}")
    kept = (below > _LEAST_MASS) & (above > _LEAST_MASS)
    below, above, grid = below[kept], above[kept], grid[kept]
    scores = np.where(below < above, special.ndtri(np.minimum(below, 0.6)), 0.0)
    scores = np.where(below < above, scores, -special.ndtri(np.minimum(above, 0.6)))
    normal = np.exp(-0.5 * scores**2) / np.sqrt(2.0 * np.pi)
    slopes = _slope(degrees_of_freedom, skewness, grid) / normal
    return SkewedTMargin(
        degrees_of_freedom,
        skewness,
        interpolate.CubicHermiteSpline(grid, scores, slopes),
        interpolate.CubicHermiteSpline(scores, grid, 1.0 / slopes),
    )


def _slope(nu: float, skewness: float, places: FloatArray) -> FloatArray:
    """dF/ds at x = sinh(s)."""
    return np.asarray(np.exp(_single(nu, skewness, np.sinh(places))) * np.cosh(places))


def _single(nu: float, skewness: float, values: FloatArray) -> FloatArray:
    return log_density(
        nu=nu, size=1, square=values**2, drift=skewness**2, cross=skewness * values, excess=0.0
    )

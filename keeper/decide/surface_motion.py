"""What the chain accepts of a surface after the one before it, in its own integers, and the nearest surface it does.

`SurfaceVolatility` and `SurfaceMotion` of the contracts. One surface the chain refuses voids its whole round, and a
true volatility it refuses for ever would leave options without a mark; so a surface that moved too far is published at
the bound, its total variance scaled, and the next round goes on from there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isqrt

from keeper.parameters import LaneLimits
from keeper.wire import SURFACE_SCALE, SurfaceRow

YEAR_SECONDS = 365 * 86_400
ONE_BPS = 10_000
HOUR_SECONDS = 3_600
REFERENCE_SCALE = 10**4
WING_DEVIATIONS = 2
_ATTEMPTS = 16  # scaling moves the wings' points too, so one volatility may have to follow another


@dataclass(frozen=True, slots=True)
class HeldSurface:
    """The chain's last surface of an expiry; `reference` in 1e-4 of a basis point."""

    row: SurfaceRow
    observed_at: int
    reference: int


def variance_at(row: SurfaceRow, k: int) -> int:
    """w(k) in 1e-12, at least 0; k in 1e-12. Divisions go toward zero, as the contract's."""
    distance = k - row.m
    root = isqrt(distance * distance + row.sigma * row.sigma)
    inner = root + _divide(row.rho * distance, SURFACE_SCALE)
    return max(0, row.a + _divide(row.b * inner, SURFACE_SCALE))


def volatilities_bps(row: SurfaceRow, observed_at: int) -> tuple[int, int, int]:
    """At the money, left wing, right wing; the expiry is after `observed_at`."""
    remaining = row.expiry - observed_at
    variance = variance_at(row, 0)
    wing = WING_DEVIATIONS * isqrt(variance * SURFACE_SCALE)

    def bps(total: int) -> int:
        return isqrt(total * YEAR_SECONDS // (10_000 * remaining))

    return bps(variance), bps(variance_at(row, -wing)), bps(variance_at(row, wing))


def reference_after(observed_at: int, held: HeldSurface, limits: LaneLimits) -> int:
    """The reference that a surface observed then is held against, and that is kept with it."""
    elapsed = observed_at - held.observed_at
    scaled = volatilities_bps(held.row, held.observed_at)[0] * REFERENCE_SCALE
    whole = elapsed + limits.reference_seconds
    return (scaled * elapsed + held.reference * limits.reference_seconds) // whole


def first_reference(row: SurfaceRow, observed_at: int) -> int:
    """The reference that an expiry's first surface sets."""
    return volatilities_bps(row, observed_at)[0] * REFERENCE_SCALE


def bounds_bps(
    observed_at: int, held: HeldSurface | None, limits: LaneLimits
) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Least and most of each volatility that the chain accepts."""
    fixed = (limits.min_volatility_bps, limits.max_volatility_bps)
    if held is None:
        return fixed, fixed, fixed
    elapsed = observed_at - held.observed_at
    move = limits.volatility_step_bps + limits.volatility_speed_bps * elapsed // HOUR_SECONDS
    center, left, right = (
        _within(fixed, _around(last, move)) for last in volatilities_bps(held.row, held.observed_at)
    )
    reference = reference_after(observed_at, held, limits) // REFERENCE_SCALE
    return _within(center, _around(reference, limits.reference_band_bps)), left, right


def nearest_accepted(
    row: SurfaceRow, observed_at: int, held: HeldSurface | None, limits: LaneLimits
) -> SurfaceRow | None:
    """The row itself where the chain accepts it, else with its total variance scaled; None where that does not help."""
    if held is not None and observed_at < held.observed_at:
        return None
    bounds = bounds_bps(observed_at, held, limits)
    candidate = row
    for margin in range(_ATTEMPTS):
        found = volatilities_bps(candidate, observed_at)
        if all(low <= value <= high for value, (low, high) in zip(found, bounds, strict=True)):
            return candidate
        candidate = _scaled(candidate, found, bounds, min(margin, 1))
    return None


def accepted_surfaces(
    rows: Sequence[SurfaceRow],
    *,
    observed_at: int,
    held: Mapping[tuple[int, int], HeldSurface],
    limits: LaneLimits,
) -> tuple[SurfaceRow, ...]:
    """The rows as the chain will accept them; one that cannot be made acceptable is left out."""
    nearest = (
        nearest_accepted(row, observed_at, held.get((row.underlying, row.expiry)), limits) for row in rows
    )
    return tuple(row for row in nearest if row is not None)


def _scaled(
    row: SurfaceRow, found: Sequence[int], bounds: Sequence[tuple[int, int]], margin: int
) -> SurfaceRow:
    """Total variance times the square of what the volatility furthest outside must be multiplied by."""
    value, target = max(
        ((v, min(max(v, low), high)) for v, (low, high) in zip(found, bounds, strict=True) if v),
        key=lambda pair: max(pair[0] * ONE_BPS // max(pair[1], 1), pair[1] * ONE_BPS // pair[0]),
        default=(1, 1),
    )
    target += margin if target > value else -margin
    return replace(row, a=_square_times(row.a, target, value), b=_square_times(row.b, target, value))


def _square_times(value: int, numerator: int, denominator: int) -> int:
    return _divide(value * numerator * numerator, denominator * denominator)


def _around(value: int, bps: int) -> tuple[int, int]:
    return value * ONE_BPS // (ONE_BPS + bps), -(-value * (ONE_BPS + bps) // ONE_BPS)


def _within(outer: tuple[int, int], inner: tuple[int, int]) -> tuple[int, int]:
    return max(outer[0], inner[0]), min(outer[1], inner[1])


def _divide(numerator: int, denominator: int) -> int:
    """Toward zero; the denominator is positive."""
    quotient = abs(numerator) // denominator
    return -quotient if numerator < 0 else quotient

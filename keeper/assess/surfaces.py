"""Option quotes to one surface row per underlying and listed expiry."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

import numpy as np

from keeper.types import OptionQuote
from keeper.wire import SurfaceRow
from risk.surface.repair import repair_butterfly, repair_calendar
from risk.surface.svi import MAXIMUM_LOG_MONEYNESS, MAXIMUM_WING_SLOPE, SviSlice
from risk.surface.svi_fit import fit_svi
from risk.units import SECONDS_PER_YEAR, SURFACE_SCALE

Quotes = Sequence[OptionQuote]
_Place = tuple[int, int, Decimal, int, float]  # underlying, expiry, spot, now, basis band
_THIRTY_DAYS_IN_YEARS = 30.0 / 365.0
# Farther strikes are quoted by model rather than by market and would bend the fit near the money.
_WIDEST_DEVIATIONS = 3.5
# Volatility from which a quote far from its neighbours pulls no harder: a strike nobody has requoted.
_STALE_BEYOND = 0.02
_STEEPEST_WING = 0.999 * MAXIMUM_WING_SLOPE


@dataclass(frozen=True, slots=True)
class FittedSurface:
    """A row with the quality of its fit; `rms_error` in volatility, `quotes` used, 0 where borrowed."""

    row: SurfaceRow
    slice: SviSlice
    rms_error: float
    quotes: int


def fit_surfaces(
    *,
    quotes: Iterable[OptionQuote],
    index: Mapping[int, Decimal],
    expiries: Sequence[int],
    now: int,
    basis_band: float,
) -> tuple[FittedSurface, ...]:
    """Fits every listed, unexpired expiry of every underlying in `index`, ascending by (underlying, expiry).

    An expiry without quotes borrows the smile of the nearest quoted one, by deviations from the money, with basis 0. An
    underlying without any quote has no surface: its options stay with the last one until the contract calls that stale.
    """
    groups: dict[tuple[int, int], list[OptionQuote]] = defaultdict(list)
    for quote in quotes:
        if quote.underlying in index and quote.expiry > now:
            groups[quote.underlying, quote.expiry].append(quote)
    fitted: list[FittedSurface] = []
    for underlying in sorted(index):
        quoted = sorted(expiry for u, expiry in groups if u == underlying)
        own: list[FittedSurface] = []
        for expiry in (e for e in expiries if e > now and quoted):
            near = own[-1].slice if own else None
            place = (underlying, expiry, index[underlying], now, basis_band)
            own.append(_raised(_fit_or_borrow(groups, quoted, place, near), near))
        fitted.extend(own)
    return tuple(fitted)


def relevant_quotes(
    quotes: Iterable[OptionQuote], *, expiries: Sequence[int], now: int, max_age_seconds: int
) -> tuple[OptionQuote, ...]:
    """Fresh quotes of listed expiries, out of the money only: a strike's two options say the same volatility,
    and the one in the money says it less exactly."""
    listed = set(expiries)
    return tuple(
        quote
        for quote in quotes
        if quote.expiry in listed
        and quote.mark_volatility > 0
        and quote.forward > 0
        and now - max_age_seconds <= quote.source_time <= now + max_age_seconds
        and quote.is_call == (quote.strike >= quote.forward)
    )


def thirty_day_volatility(*, surfaces: Sequence[FittedSurface], underlying: int, now: int) -> float | None:
    """At-the-money volatility at 30 days, interpolated in total variance; flat beyond the listed expiries."""
    years, total = [], []
    for surface in surfaces:
        if surface.row.underlying == underlying:
            years.append((surface.row.expiry - now) / SECONDS_PER_YEAR)
            total.append(float(surface.slice.total_variance(0.0)))
    if not years:
        return None
    if years[0] >= _THIRTY_DAYS_IN_YEARS:
        return math.sqrt(total[0] / years[0])
    if years[-1] <= _THIRTY_DAYS_IN_YEARS:
        return math.sqrt(total[-1] / years[-1])
    return math.sqrt(float(np.interp(_THIRTY_DAYS_IN_YEARS, years, total)) / _THIRTY_DAYS_IN_YEARS)


def _fit_or_borrow(
    groups: Mapping[tuple[int, int], Quotes], quoted: Sequence[int], place: _Place, near: SviSlice | None
) -> FittedSurface:
    underlying, expiry, spot, now, basis_band = place
    if (underlying, expiry) in groups:
        return _fit(groups[underlying, expiry], place, floor=near)
    nearest = min(quoted, key=lambda other: (abs(other - expiry), other))
    source = _fit(groups[underlying, nearest], (underlying, nearest, spot, now, basis_band), floor=None)
    borrowed = _at_other_expiry(source.slice, (expiry - now) / (nearest - now))
    return _surface(underlying, expiry, 0.0, borrowed, rms_error=0.0, quotes=0)


def _at_other_expiry(smile: SviSlice, ratio: float) -> SviSlice:
    """w(k) = ratio * smile(k / sqrt(ratio)): the same volatility at the same number of deviations from the money.

    It rises with the ratio wherever 2 w >= k w', which the absence of butterfly arbitrage needs anyway; a flat smile
    would lie below the wings of the one it was borrowed from.
    """
    root = math.sqrt(ratio)
    steepest = _STEEPEST_WING / (1.0 + abs(smile.rho))
    stretched = SviSlice(
        a=smile.a * ratio,
        b=min(smile.b * root, steepest),
        rho=smile.rho,
        m=max(-MAXIMUM_LOG_MONEYNESS, min(MAXIMUM_LOG_MONEYNESS, smile.m * root)),
        sigma=min(MAXIMUM_LOG_MONEYNESS, smile.sigma * root),
    )
    return repair_butterfly(stretched)


def _fit(quotes: Quotes, place: _Place, *, floor: SviSlice | None) -> FittedSurface:
    underlying, expiry, spot, now, basis_band = place
    forward = float(median(quote.forward for quote in quotes))
    basis = min(max(forward / float(spot) - 1.0, -basis_band), basis_band)
    years = (expiry - now) / SECONDS_PER_YEAR
    k = np.array([math.log(float(quote.strike) / forward) for quote in quotes])
    volatility = np.array([quote.mark_volatility for quote in quotes])
    near = np.abs(k) <= _WIDEST_DEVIATIONS * float(np.median(volatility)) * math.sqrt(years)
    if int(near.sum()) >= 5:
        k, volatility = k[near], volatility[near]
    fit = fit_svi(
        log_moneyness=k,
        implied_volatility=volatility,
        years=years,
        stale_beyond=_STALE_BEYOND,
        floor=floor,
    )
    return _surface(underlying, expiry, basis, fit.slice, rms_error=fit.rms_error, quotes=fit.quotes)


def _raised(surface: FittedSurface, near: SviSlice | None) -> FittedSurface:
    """The surface where it is nowhere below that of the expiry before."""
    if near is None:
        return surface
    return _surface(
        surface.row.underlying,
        surface.row.expiry,
        surface.row.basis / SURFACE_SCALE,
        repair_calendar(near=near, far=surface.slice),
        rms_error=surface.rms_error,
        quotes=surface.quotes,
    )


def _surface(
    underlying: int, expiry: int, basis: float, svi: SviSlice, *, rms_error: float, quotes: int
) -> FittedSurface:
    a, b, rho, m, sigma = svi.to_wire()
    row = SurfaceRow(
        underlying=underlying,
        expiry=expiry,
        basis=round(basis * SURFACE_SCALE),
        a=a,
        b=b,
        rho=rho,
        m=m,
        sigma=sigma,
    )
    return FittedSurface(row, SviSlice.from_wire(a=a, b=b, rho=rho, m=m, sigma=sigma), rms_error, quotes)

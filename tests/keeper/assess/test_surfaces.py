"""Option marks to surfaces: a known smile comes back, gaps are borrowed, and the result is free of arbitrage."""

from __future__ import annotations

import dataclasses
import itertools
import math
from decimal import Decimal

import numpy as np
import pytest

from keeper.assess.surfaces import fit_surfaces, relevant_quotes, thirty_day_volatility
from keeper.symbols import BTC, ETH
from keeper.types import OptionQuote
from risk.surface.svi import SviSlice, butterfly_violation, calendar_violation
from risk.units import SECONDS_PER_YEAR, SURFACE_SCALE
from tests.keeper.market_cases import EXPIRIES, FAR, NEAR, NOW, option_quotes

SMILE = SviSlice(a=0.004, b=0.05, rho=-0.3, m=0.01, sigma=0.12)
INDEX = {BTC: Decimal(8_000), ETH: Decimal(200)}
BAND = 0.10


def marks(smile: SviSlice, expiry: int, *, forward: Decimal = Decimal(8_000), underlying: int = BTC):
    """Out-of-the-money marks of a known smile."""
    years = (expiry - NOW) / SECONDS_PER_YEAR
    strikes = [Decimal(round(float(forward) * math.exp(k), 2)) for k in np.linspace(-0.3, 0.3, 15)]
    return [
        OptionQuote(
            source="deribit",
            underlying=underlying,
            expiry=expiry,
            strike=strike,
            is_call=strike >= forward,
            mark_volatility=float(smile.implied_volatility(math.log(strike / forward), years=years)),
            forward=forward,
            open_interest=10.0,
            source_time=NOW,
        )
        for strike in strikes
    ]


def fitted(quotes, *, index=None, expiries=EXPIRIES, band=BAND):
    return fit_surfaces(
        quotes=quotes, index=INDEX if index is None else index, expiries=expiries, now=NOW, basis_band=band
    )


def test_a_known_smile_comes_back_from_the_wire():
    (surface, _) = fitted(marks(SMILE, NEAR))
    k = np.linspace(-0.25, 0.25, 21)
    years = (NEAR - NOW) / SECONDS_PER_YEAR
    found, known = (s.implied_volatility(k, years=years) for s in (surface.slice, SMILE))
    assert np.abs(found - known).max() < 2e-3
    assert (surface.quotes, surface.rms_error < 2e-3) == (15, True)
    row = surface.row
    assert (row.underlying, row.expiry, row.basis) == (BTC, NEAR, 0)
    again = SviSlice.from_wire(a=row.a, b=row.b, rho=row.rho, m=row.m, sigma=row.sigma)
    assert again == surface.slice


def test_an_expiry_without_quotes_borrows_the_volatility_of_the_nearest():
    later = FAR + 28 * 86_400
    soon = NOW + 86_400
    first, near, *others = fitted(marks(SMILE, NEAR), expiries=(soon, NEAR, FAR, later))
    deviations = np.linspace(-3, 3, 13)

    def volatility(surface):
        years = (surface.row.expiry - NOW) / SECONDS_PER_YEAR
        return surface.slice.implied_volatility(0.1 * deviations * math.sqrt(years), years=years)

    for borrowed in (first, *others):
        assert np.abs(volatility(borrowed) - volatility(near)).max() < 1e-4
        assert (borrowed.quotes, borrowed.row.basis) == (0, 0)
    whole = [first, near, *others]
    for earlier, following in itertools.pairwise(whole):
        assert calendar_violation(earlier.slice, following.slice) < 1e-9
    assert max(butterfly_violation(s.slice) for s in whole) < 1e-6


def test_a_stale_quote_moves_the_smile_by_little():
    """One of fifteen marks 30 volatility points off: everywhere within 1.5 points of the smile without the fault."""
    quotes = marks(SMILE, NEAR)
    quotes[4] = dataclasses.replace(quotes[4], mark_volatility=quotes[4].mark_volatility + 0.3)
    k, years = np.linspace(-0.25, 0.25, 21), (NEAR - NOW) / SECONDS_PER_YEAR
    found = fitted(quotes)[0].slice.implied_volatility(k, years=years)
    assert np.abs(found - SMILE.implied_volatility(k, years=years)).max() < 0.015


def test_an_underlying_without_quotes_has_no_surface():
    assert {s.row.underlying for s in fitted(marks(SMILE, NEAR))} == {BTC}
    assert fitted([]) == ()


def test_expired_and_unlisted_underlyings_are_left_out():
    past = [dataclasses.replace(q, expiry=NOW) for q in marks(SMILE, NEAR)]
    other = [dataclasses.replace(q, underlying=7) for q in marks(SMILE, NEAR)]
    assert fitted(past + other) == ()


@pytest.mark.parametrize(("forward", "basis"), [("8080", 0.01), ("9600", 0.10), ("6400", -0.10)])
def test_the_basis_is_that_of_the_forward_inside_the_band(forward, basis):
    (surface, _) = fitted(marks(SMILE, NEAR, forward=Decimal(forward)))
    assert surface.row.basis == round(basis * SURFACE_SCALE)


def test_a_falling_term_structure_is_lifted_until_no_calendar_arbitrage_is_left():
    cheap = SviSlice(a=0.001, b=0.02, rho=-0.3, m=0.01, sigma=0.12)
    near, far = fitted([*marks(SMILE, NEAR), *marks(cheap, FAR)])
    assert calendar_violation(SMILE, cheap) > 1e-3
    assert calendar_violation(near.slice, far.slice) < 1e-9
    assert butterfly_violation(far.slice) < 1e-9


def test_rows_ascend_by_underlying_and_expiry():
    rows = [s.row.key for s in fitted(option_quotes())]
    assert rows == [(BTC, NEAR), (BTC, FAR), (ETH, NEAR), (ETH, FAR)]


def test_only_fresh_out_of_the_money_marks_of_listed_expiries_count():
    (good, *_) = marks(SMILE, NEAR)
    bad = [
        dataclasses.replace(good, expiry=NEAR + 86_400),
        dataclasses.replace(good, is_call=not good.is_call),
        dataclasses.replace(good, source_time=NOW - 901),
        dataclasses.replace(good, source_time=NOW + 901),
        dataclasses.replace(good, mark_volatility=0.0),
        dataclasses.replace(good, forward=Decimal(0)),
    ]
    found = relevant_quotes([good, *bad], expiries=EXPIRIES, now=NOW, max_age_seconds=900)
    assert found == (good,)


def test_thirty_day_volatility_interpolates_total_variance():
    days = 86_400
    expiries = (NOW + 20 * days, NOW + 40 * days)
    flat = {
        e: SviSlice.flat(volatility=v, years=(e - NOW) / SECONDS_PER_YEAR)
        for e, v in zip(expiries, (0.5, 0.8), strict=True)
    }
    quotes = [q for e, smile in flat.items() for q in marks(smile, e)]
    surfaces = fitted(quotes, expiries=expiries)
    expected = math.sqrt((0.25 * 20 + 0.64 * 40) / 2 / 30)
    found = thirty_day_volatility(surfaces=surfaces, underlying=BTC, now=NOW)
    assert found == pytest.approx(expected, rel=1e-3)
    near_only = thirty_day_volatility(surfaces=surfaces[:1], underlying=BTC, now=NOW)
    assert near_only == pytest.approx(0.5, rel=1e-3)
    far_only = thirty_day_volatility(surfaces=surfaces[1:], underlying=BTC, now=NOW)
    assert far_only == pytest.approx(0.8, rel=1e-3)
    assert thirty_day_volatility(surfaces=surfaces, underlying=ETH, now=NOW) is None

"""SSVI: the published formula, no arbitrage by its bounds, its own surfaces found again; interpolation in time."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.errors import InvalidInput, NotEnoughObservations
from risk.surface import (
    Smile,
    SsviSurface,
    SviSlice,
    butterfly_violation,
    calendar_violation,
    fit_ssvi,
    total_variance_at,
)

YEARS = (0.02, 0.1, 0.5, 1.0)
TRUTH = SsviSurface(rho=-0.3, eta=1.1, gamma=0.45, years=YEARS, theta=(0.006, 0.03, 0.16, 0.33))


def test_the_raw_slice_is_the_published_formula() -> None:
    """Gatheral and Jacquier (2014), section 4, term by term; 1e-12 is rounding."""
    k, theta = np.linspace(-2.0, 2.0, 9), 0.03
    phi = 1.1 / (theta**0.45 * (1.0 + theta) ** 0.55)
    expected = 0.5 * theta * (1.0 - 0.3 * phi * k + np.sqrt((phi * k - 0.3) ** 2 + 1.0 - 0.09))
    np.testing.assert_allclose(TRUTH.at(0.1).total_variance(k), expected, rtol=1e-12)
    assert float(TRUTH.at(0.1).total_variance(0.0)) == pytest.approx(theta, rel=1e-12)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0.01, 2.0),
    st.floats(0.01, 2.0),
    st.floats(0.01, 0.5),
    st.lists(st.floats(1e-3, 0.5), min_size=3, max_size=3),
)
def test_no_arbitrage_anywhere_in_the_bounds(left, right, gamma, steps) -> None:
    """Up to rounding of the densities and variances: 1e-9."""
    rho, eta = (right - left) / (right + left), 0.5 * (left + right)
    surface = SsviSurface(rho, eta, gamma, (0.1, 0.2, 0.3), tuple(np.cumsum(steps).tolist()))
    smiles = [surface.at(years) for years in (0.05, 0.1, 0.15, 0.2, 0.3, 0.5)]
    grid = np.linspace(-4.0, 4.0, 161)
    assert max(butterfly_violation(smile, log_moneyness=grid) for smile in smiles) < 1e-9
    for near, far in itertools.pairwise(smiles):
        assert calendar_violation(near, far, log_moneyness=grid) < 1e-9


def test_a_surface_is_found_again() -> None:
    """1e-5: scipy's stop, in volatility per 1.00."""
    smiles = []
    for years in YEARS:
        k = np.linspace(-1.5, 1.5, 15) * math.sqrt(years)
        smiles.append(Smile(years, k, TRUTH.at(years).implied_volatility(k, years=years)))
    fit = fit_ssvi(smiles)
    for smile in smiles:
        found = fit.at(smile.years).implied_volatility(smile.log_moneyness, years=smile.years)
        np.testing.assert_allclose(found, smile.implied_volatility, atol=1e-5)


def test_quotes_with_calendar_arbitrage_give_a_surface_without() -> None:
    k = np.linspace(-0.3, 0.3, 9)
    smiles = [Smile(0.1, k, np.full(9, 0.8)), Smile(0.15, k, np.full(9, 0.4)), Smile(0.5, k, np.full(9, 0.6))]
    fit = fit_ssvi(smiles)
    assert all(near <= far for near, far in itertools.pairwise(fit.theta))


def test_too_few_quotes_and_bad_bounds_are_refused() -> None:
    with pytest.raises(NotEnoughObservations, match="got 1"):
        fit_ssvi([Smile(0.1, np.array([0.0]), np.array([0.5]))])
    for change in (
        {"eta": 1.6},
        {"gamma": 0.6},
        {"theta": (0.02, 0.01)},
        {"years": (0.2, 0.1)},
        {"rho": 1.0},
    ):
        good = {"rho": -0.3, "eta": 1.0, "gamma": 0.4, "years": (0.1, 0.2), "theta": (0.01, 0.02)}
        with pytest.raises(InvalidInput):
            SsviSurface(**{**good, **change})


def test_interpolation_is_linear_in_total_variance() -> None:
    slices = [SviSlice.flat(volatility=0.5, years=0.1), SviSlice.flat(volatility=0.7, years=0.3)]
    expected = {0.05: 0.25 * 0.05, 0.1: 0.025, 0.2: 0.5 * (0.025 + 0.147), 0.3: 0.147, 0.6: 0.49 * 0.6}
    for years, total in expected.items():
        found = total_variance_at(
            slices=slices, expiry_years=[0.1, 0.3], log_moneyness=[-1.0, 2.0], years=years
        )
        np.testing.assert_allclose(found, total, rtol=1e-12)
    with pytest.raises(InvalidInput, match="must rise"):
        total_variance_at(slices=slices, expiry_years=[0.3, 0.1], log_moneyness=[0.0], years=0.2)

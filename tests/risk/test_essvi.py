"""SSVI with one skew an expiry: no arbitrage in its box, its own surfaces found again, turning skews followed."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.errors import InvalidInput, NotEnoughObservations
from risk.surface import (
    EssviSlice,
    EssviSurface,
    Smile,
    SsviSurface,
    butterfly_violation,
    calendar_violation,
    fit_essvi,
    fit_ssvi,
)
from risk.surface.essvi import _slice

GRID = np.linspace(-4.0, 4.0, 161)
SLICES = (
    EssviSlice(theta=0.006, rho=-0.5, psi=0.07),
    EssviSlice(theta=0.03, rho=-0.2, psi=0.15),
    EssviSlice(theta=0.12, rho=0.05, psi=0.28),
)
YEARS = (0.02, 0.1, 0.4)


def smiles_of(slices, years=YEARS, noise=0.0):
    rng = np.random.default_rng(3)
    found = []
    for part, time in zip(slices, years, strict=True):
        k = np.linspace(-1.5, 1.2, 17) * math.sqrt(time)
        volatility = np.sqrt(part.total_variance(k) / time) * np.exp(noise * rng.standard_normal(k.size))
        found.append(Smile(time, k, volatility))
    return found


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.floats(1e-3, 3.0), st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=4))
def test_every_point_of_the_box_is_free_of_arbitrage(points) -> None:
    """Up to rounding of densities and variances: 1e-9, and the surface's own check of the published conditions."""
    slices, before = [], None
    for point in points:
        before = _slice(np.array(point), before, 0.05)
        slices.append(before)
    surface = EssviSurface(tuple(float(i + 1) for i in range(len(slices))), tuple(slices))
    raw = [part.raw() for part in surface.slices]
    assert max(butterfly_violation(part, log_moneyness=GRID) for part in raw) < 1e-9
    for near, far in itertools.pairwise(raw):
        assert calendar_violation(near, far, log_moneyness=GRID) < 1e-9


def test_the_raw_slice_and_the_gradient_are_those_of_the_formula() -> None:
    part, k = SLICES[0], np.linspace(-1.0, 1.0, 7)
    np.testing.assert_allclose(part.raw().total_variance(k), part.total_variance(k), rtol=1e-12)
    published = SsviSurface(
        part.rho, part.psi / math.sqrt(part.theta) * (1 + part.theta) ** 0.5, 0.5, (1.0,), (part.theta,)
    )
    np.testing.assert_allclose(published.at(1.0).total_variance(k), part.total_variance(k), rtol=1e-12)
    for i, name in enumerate(("theta", "rho", "psi")):
        step = 1e-6 * abs(getattr(part, name))
        ends = [
            EssviSlice(
                **{n: getattr(part, n) + (sign * step if n == name else 0.0) for n in ("theta", "rho", "psi")}
            )
            for sign in (1, -1)
        ]
        slope = (ends[0].total_variance(k) - ends[1].total_variance(k)) / (2 * step)
        np.testing.assert_allclose(part.gradient(k)[:, i], slope, rtol=1e-6, atol=1e-9)


def test_a_surface_is_found_again() -> None:
    """1e-5 in volatility per 1.00: scipy's stop."""
    fit = fit_essvi(smiles_of(SLICES))
    for got, smile in zip(fit.slices, smiles_of(SLICES), strict=True):
        found = np.sqrt(got.total_variance(smile.log_moneyness) / smile.years)
        np.testing.assert_allclose(found, smile.implied_volatility, atol=1e-5)


def test_a_skew_that_turns_with_expiry_is_followed_where_one_skew_cannot() -> None:
    smiles = smiles_of(SLICES, noise=0.002)

    def error(model) -> float:
        gaps = [model(i, s.log_moneyness) - s.implied_volatility for i, s in enumerate(smiles)]
        return float(np.percentile(np.abs(np.concatenate(gaps)), 95))

    own, one = fit_essvi(smiles), fit_ssvi(smiles)
    by_expiry = error(lambda i, k: np.sqrt(own.slices[i].total_variance(k) / YEARS[i]))
    together = error(lambda i, k: one.at(YEARS[i]).implied_volatility(k, years=YEARS[i]))
    assert by_expiry < 0.01 < together


def test_quotes_with_calendar_arbitrage_give_a_surface_without() -> None:
    k = np.linspace(-0.3, 0.3, 9)
    fit = fit_essvi([Smile(t, k, np.full(9, v)) for t, v in ((0.1, 0.8), (0.15, 0.4), (0.5, 0.6))])
    raw = [part.raw() for part in fit.slices]
    for near, far in itertools.pairwise(raw):
        assert calendar_violation(near, far, log_moneyness=GRID) < 1e-9


def test_what_leaves_arbitrage_or_too_few_quotes_is_refused() -> None:
    for bad in ((0.0, 0.0, 0.1), (0.04, 1.0, 0.1), (0.04, 0.0, 0.5), (9.0, 0.9, 2.5), (0.04, math.nan, 0.1)):
        with pytest.raises(InvalidInput, match="arbitrage-free"):
            EssviSlice(*bad)
    with pytest.raises(InvalidInput, match="calendar arbitrage"):
        EssviSurface((0.1, 0.2), (SLICES[1], SLICES[0]))
    with pytest.raises(InvalidInput, match="years must rise"):
        EssviSurface((0.2, 0.1), SLICES[:2])
    with pytest.raises(NotEnoughObservations, match="4 quotes, got 3"):
        fit_essvi([Smile(0.1, np.zeros(3), np.ones(3))])

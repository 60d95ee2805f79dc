"""Whatever comes out of a fit passes the on-chain box and has no butterfly arbitrage."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.errors import InvalidInput, NotEnoughObservations, RiskError
from risk.pricing import black76_price
from risk.surface import (
    SviSlice,
    butterfly_density,
    butterfly_violation,
    calendar_violation,
    fit_svi,
    repair_butterfly,
    repair_calendar,
)
from risk.units import SURFACE_SCALE

HOUR, DAY, MONTH = 1 / 8_760, 1 / 365, 30 / 365


def lifelike(years: float) -> SviSlice:
    root = math.sqrt(years)
    return SviSlice(a=0.24 * years, b=0.3 * root, rho=-0.25, m=0.05 * root, sigma=0.4 * root)


# Gatheral and Jacquier (2014), example 3.1: Axel Vogt's slice, the known butterfly arbitrage.
VOGT = SviSlice(a=-0.0410, b=0.1331, rho=0.3060, m=0.3586, sigma=0.4153)

slices = st.builds(
    lambda least, left, right, m, sigma: SviSlice(
        a=least - 0.5 * (left + right) * sigma * math.sqrt(1.0 - ((right - left) / (right + left)) ** 2),
        b=0.5 * (left + right),
        rho=(right - left) / (right + left),
        m=m,
        sigma=sigma,
    ),
    st.floats(1e-6, 2.0),
    st.floats(1e-3, 2.0),
    st.floats(1e-3, 2.0),
    st.floats(-2.0, 2.0),
    st.floats(1e-3, 3.0),
)


def chain_accepts(wire: tuple[int, int, int, int, int]) -> bool:
    """The box in the integer arithmetic of the contracts."""
    a, b, rho, m, sigma = wire
    scale = SURFACE_SCALE
    slope = -(-b * (scale + abs(rho)) // scale)
    least = a * scale**2 + b * sigma * math.isqrt(scale**2 - rho**2)
    return (
        b >= 0
        and abs(rho) < scale
        and sigma > 0
        and slope <= 2 * scale
        and least >= 0
        and abs(m) <= 10 * scale
    )


@pytest.mark.parametrize("years", [HOUR, DAY, MONTH, 1.0])
def test_a_smile_without_noise_is_found_again(years) -> None:
    truth = lifelike(years)
    k = np.linspace(-2.0, 2.0, 15) * 0.6 * math.sqrt(years)
    fit = fit_svi(log_moneyness=k, implied_volatility=truth.implied_volatility(k, years=years), years=years)
    assert fit.rms_error < 1e-8
    assert not fit.is_flat
    assert not fit.repaired
    np.testing.assert_allclose(fit.slice.total_variance(k), truth.total_variance(k), rtol=1e-7)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 2**32), st.integers(5, 30), st.sampled_from([HOUR, DAY, MONTH, 1.0]), st.floats(0.0, 0.6)
)
def test_any_fit_passes_the_box_without_butterfly_arbitrage(seed, count, years, noise) -> None:
    rng = np.random.default_rng(seed)
    k = rng.normal(0.0, 1.5 * 0.6 * math.sqrt(years), count)
    volatility = lifelike(years).implied_volatility(k, years=years) * np.exp(noise * rng.normal(size=count))
    fit = fit_svi(
        log_moneyness=k, implied_volatility=volatility, years=years, weights=rng.random(count) + 0.1
    )
    assert chain_accepts(fit.slice.to_wire())
    assert butterfly_violation(fit.slice) == 0.0
    assert fit.rms_error <= 3.0 * np.std(volatility) + 1e-9


def test_fitting_is_deterministic() -> None:
    rng = np.random.default_rng(5)
    k = rng.normal(0.0, 0.2, 20)
    quotes = {
        "log_moneyness": k,
        "implied_volatility": 0.7 + 0.3 * k**2 + 0.02 * rng.random(20),
        "years": MONTH,
    }
    assert fit_svi(**quotes) == fit_svi(**quotes)


def test_weights_pull_the_fit() -> None:
    k = np.linspace(-0.4, 0.4, 9)
    volatility = np.full(9, 0.6)
    volatility[8] = 0.9
    quotes = {"log_moneyness": k, "implied_volatility": volatility, "years": MONTH}
    light = fit_svi(**quotes, weights=[1.0] * 8 + [1e-6]).slice.implied_volatility(k[8], years=MONTH)
    heavy = fit_svi(**quotes, weights=[1.0] * 8 + [1e6]).slice.implied_volatility(k[8], years=MONTH)
    assert light < heavy <= 0.91


def test_fewer_than_five_strikes_give_a_flat_slice() -> None:
    fit = fit_svi(log_moneyness=[-0.1, 0.0, 0.1, 0.1, 0.1], implied_volatility=[0.5] * 5, years=DAY)
    assert fit.is_flat
    np.testing.assert_allclose(fit.slice.implied_volatility([-3.0, 0.0, 3.0], years=DAY), 0.5, rtol=1e-12)


def test_no_quote_is_not_enough() -> None:
    with pytest.raises(NotEnoughObservations, match="got 0"):
        fit_svi(log_moneyness=[0.0], implied_volatility=[0.5], years=DAY, weights=[0.0])


@given(slices)
def test_wire_integers_pass_the_box_and_come_back(slice_) -> None:
    wire = slice_.to_wire()
    assert chain_accepts(wire)
    names = ("a", "b", "rho", "m", "sigma")
    again = SviSlice.from_wire(**dict(zip(names, wire, strict=True)))
    assert again.to_wire() == wire
    k = np.linspace(-3.0, 3.0, 13)
    np.testing.assert_allclose(again.total_variance(k), slice_.total_variance(k), rtol=1e-6, atol=1e-9)


def test_vogts_slice_is_recognised_and_repaired() -> None:
    k = np.linspace(-1.5, 1.5, 301)
    assert butterfly_violation(VOGT, log_moneyness=k) > 0.01
    repaired = repair_butterfly(VOGT)
    assert butterfly_violation(repaired) == 0.0
    np.testing.assert_allclose(repaired.total_variance(0.0), VOGT.total_variance(0.0), rtol=1e-9)


@given(slices)
def test_every_slice_in_the_box_can_be_repaired(slice_) -> None:
    assert butterfly_violation(repair_butterfly(slice_)) == 0.0


def test_a_good_slice_is_left_alone() -> None:
    assert repair_butterfly(lifelike(MONTH)) == lifelike(MONTH)


def test_the_density_is_the_second_derivative_of_the_call_price() -> None:
    slice_, h = lifelike(MONTH), 1e-3
    strikes = np.array([0.7, 0.9, 1.0, 1.2, 1.6])

    def call(k):
        deviation = np.sqrt(slice_.total_variance(np.log(k)))
        return black76_price(forward=1.0, strike=k, volatility=deviation, years=1.0, is_call=True)

    curvature = (call(strikes + h) - 2.0 * call(strikes) + call(strikes - h)) / h**2
    k = np.log(strikes)
    deviation = np.sqrt(slice_.total_variance(k))
    d2 = -k / deviation - 0.5 * deviation
    density = np.exp(-0.5 * d2 * d2) / math.sqrt(2 * math.pi) / (deviation * strikes)
    np.testing.assert_allclose(
        curvature, density * butterfly_density(slice_, log_moneyness=k), rtol=2e-3, atol=1e-5
    )


def test_calendar_arbitrage_is_measured_and_repaired() -> None:
    near, far = lifelike(MONTH), lifelike(2 * MONTH)
    assert calendar_violation(near, far) == 0.0
    assert calendar_violation(far, near) > 0.01
    lifted = repair_calendar(near=far, far=near)
    assert calendar_violation(far, lifted) == 0.0
    assert butterfly_violation(lifted) == 0.0
    assert repair_calendar(near=near, far=far) == far


def test_the_flat_slice_has_one_volatility() -> None:
    flat = SviSlice.flat(volatility=0.8, years=0.25)
    np.testing.assert_allclose(flat.implied_volatility([-5.0, 0.0, 5.0], years=0.25), 0.8, rtol=1e-15)
    assert butterfly_violation(flat) == 0.0


@pytest.mark.parametrize(
    "change",
    [
        {"b": -1e-6},
        {"rho": 1.0},
        {"rho": -1.5},
        {"sigma": 0.0},
        {"sigma": 11.0},
        {"m": 10.5},
        {"b": 1.7},
        {"a": -1.0},
        {"a": math.nan},
        {"m": math.inf},
    ],
)
def test_parameters_outside_the_box_are_refused_with_their_values(change) -> None:
    good = {"a": 0.02, "b": 0.1, "rho": -0.3, "m": 0.0, "sigma": 0.1}
    ((name, value),) = change.items()
    with pytest.raises(InvalidInput, match=f"{name}={value!r}"):
        SviSlice(**{**good, **change})


@pytest.mark.parametrize(
    "change",
    [
        {"years": 0.0},
        {"years": math.nan},
        {"implied_volatility": [0.5, -0.5]},
        {"log_moneyness": [0.0, math.inf]},
        {"log_moneyness": [0.0]},
        {"weights": [1.0, -1.0]},
    ],
)
def test_bad_quotes_are_refused(change) -> None:
    good = {"log_moneyness": [0.0, 0.1], "implied_volatility": [0.5, 0.5], "years": 0.1}
    with pytest.raises(RiskError):
        fit_svi(**{**good, **change})


def test_a_volatility_needs_time() -> None:
    with pytest.raises(InvalidInput, match=r"years must be positive, got 0\.0"):
        lifelike(DAY).implied_volatility(0.0, years=0.0)

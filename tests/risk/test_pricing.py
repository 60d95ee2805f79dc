"""Black-76 against its twin, against fifty digits, against QuantLib, and against its own laws."""

import math

import mpmath
import numpy as np
import pytest
import QuantLib as ql  # noqa: N813 - the name its own documentation uses
from hypothesis import given
from hypothesis import strategies as st

from risk.errors import InvalidInput
from risk.pricing import black76, black76_price, black76_reference

GREEKS = ("price", "delta", "gamma", "vega", "theta")
prices = st.floats(1e-2, 1e6)
moneyness = st.floats(0.05, 20.0)
volatilities = st.floats(0.0, 5.0)
times = st.floats(0.0, 3.0)


def book(seed: int, size: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    forward = rng.uniform(50.0, 50_000.0, size)
    return {
        "forward": forward,
        "strike": forward * np.exp(rng.normal(0.0, 0.4, size)),
        "volatility": rng.uniform(0.05, 3.0, size),
        "years": np.exp(rng.uniform(math.log(1e-4), math.log(2.0), size)),
        "is_call": rng.random(size) < 0.5,
    }


def high_precision(f, k, s, t, call) -> dict[str, mpmath.mpf]:
    f, k, s, t, c = (mpmath.mpf(x) for x in (f, k, s, t, 1 if call else -1))
    v = s * mpmath.sqrt(t)
    d1 = mpmath.log(f / k) / v + v / 2
    return {
        "price": c * (f * mpmath.ncdf(c * d1) - k * mpmath.ncdf(c * (d1 - v))),
        "delta": c * mpmath.ncdf(c * d1),
        "gamma": mpmath.npdf(d1) / (f * v),
        "vega": f * mpmath.npdf(d1) * mpmath.sqrt(t),
        "theta": -f * mpmath.npdf(d1) * s / (2 * mpmath.sqrt(t)),
    }


def test_kernel_and_twin_agree() -> None:
    options = book(seed=1, size=20_000)
    kernel, twin = black76(**options), black76_reference(**options)
    for name in GREEKS:
        np.testing.assert_allclose(
            getattr(kernel, name) / options["forward"],
            getattr(twin, name) / options["forward"],
            rtol=1e-11,
            atol=2e-15,
            err_msg=name,
        )
    np.testing.assert_array_equal(kernel.price, black76_price(**options))


def test_every_value_has_twelve_digits_of_the_high_precision_formula() -> None:
    options = book(seed=2, size=60)
    values = black76(**options)
    with mpmath.workdps(50):
        for i, terms in enumerate(zip(*options.values(), strict=True)):
            for name, exact in high_precision(*terms).items():
                error = abs(getattr(values, name)[i] - exact)
                scale = abs(exact) + (options["forward"][i] * mpmath.mpf(10) ** -3)
                assert error <= 1e-12 * scale, (name, terms, error)


def test_prices_agree_with_quantlib() -> None:
    options = book(seed=3, size=200)
    deviation = options["volatility"] * np.sqrt(options["years"])
    theirs = [
        ql.blackFormula(ql.Option.Call if call else ql.Option.Put, float(k), float(f), float(v))
        for f, k, v, call in zip(
            options["forward"], options["strike"], deviation, options["is_call"], strict=True
        )
    ]
    np.testing.assert_allclose(black76_price(**options), theirs, rtol=1e-10, atol=1e-9)


@given(prices, moneyness, volatilities, times)
def test_put_call_parity(forward, ratio, volatility, years) -> None:
    strike = forward * ratio
    call, put = black76(
        forward=forward, strike=strike, volatility=volatility, years=years, is_call=np.array([True, False])
    ).price
    assert math.isclose(call - put, forward - strike, rel_tol=0.0, abs_tol=1e-14 * (forward + strike))


@given(prices, moneyness, volatilities, times, st.booleans())
def test_price_lies_between_intrinsic_and_its_maximum(forward, ratio, volatility, years, is_call) -> None:
    strike = forward * ratio
    price = float(
        black76_price(forward=forward, strike=strike, volatility=volatility, years=years, is_call=is_call)
    )
    intrinsic = max(forward - strike, 0.0) if is_call else max(strike - forward, 0.0)
    slack = 1e-14 * (forward + strike)
    assert intrinsic - slack <= price <= (forward if is_call else strike) + slack


@given(prices, moneyness, st.floats(0.0, 4.0), st.floats(0.0, 1.0), times, st.booleans())
def test_price_rises_with_volatility(forward, ratio, volatility, more, years, is_call) -> None:
    strike = forward * ratio
    low, high = black76_price(
        forward=forward,
        strike=strike,
        volatility=np.array([volatility, volatility + more]),
        years=years,
        is_call=is_call,
    )
    assert high >= low - 1e-14 * (forward + strike)


@given(prices, moneyness, st.floats(0.01, 0.3), volatilities, times, st.booleans())
def test_price_is_convex_in_strike(forward, ratio, width, volatility, years, is_call) -> None:
    middle = forward * ratio
    strikes = middle * np.array([1.0 - width, 1.0, 1.0 + width])
    low, centre, high = black76_price(
        forward=forward, strike=strikes, volatility=volatility, years=years, is_call=is_call
    )
    assert low + high - 2.0 * centre >= -4e-14 * (forward + middle)


@given(st.floats(10.0, 1e5), st.floats(0.5, 2.0), st.floats(0.2, 2.0), st.floats(0.02, 2.0), st.booleans())
def test_greeks_are_the_slopes_of_the_price(forward, ratio, volatility, years, is_call) -> None:
    strike = forward * ratio
    terms = {"strike": strike, "is_call": is_call}
    values = black76(forward=forward, volatility=volatility, years=years, **terms)
    h = 1e-4
    up, down = forward * (1 + h), forward * (1 - h)
    prices_ = [
        float(black76_price(forward=f, volatility=volatility, years=years, **terms))
        for f in (down, forward, up)
    ]
    assert math.isclose((prices_[2] - prices_[0]) / (up - down), float(values.delta), abs_tol=2e-6)
    gamma = (prices_[2] - 2 * prices_[1] + prices_[0]) / (forward * h) ** 2
    assert math.isclose(gamma * forward, float(values.gamma) * forward, rel_tol=1e-4, abs_tol=1e-4)
    vega = np.diff(
        black76_price(forward=forward, volatility=volatility + np.array([-h, h]), years=years, **terms)
    )[0] / (2 * h)
    assert math.isclose(vega, float(values.vega), rel_tol=1e-4, abs_tol=1e-6 * forward)
    decay = np.diff(
        black76_price(forward=forward, volatility=volatility, years=years * np.array([1 + h, 1 - h]), **terms)
    )[0] / (2 * h * years)
    assert math.isclose(decay, float(values.theta), rel_tol=1e-4, abs_tol=1e-6 * forward)


@pytest.mark.parametrize("value", [black76, black76_reference])
@pytest.mark.parametrize(("volatility", "years"), [(0.0, 1.0), (0.7, 0.0), (0.0, 0.0)])
def test_without_variance_the_price_is_intrinsic_and_delta_its_slope(value, volatility, years) -> None:
    values = value(
        forward=100.0,
        strike=np.array([80.0, 100.0, 125.0] * 2),
        volatility=volatility,
        years=years,
        is_call=np.array([True] * 3 + [False] * 3),
    )
    np.testing.assert_array_equal(values.price, [20.0, 0.0, 0.0, 0.0, 0.0, 25.0])
    np.testing.assert_array_equal(values.delta, [1.0, 0.5, 0.0, 0.0, -0.5, -1.0])
    np.testing.assert_array_equal(values.gamma, np.zeros(6))
    at_money = 100.0 * math.sqrt(years) / math.sqrt(2 * math.pi)
    np.testing.assert_allclose(values.vega, [0.0, at_money, 0.0] * 2, rtol=1e-15)
    np.testing.assert_array_equal(values.theta, np.zeros(6))


def test_limits_are_reached_continuously() -> None:
    terms = {"strike": np.array([80.0, 125.0]), "is_call": True, "forward": 100.0}
    limit = black76(volatility=0.0, years=1.0, **terms)
    near = black76(volatility=1e-9, years=1.0, **terms)
    endless = black76(volatility=60.0, years=3.0, **terms)
    for name in GREEKS:
        np.testing.assert_allclose(getattr(near, name), getattr(limit, name), atol=1e-14)
    np.testing.assert_allclose(endless.price, 100.0, rtol=1e-14)


def test_far_strikes_give_zero_not_nan() -> None:
    values = black76(
        forward=100.0,
        strike=np.array([1e-300, 1e300]),
        volatility=0.5,
        years=0.1,
        is_call=np.array([False, True]),
    )
    for name in GREEKS:
        np.testing.assert_array_equal(getattr(values, name), [0.0, 0.0])


@pytest.mark.parametrize("name", ["forward", "strike", "volatility", "years"])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, -1.0])
def test_a_number_outside_the_domain_is_named(name, bad) -> None:
    terms = {"forward": 100.0, "strike": 100.0, "volatility": 0.5, "years": 0.1, "is_call": True}
    terms[name] = np.array([1.0, bad])
    with pytest.raises(InvalidInput, match=f"{name} must be .* got {bad!r} at position 1"):
        black76(**terms)


@pytest.mark.parametrize("name", ["forward", "strike"])
def test_a_zero_price_is_refused(name) -> None:
    terms = {"forward": 100.0, "strike": 100.0, "volatility": 0.5, "years": 0.1, "is_call": True}
    with pytest.raises(InvalidInput, match=rf"{name} must be positive, got 0.0"):
        black76_price(**{**terms, name: 0.0})


def test_a_flag_that_is_no_boolean_is_refused() -> None:
    with pytest.raises(InvalidInput, match="is_call must be boolean, got int64"):
        black76(forward=100.0, strike=100.0, volatility=0.5, years=0.1, is_call=1)


def test_shapes_broadcast() -> None:
    values = black76(
        forward=np.array([[90.0], [110.0]]),
        strike=np.ones(3) * 100.0,
        volatility=0.5,
        years=0.1,
        is_call=True,
    )
    assert values.price.shape == (2, 3)
    assert black76_price(forward=[], strike=1.0, volatility=1.0, years=1.0, is_call=True).shape == (0,)


def test_a_worthless_option_costs_plain_zero_never_minus_zero() -> None:
    for volatility in (0.01, 0.0):
        terms = {"forward": [100.0, 1.0], "strike": [1.0, 100.0], "volatility": volatility, "years": 0.01}
        terms["is_call"] = np.array([False, True])
        for price in (black76(**terms).price, black76_price(**terms)):
            assert price.tolist() == [0.0, 0.0]
            assert not np.signbit(price).any()

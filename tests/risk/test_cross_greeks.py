"""Vanna, volga and rho by numeric differentiation in fifty digits and by QuantLib."""

import math

import mpmath
import numpy as np
import pytest
import QuantLib as ql  # noqa: N813 - the name its own documentation uses

from risk.errors import InvalidInput
from risk.pricing import black76_cross_greeks, black76_price, perpetual_values


def exact_value(f, k, s, t, r, call):
    sign, v = (1 if call else -1), s * mpmath.sqrt(t)
    d1 = mpmath.log(f / k) / v + v / 2
    return mpmath.exp(-r * t) * sign * (f * mpmath.ncdf(sign * d1) - k * mpmath.ncdf(sign * (d1 - v)))


@pytest.mark.parametrize("call", [True, False])
@pytest.mark.parametrize(
    "terms", [(100, 110, 0.4, 0.5, 0.03), (2_500, 1_800, 1.1, 0.08, 0.0), (19, 19, 0.28, 0.75, 0.1)]
)
def test_values_are_the_derivatives_of_the_discounted_price(terms, call) -> None:
    f, k, s, t, r = terms
    ours = black76_cross_greeks(forward=f, strike=k, volatility=s, years=t, is_call=call, rate=r)
    with mpmath.workdps(50):
        f, k, s, t, r = (mpmath.mpf(x) for x in terms)
        vanna = mpmath.diff(lambda a, b: exact_value(a, k, b, t, r, call), (f, s), (1, 1))
        volga = mpmath.diff(lambda b: exact_value(f, k, b, t, r, call), s, 2)
        rho = mpmath.diff(lambda b: exact_value(f, k, s, t, b, call), r)
    # Ours rounds about ten times; the derivative itself is good to some twenty digits.
    assert math.isclose(ours.vanna, vanna, rel_tol=1e-12)
    assert math.isclose(ours.volga, volga, rel_tol=1e-12)
    assert math.isclose(ours.rho, rho, rel_tol=1e-12)


def test_rho_and_price_agree_with_quantlib_and_fifty_digits() -> None:
    terms = {
        "forward": 19.0,
        "strike": 19.0,
        "volatility": 0.28,
        "years": 0.75,
        "is_call": np.array([True, False]),
    }
    discount = math.exp(-0.1 * 0.75)
    with mpmath.workdps(50):
        price = float(exact_value(19, 19, mpmath.mpf("0.28"), mpmath.mpf("0.75"), mpmath.mpf("0.1"), True))
    np.testing.assert_allclose(discount * black76_price(**terms), price, rtol=1e-13)  # call and put: F = K
    ours = black76_cross_greeks(**terms, rate=0.1)
    for i, kind in enumerate((ql.Option.Call, ql.Option.Put)):
        payoff = ql.PlainVanillaPayoff(kind, 19.0)
        calculator = ql.BlackCalculator(payoff, 19.0, 0.28 * math.sqrt(0.75), discount)
        assert math.isclose(ours.rho[i], -0.75 * calculator.value(), rel_tol=1e-13)
        h = 1e-4  # central differences of QuantLib's vega: error of order h^2
        low, high = (
            ql.BlackCalculator(payoff, 19.0, (0.28 + x) * math.sqrt(0.75), discount).vega(0.75)
            for x in (-h, h)
        )
        assert math.isclose(ours.volga[i], (high - low) / (2 * h), rel_tol=1e-5)


def test_without_variance_there_is_no_vanna_or_volga() -> None:
    for terms in ({"volatility": 0.0, "years": 1.0}, {"volatility": 0.5, "years": 0.0}):
        values = black76_cross_greeks(forward=100.0, strike=[80.0, 100.0], is_call=True, **terms)
        np.testing.assert_array_equal(values.vanna, [0.0, 0.0])
        np.testing.assert_array_equal(values.volga, [0.0, 0.0])


def test_a_rate_that_is_no_number_is_refused() -> None:
    with pytest.raises(InvalidInput, match="rate must be finite, got nan"):
        black76_cross_greeks(forward=1.0, strike=1.0, volatility=0.5, years=1.0, is_call=True, rate=math.nan)


def test_a_perpetual_is_worth_its_mark() -> None:
    values = perpetual_values(mark=[100.0, 2_500.0])
    np.testing.assert_array_equal(values.price, [100.0, 2_500.0])
    np.testing.assert_array_equal(values.delta, [1.0, 1.0])
    for name in ("gamma", "vega", "theta"):
        np.testing.assert_array_equal(getattr(values, name), [0.0, 0.0])
    with pytest.raises(InvalidInput, match="mark must be positive"):
        perpetual_values(mark=0.0)

"""The implied volatility gives the price back, and says why when none can."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.errors import InvalidInput
from risk.pricing import black76_price
from risk.pricing.implied_volatility import VolatilityStatus, implied_volatility


def exact_out_of_the_money_price(x: float, deviation: float) -> float:
    """Price over forward of an out-of-the-money option with log-moneyness ln(K/F) = x, to float rounding."""
    with mpmath.workdps(60):
        x, v = mpmath.mpf(x), mpmath.mpf(deviation)
        sign = 1 if x > 0 else -1
        d1 = -x / v + v / 2
        return float(sign * (mpmath.ncdf(sign * d1) - mpmath.exp(x) * mpmath.ncdf(sign * (d1 - v))))


@given(st.floats(-3.0, 3.0), st.floats(math.log(0.003), math.log(4.0)).map(math.exp))
def test_out_of_the_money_volatility_has_twelve_digits(x, deviation) -> None:
    if abs(x) > 30.0 * deviation:
        x = math.copysign(30.0 * deviation, x)
    strike = math.exp(x)
    price = exact_out_of_the_money_price(math.log(strike), deviation)
    found = implied_volatility(price=price, forward=1.0, strike=strike, years=1.0, is_call=strike > 1.0)
    assert found.status == VolatilityStatus.FOUND
    # One unit in the last place of the price moves the answer by eps * price / (vega * volatility); above
    # about two deviations the room to the maximum is what is left of the digits.
    room = (1.0 if strike > 1.0 else strike) / ((1.0 if strike > 1.0 else strike) - price)
    assert math.isclose(float(found.volatility), deviation, rel_tol=1e-12 * max(1.0, 0.1 * room))


def test_a_grid_of_real_quotes_comes_back() -> None:
    forward = 8_000.0
    strike, volatility, years = (
        a.ravel()
        for a in np.meshgrid(
            np.linspace(2_000.0, 32_000.0, 61), [0.2, 0.5, 0.9, 2.0, 5.0], [1 / 365, 7 / 365, 0.25, 1.5]
        )
    )
    is_call = strike > forward
    price = black76_price(forward=forward, strike=strike, volatility=volatility, years=years, is_call=is_call)
    found = implied_volatility(price=price, forward=forward, strike=strike, years=years, is_call=is_call)
    usable = price > 1e-3
    assert usable.sum() > 700
    assert np.all(found.status[usable] == VolatilityStatus.FOUND)
    np.testing.assert_allclose(found.volatility[usable], volatility[usable], rtol=1e-9)


@given(st.floats(0.3, 3.0), st.floats(1e-6, 0.9999999), st.booleans())
def test_any_price_inside_the_bounds_is_reproduced(ratio, share, is_call) -> None:
    low, high = (max(1.0 - ratio, 0.0), 1.0) if is_call else (max(ratio - 1.0, 0.0), ratio)
    price = low + share * (high - low)
    terms = {"forward": 1.0, "strike": ratio, "years": 0.3, "is_call": is_call}
    found = implied_volatility(price=price, **terms)
    again = float(black76_price(volatility=found.volatility, **terms))
    assert math.isclose(again, price, rel_tol=1e-12, abs_tol=1e-14)


def test_prices_without_a_volatility_say_why() -> None:
    found = implied_volatility(
        price=np.array([20.0, 19.999, -1.0, 100.0, 120.0, 25.0]),
        forward=100.0,
        strike=80.0,
        years=np.array([1.0, 1.0, 1.0, 1.0, 1.0, 0.0]),
        is_call=True,
    )
    assert [VolatilityStatus(s).name for s in found.status] == [
        "INTRINSIC",
        "BELOW_INTRINSIC",
        "BELOW_INTRINSIC",
        "ABOVE_MAXIMUM",
        "ABOVE_MAXIMUM",
        "EXPIRED",
    ]
    assert found.volatility[0] == 0.0
    assert np.all(np.isnan(found.volatility[1:]))


def test_a_put_is_bounded_by_its_strike() -> None:
    found = implied_volatility(price=80.0, forward=100.0, strike=80.0, years=1.0, is_call=False)
    assert found.status == VolatilityStatus.ABOVE_MAXIMUM


@pytest.mark.parametrize(
    ("name", "bad"), [("price", math.nan), ("forward", 0.0), ("strike", -1.0), ("years", math.inf)]
)
def test_a_number_outside_the_domain_is_named(name, bad) -> None:
    terms = {"price": 10.0, "forward": 100.0, "strike": 100.0, "years": 0.1, "is_call": True, name: bad}
    with pytest.raises(InvalidInput, match=f"{name} must be .* got {bad!r}"):
        implied_volatility(**terms)


def test_no_quotes_give_no_volatilities() -> None:
    assert implied_volatility(price=[], forward=1.0, strike=1.0, years=1.0, is_call=True).status.size == 0

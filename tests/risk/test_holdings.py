"""Liquidity positions and lending accounts against closed forms in high precision and rational arithmetic."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from risk.errors import InvalidInput
from risk.holdings import (
    LendingAccount,
    LiquidationSide,
    compounded_index,
    full_range_exposure,
    full_range_impermanent_loss,
    health_factor,
    lending_equity,
    liquidation_price,
    price_range_divergence,
    price_range_exposure,
    price_range_impermanent_loss,
    price_range_liquidity,
    price_range_profit,
)

PRICES = st.floats(1e-3, 1e5)
BOUNDS = {"lower_price": 1500.0, "upper_price": 2500.0}


@pytest.mark.parametrize(
    ("ratio", "loss"), [(1.25, 0.0062), (1.5, 0.0202), (2, 0.0572), (4, 0.2), (5, 0.2546)]
)
def test_impermanent_loss_of_the_published_table(ratio, loss):
    # Pintail, "Uniswap: a good deal for liquidity providers?", 2019: 0.6, 2.0, 5.7, 20.0, 25.5 %.
    for price in (ratio, 1.0 / ratio):
        got = float(full_range_impermanent_loss(entry_price=1.0, price=price))
        assert got == pytest.approx(-loss, abs=5e-5)


@given(PRICES, PRICES)
def test_full_range_loss_is_the_closed_form_and_never_a_gain(entry, price):
    got = float(full_range_impermanent_loss(entry_price=entry, price=price))
    assert -1.0 < got <= 0.0
    with mpmath.workdps(40):
        ratio = mpmath.mpf(price) / mpmath.mpf(entry)
        exact = 2 * mpmath.sqrt(ratio) / (1 + ratio) - 1
    # 1 - sqrt(r) of a rounded r is off by 2^-53, so the loss by 2^-52 of its square root.
    assert got == pytest.approx(float(exact), rel=1e-12, abs=1e-15 * math.sqrt(-float(exact)) + 1e-31)


@given(st.floats(0.1, 1e6), PRICES)
def test_full_range_greeks_are_derivatives_of_the_value(liquidity, price):
    got = full_range_exposure(liquidity=liquidity, price=price)
    with mpmath.workdps(40):
        delta, gamma = (
            mpmath.diff(lambda p: 2 * mpmath.mpf(liquidity) * mpmath.sqrt(p), price, n) for n in (1, 2)
        )
    assert float(got.delta) == pytest.approx(float(delta), rel=1e-12)
    assert float(got.gamma) == pytest.approx(float(gamma), rel=1e-12)
    assert float(got.base * got.quote) == pytest.approx(liquidity**2, rel=1e-13)


def exact_range_value(liquidity, low, high, price):
    root = mpmath.sqrt(price)
    bottom, top = mpmath.sqrt(low), mpmath.sqrt(high)
    if root <= bottom:
        return liquidity * (1 / bottom - 1 / top) * price
    if root >= top:
        return liquidity * (top - bottom)
    return liquidity * (2 * root - bottom - price / top)


@settings(max_examples=150, deadline=None)
@given(PRICES, PRICES, PRICES)
def test_range_value_and_delta_are_the_three_closed_forms(first, second, price):
    low, high = sorted((first, second))
    assume(high > 1.001 * low)
    assume(all(abs(price / bound - 1.0) > 1e-6 for bound in (low, high)))
    got = price_range_exposure(liquidity=1000.0, lower_price=low, upper_price=high, price=price)
    with mpmath.workdps(40):
        exact, delta, gamma = (
            mpmath.diff(lambda p: exact_range_value(1000, mpmath.mpf(low), mpmath.mpf(high), p), price, n)
            for n in (0, 1, 2)
        )
    scale = 1000.0 * math.sqrt(max(price, high))
    assert float(got.value) == pytest.approx(float(exact), rel=1e-11, abs=1e-14 * scale)
    assert float(got.delta) == pytest.approx(float(delta), rel=1e-11, abs=1e-14 * scale / price)
    assert float(got.gamma) == pytest.approx(float(gamma), rel=1e-11, abs=1e-18)
    assert float(got.gamma) <= 0.0


def test_tokens_below_in_and_above_the_range():
    got = price_range_exposure(liquidity=100.0, price=[1000.0, 1500.0, 2000.0, 2500.0, 3000.0], **BOUNDS)
    whole = 100.0 * (1 / math.sqrt(1500) - 1 / 50.0)
    assert got.base == pytest.approx([whole, whole, 100.0 * (1 / math.sqrt(2000) - 1 / 50.0), 0.0, 0.0])
    assert got.quote[:2] == pytest.approx([0.0, 0.0])
    assert got.quote[3:] == pytest.approx([100.0 * (50.0 - math.sqrt(1500))] * 2)
    assert got.gamma[0] == got.gamma[-1] == 0.0


@given(PRICES, PRICES)
def test_the_widest_range_is_full_range(entry, price):
    wide = {"lower_price": 1e-40, "upper_price": 1e40}
    narrow = price_range_exposure(liquidity=7.0, price=price, **wide)
    full = full_range_exposure(liquidity=7.0, price=price)
    for name in ("base", "quote", "value", "delta", "gamma"):
        # The bounds' share of the tokens is at most sqrt(1e5 / 1e40).
        assert float(getattr(narrow, name)) == pytest.approx(float(getattr(full, name)), rel=1e-14)
    loss = float(price_range_impermanent_loss(entry_price=entry, price=price, **wide))
    assert loss == pytest.approx(
        float(full_range_impermanent_loss(entry_price=entry, price=price)), rel=1e-9, abs=1e-24
    )


@settings(max_examples=200, deadline=None)
@given(PRICES, PRICES, PRICES, PRICES)
def test_a_range_never_beats_holding_and_loses_what_its_closed_form_says(first, second, entry, price):
    low, high = sorted((first, second))
    assume(high > 1.001 * low)
    bounds = {"lower_price": low, "upper_price": high}
    loss = float(price_range_divergence(liquidity=1.0, entry_price=entry, price=price, **bounds))
    assert loss >= 0.0
    assert -1.0 < float(price_range_impermanent_loss(entry_price=entry, price=price, **bounds)) <= 0.0
    with mpmath.workdps(40):
        low_, high_, entry_, price_ = (mpmath.mpf(v) for v in (low, high, entry, price))
        held = min(max(mpmath.sqrt(entry_), mpmath.sqrt(low_)), mpmath.sqrt(high_))
        holding = (1 / held - 1 / mpmath.sqrt(high_)) * price_ + held - mpmath.sqrt(low_)
        exact = holding - exact_range_value(1, low_, high_, price_)
    # Square roots carry 2^-53 each: the product of two differences is off by that times their size.
    scale = 1e-14 * math.sqrt(float(exact) * max(price, high) ** 0.5 + 1e-30) + 1e-15 * price / math.sqrt(low)
    assert loss == pytest.approx(float(exact), rel=1e-10, abs=scale)


def test_a_narrower_range_loses_more_than_full_range():
    losses = [
        float(
            price_range_impermanent_loss(
                lower_price=2000 / width, upper_price=2000 * width, entry_price=2000.0, price=2100.0
            )
        )
        for width in (1.1, 1.5, 4.0, 1e6)
    ]
    assert losses == sorted(losses)
    assert losses[-1] == pytest.approx(
        float(full_range_impermanent_loss(entry_price=2000.0, price=2100.0)), rel=2e-3
    )


def test_fees_come_on_top_of_the_change_of_value():
    terms = {"liquidity": 50.0, "entry_price": 2000.0, "price": 2600.0, **BOUNDS}
    bare = float(price_range_profit(**terms))
    values = [float(price_range_exposure(liquidity=50.0, price=p, **BOUNDS).value) for p in (2000.0, 2600.0)]
    assert bare == pytest.approx(values[1] - values[0])
    assert float(price_range_profit(fee_income=12.5, **terms)) == pytest.approx(bare + 12.5)
    with pytest.raises(InvalidInput, match="fee_income"):
        price_range_profit(fee_income=-1.0, **terms)


@pytest.mark.parametrize("price", [1000.0, 1500.0, 2000.0, 2500.0, 4000.0])
def test_liquidity_of_amounts_is_the_inverse(price):
    got = price_range_exposure(liquidity=321.0, price=price, **BOUNDS)
    back = price_range_liquidity(base=got.base, quote=got.quote, price=price, **BOUNDS)
    assert float(back) == pytest.approx(321.0, rel=1e-12)


@pytest.mark.parametrize(
    "bad", [{"lower_price": 2500.0}, {"lower_price": 0.0}, {"price": -1.0}, {"liquidity": -1.0}]
)
def test_a_bad_range_is_refused(bad):
    with pytest.raises(InvalidInput):
        price_range_exposure(**({"liquidity": 1.0, "price": 2000.0, **BOUNDS} | bad))


def account(supply, borrow, thresholds, supply_index=None, borrow_index=None):
    ones = np.ones(len(supply))
    return LendingAccount(
        scaled_supply=np.array(supply),
        supply_index=ones if supply_index is None else np.array(supply_index),
        scaled_borrow=np.array(borrow),
        borrow_index=ones if borrow_index is None else np.array(borrow_index),
        liquidation_threshold=np.array(thresholds),
    )


def test_a_loan_of_stablecoins_against_ether():
    # 10 ETH at 2,000 with threshold 0.8 carries 10,000 USDC: health 1.6, liquidated at 1,250.
    loan = account([10.0, 0.0], [0.0, 10_000.0], [0.8, 0.9])
    assert float(health_factor(account=loan, prices=[2000.0, 1.0])) == pytest.approx(1.6, rel=1e-15)
    assert float(lending_equity(account=loan, prices=[2000.0, 1.0])) == pytest.approx(10_000.0)
    found = liquidation_price(account=loan, prices=[2000.0, 1.0], token=0)
    assert (found.side, found.price) == (LiquidationSide.BY_FALL, pytest.approx(1250.0, rel=1e-15))
    stable = liquidation_price(account=loan, prices=[2000.0, 1.0], token=1)
    assert (stable.side, stable.price) == (LiquidationSide.BY_RISE, pytest.approx(1.6, rel=1e-15))


def test_indices_grow_the_debt():
    loan = account([10.0, 0.0], [0.0, 10_000.0], [0.8, 0.9], [1.0, 1.0], [1.0, 1.1])
    assert float(health_factor(account=loan, prices=[2000.0, 1.0])) == pytest.approx(1.6 / 1.1, rel=1e-15)
    assert float(compounded_index(index=1.1, yearly_rate=0.05, years=2.0)) == pytest.approx(
        1.1 * math.exp(0.1)
    )
    with pytest.raises(InvalidInput, match="index"):
        compounded_index(index=0.9, yearly_rate=0.05, years=2.0)


def test_without_debt_health_has_no_bound_and_no_price():
    saver = account([10.0, 5.0], [0.0, 0.0], [0.8, 0.9])
    assert np.isinf(health_factor(account=saver, prices=[[1.0, 1.0], [5.0, 5.0]])).all()
    assert liquidation_price(account=saver, prices=[1.0, 1.0], token=0).side is LiquidationSide.NEVER


AMOUNTS = st.lists(st.integers(0, 1000), min_size=3, max_size=3)


@settings(max_examples=200, deadline=None)
@given(AMOUNTS, AMOUNTS, st.integers(0, 2))
def test_health_is_one_at_the_liquidation_price(supply, borrow, token):
    thresholds = [Fraction(3, 4), Fraction(13, 16), Fraction(1, 2)]  # exact in binary, so a zero slope is one
    prices = [2000.0, 1.0, 30.0]
    loan = account([float(s) for s in supply], [float(b) for b in borrow], [float(t) for t in thresholds])
    found = liquidation_price(account=loan, prices=prices, token=token)
    slope = supply[token] * thresholds[token] - borrow[token]
    others = sum(int(prices[j]) * (borrow[j] - supply[j] * thresholds[j]) for j in range(3) if j != token)
    if slope == 0 or others / slope <= 0:
        assert found.price is None
        return
    assert found.price == pytest.approx(float(others / slope), rel=1e-10)
    moved = list(prices)
    moved[token] = found.price
    if sum(borrow) > 0:
        assert float(health_factor(account=loan, prices=moved)) == pytest.approx(1.0, rel=1e-10)
        moved[token] = found.price * (0.99 if found.side is LiquidationSide.BY_FALL else 1.01)
        assert float(health_factor(account=loan, prices=moved)) < 1.0


@pytest.mark.parametrize(
    "change",
    [
        {"scaled_supply": np.array([1.0])},
        {"scaled_borrow": np.array([1.0, -1.0])},
        {"supply_index": np.array([1.0, 0.5])},
        {"liquidation_threshold": np.array([0.8, 1.2])},
        {"borrow_index": np.array([1.0, math.nan])},
    ],
)
def test_a_bad_account_is_refused(change):
    names = ("scaled_supply", "supply_index", "scaled_borrow", "borrow_index", "liquidation_threshold")
    with pytest.raises(InvalidInput):
        LendingAccount(**(dict.fromkeys(names, np.ones(2)) | change))


def test_prices_of_another_shape_are_refused():
    loan = account([1.0, 1.0], [0.0, 1.0], [0.8, 0.8])
    for bad in ([1.0], 1.0, [1.0, 0.0]):
        with pytest.raises(InvalidInput):
            lending_equity(account=loan, prices=bad)
    for token in (-1, 2, True):
        with pytest.raises(InvalidInput, match="token"):
            liquidation_price(account=loan, prices=[1.0, 1.0], token=token)


def test_a_range_is_valued_over_a_table_of_scenarios():
    scenarios = np.linspace(1000.0, 3000.0, 12).reshape(4, 3)
    got = price_range_exposure(liquidity=1.0, price=scenarios, **BOUNDS)
    assert got.value.shape == got.gamma.shape == (4, 3)
    with pytest.raises(InvalidInput, match="broadcast"):
        price_range_profit(liquidity=[1.0, 2.0], entry_price=2000.0, price=np.ones(3), **BOUNDS)

"""Pools, order books, impact, spread and unwinding against exact integers, hand counts and brute force."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.errors import InvalidInput, NotEnoughObservations
from risk.liquidity import (
    BookSide,
    OrderBook,
    constant_product_input,
    constant_product_swap,
    depth_cost,
    exogenous_spread_cost,
    liquidity_adjusted_var,
    spread_multiple,
    square_root_cost,
    square_root_impact,
    unwind_deviation_factor,
    unwind_steps,
    walk_book,
)
from tests.risk.uniswap_integers import v2_amount_out

AMOUNTS = st.integers(10**12, 10**27)
POSITIVE = st.floats(1e-3, 1e6)
LEVELS = st.lists(st.tuples(st.integers(1, 400), st.floats(0.01, 50.0)), min_size=1, max_size=12)


@settings(max_examples=200, deadline=None)
@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_the_pool_pays_what_the_contract_pays(amount, reserve_in, reserve_out):
    got = constant_product_swap(
        reserve_in=float(reserve_in), reserve_out=float(reserve_out), amount_in=float(amount), fee=0.003
    )
    # The contract rounds down by less than one unit; float64 by a few 2^-53.
    assert float(got.amount_out) == pytest.approx(
        v2_amount_out(amount, reserve_in, reserve_out), rel=1e-14, abs=1.0
    )


@settings(max_examples=100, deadline=None)
@given(st.fractions(1, 10**6), st.fractions(1, 10**6), st.fractions(0, 10**6))
def test_every_field_is_the_rational_number(x, y, d):
    fee = Fraction(3, 1000)
    x, y, d = (Fraction(float(v)) for v in (x, y, d))
    got = constant_product_swap(reserve_in=float(x), reserve_out=float(y), amount_in=float(d), fee=0.003)
    net = d * (1 - fee)
    out = y * net / (x + net)
    after = (y - out) / (x + d)
    assert float(got.shortfall) == pytest.approx(float(net / (x + net)), rel=1e-14)
    assert float(got.end_price_impact) == pytest.approx(float(1 - after / (y / x)), rel=1e-14)
    total = 1 - out / (d * y / x) if d else fee
    assert float(got.total_shortfall) == pytest.approx(float(total), rel=1e-14)


@given(POSITIVE, POSITIVE, st.floats(0.0, 1.0), st.sampled_from([0.0, 0.0005, 0.003, 0.01]))
def test_the_input_for_an_output_is_the_inverse(x, y, share, fee):
    amount = share * 3.0 * x
    out = constant_product_swap(reserve_in=x, reserve_out=y, amount_in=amount, fee=fee).amount_out
    back = constant_product_input(reserve_in=x, reserve_out=y, amount_out=out, fee=fee)
    assert float(back) == pytest.approx(amount, rel=1e-13, abs=1e-300)


@given(POSITIVE, POSITIVE, st.floats(0.0, 0.1))
def test_shortfall_rises_and_its_amount_is_convex(x, y, fee):
    sizes = np.linspace(0.0, 2.0 * x, 200)
    got = constant_product_swap(reserve_in=x, reserve_out=y, amount_in=sizes, fee=fee)
    cost = sizes * got.total_shortfall
    for rising in (got.shortfall, got.total_shortfall, got.end_price_impact, cost):
        assert (np.diff(rising) > 0.0).all()
    assert (np.diff(cost, 2) > -1e-14 * x).all()


@given(POSITIVE, POSITIVE, st.floats(0.0, 2.0), st.floats(0.0, 1.0))
def test_two_trades_without_fee_are_one_and_with_fee_are_no_better(x, y, size, share):
    def swap(reserve_in, reserve_out, amount, fee):
        return float(
            constant_product_swap(
                reserve_in=reserve_in, reserve_out=reserve_out, amount_in=amount, fee=fee
            ).amount_out
        )

    first, second = share * size * x, (1.0 - share) * size * x
    for fee in (0.0, 0.003):
        one = swap(x, y, first, fee)
        both = one + swap(x + first, y - one, second, fee)
        whole = swap(x, y, first + second, fee)
        if fee == 0.0:
            assert both == pytest.approx(whole, rel=1e-12)
        assert both <= whole * (1.0 + 1e-12)


@pytest.mark.parametrize(
    "change",
    [
        {"reserve_in": 0.0},
        {"reserve_in": math.inf},
        {"reserve_out": -1.0},
        {"amount_in": -1.0},
        {"amount_in": math.nan},
        {"fee": 1.0},
        {"fee": -0.1},
        {"fee": math.nan},
    ],
)
def test_a_pool_outside_its_domain_is_refused(change):
    with pytest.raises(InvalidInput):
        constant_product_swap(**({"reserve_in": 1.0, "reserve_out": 1.0, "amount_in": 1.0} | change))


def test_no_input_empties_a_pool():
    with pytest.raises(InvalidInput, match="below the reserve"):
        constant_product_input(reserve_in=1.0, reserve_out=5.0, amount_out=5.0)


def book():
    return OrderBook(
        bid_prices=np.array([99.0, 98.0, 95.0]),
        bid_sizes=np.array([1.0, 2.0, 3.0]),
        ask_prices=np.array([101.0, 103.0]),
        ask_sizes=np.array([2.0, 2.0]),
    )


def test_a_book_counted_by_hand():
    sell = walk_book(book=book(), size=[0.0, 1.0, 2.0, 6.0, 10.0], side=BookSide.SELL)
    assert sell.notional == pytest.approx([0.0, 99.0, 197.0, 99 + 196 + 285, 580.0])
    assert sell.unfilled == pytest.approx([0.0, 0.0, 0.0, 0.0, 4.0])
    assert sell.average_price == pytest.approx([99.0, 99.0, 98.5, 580 / 6, 580 / 6])
    assert sell.worst_price == pytest.approx([99.0, 99.0, 98.0, 95.0, 95.0])
    assert sell.slippage == pytest.approx([0.01, 0.01, 0.015, 1 - 5.8 / 6, 1 - 5.8 / 6])
    assert not sell.complete
    buy = walk_book(book=book(), size=3.0, side=BookSide.BUY)
    assert float(buy.notional) == pytest.approx(305.0)
    assert float(buy.slippage) == pytest.approx(305 / 300 - 1)
    assert buy.complete
    assert book().relative_spread == pytest.approx(0.02)


def built(levels, sign):
    steps, sizes = zip(*levels, strict=True)
    prices = 1000.0 + sign * np.cumsum(steps) / 500.0
    return prices, np.array(sizes)


@settings(max_examples=150, deadline=None)
@given(
    LEVELS, LEVELS, st.lists(st.floats(0.0, 700.0), min_size=1, max_size=8), st.sampled_from(list(BookSide))
)
def test_the_walk_is_the_level_by_level_one(bids, asks, sizes, side):
    bid_prices, bid_sizes = built(bids, -1.0)
    ask_prices, ask_sizes = built(asks, 1.0)
    got = walk_book(book=OrderBook(bid_prices, bid_sizes, ask_prices, ask_sizes), size=sizes, side=side)
    rows = (ask_prices, ask_sizes) if side is BookSide.BUY else (bid_prices, bid_sizes)
    for at, size in enumerate(sizes):
        left, paid = size, 0.0
        for price, depth in zip(*rows, strict=True):
            take = min(left, depth)
            paid, left = paid + take * price, left - take
        assert got.notional[at] == pytest.approx(paid, rel=1e-12, abs=1e-9)
        assert got.unfilled[at] == pytest.approx(left, rel=1e-12, abs=1e-11)
    assert (got.slippage >= 0.0).all()


@given(LEVELS)
def test_the_cost_of_a_book_rises_and_is_convex(asks):
    prices, sizes = built(asks, 1.0)
    steps = np.linspace(0.0, sizes.sum(), 101)
    whole = OrderBook(np.array([999.0]), np.array([1.0]), prices, sizes)
    got = walk_book(book=whole, size=steps, side=BookSide.BUY)
    assert (np.diff(got.slippage) >= -1e-12).all()
    assert (np.diff(got.notional, 2) >= -1e-7).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"bid_prices": np.array([98.0, 99.0])}, "bid prices"),
        ({"ask_prices": np.array([101.0, 101.0])}, "ask prices"),
        ({"bid_prices": np.array([101.0, 99.0])}, "crossed"),
        ({"ask_sizes": np.array([1.0])}, "levels"),
        ({"ask_sizes": np.array([1.0, 0.0])}, "positive"),
        ({"bid_prices": np.array([]), "bid_sizes": np.array([])}, "levels"),
    ],
)
def test_a_bad_book_is_refused(change, words):
    good = {
        "bid_prices": np.array([99.0, 98.0]),
        "bid_sizes": np.array([1.0, 1.0]),
        "ask_prices": np.array([101.0, 102.0]),
        "ask_sizes": np.array([1.0, 1.0]),
    }
    with pytest.raises(InvalidInput, match=words):
        OrderBook(**(good | change))


def test_square_root_impact_and_its_mean_over_the_order():
    terms = {"daily_volume": 1e9, "daily_volatility": 0.03, "prefactor": 0.9}
    assert float(square_root_impact(size=1e7, **terms)) == pytest.approx(0.9 * 0.03 * 0.1, rel=1e-15)
    assert float(square_root_cost(size=0.0, **terms)) == 0.0
    # Midpoint rule of the mean of I over the order: error of the root at 0 is below 1e-7 with 10,000 points.
    parts = (np.arange(10_000) + 0.5) * 1e3
    mean = float(np.mean(square_root_impact(size=parts, **terms)))
    assert float(square_root_cost(size=1e7, **terms)) == pytest.approx(mean, rel=1e-6)


def test_impact_beyond_what_was_measured_is_refused():
    terms = {"daily_volume": 100.0, "daily_volatility": 0.03}
    with pytest.raises(InvalidInput, match=r"0\.5 of the daily volume"):
        square_root_impact(size=50.0, **terms)
    assert float(square_root_impact(size=50.0, largest_participation=1.0, **terms)) > 0.0
    with pytest.raises(InvalidInput, match="largest_participation"):
        square_root_impact(size=50.0, largest_participation=1.5, **terms)


def test_lvar_of_a_worked_position():
    # 10M in a market with mean spread 0.2 %, deviation 0.1 %, multiple 3: half of 0.5 % of 10M.
    spread = exogenous_spread_cost(
        position_value=-10e6, mean_relative_spread=0.002, spread_deviation=0.001, spread_multiple=3.0
    )
    assert float(spread) == pytest.approx(25_000.0, rel=1e-14)
    deep = depth_cost(position_value=10e6, size=50.0, depth=200.0, depth_band=0.02)
    assert float(deep) == pytest.approx(25_000.0, rel=1e-14)
    assert float(
        liquidity_adjusted_var(value_at_risk=1e6, exogenous_cost=spread, endogenous_cost=deep)
    ) == pytest.approx(1.05e6, rel=1e-14)


def test_depth_cost_is_that_of_an_even_book():
    count, mid, band, depth = 4000, 100.0, 0.02, 400.0
    prices = mid * (1.0 + band * (np.arange(count) + 0.5) / count)
    even = OrderBook(2.0 * mid - prices, np.full(count, depth / count), prices, np.full(count, depth / count))
    sizes = np.array([40.0, 200.0, 400.0])
    walked = walk_book(book=even, size=sizes, side=BookSide.BUY)
    cost = depth_cost(position_value=mid * sizes, size=sizes, depth=depth, depth_band=band)
    # The book has 4,000 steps: sizes are whole numbers of them, so its sum is the integral's midpoint rule, exact.
    np.testing.assert_allclose(walked.notional - mid * sizes, cost, rtol=1e-10)
    with pytest.raises(InvalidInput, match="of the depth"):
        depth_cost(position_value=1.0, size=401.0, depth=400.0, depth_band=0.02)
    with pytest.raises(InvalidInput, match="depth_band"):
        depth_cost(position_value=1.0, size=1.0, depth=400.0, depth_band=2.0)


def test_the_spread_multiple_of_a_sample():
    spreads = np.arange(1.0, 501.0)
    want = (495.0 - spreads.mean()) / spreads.std()
    assert spread_multiple(relative_spreads=spreads, confidence=0.99) == pytest.approx(want, rel=1e-14)
    assert spread_multiple(relative_spreads=np.full(500, 0.001), confidence=0.99) == 0.0
    with pytest.raises(NotEnoughObservations, match="needs 500 observations, got 499"):
        spread_multiple(relative_spreads=spreads[1:], confidence=0.99)


@given(st.integers(1, 400))
def test_the_unwinding_factor_is_its_sum(steps):
    want = math.sqrt(sum((i / steps) ** 2 for i in range(1, steps + 1)))
    assert float(unwind_deviation_factor(steps=steps)) == pytest.approx(want, rel=1e-13)
    assert float(unwind_deviation_factor(steps=steps)) <= math.sqrt(steps)


def test_unwinding_takes_whole_steps():
    got = unwind_steps(size=[0.0, 1.0, 10.0, 10.1], depth_per_step=10.0)
    assert list(got) == [1, 1, 1, 2]
    assert int(unwind_steps(size=100.0, depth_per_step=10.0, participation=0.2)) == 50
    for bad in ({"participation": 1.5}, {"depth_per_step": 0.0}, {"size": 1e300}):
        with pytest.raises(InvalidInput):
            unwind_steps(**({"size": 1.0, "depth_per_step": 1.0} | bad))
    with pytest.raises(InvalidInput, match="at least 1"):
        unwind_deviation_factor(steps=0.5)


def test_every_field_has_the_broadcast_shape_and_others_are_refused():
    got = constant_product_swap(reserve_in=1.0, reserve_out=np.ones((3, 1)), amount_in=[1.0, 2.0], fee=0.0)
    for name in ("amount_in", "amount_out", "shortfall", "total_shortfall", "end_price_impact"):
        assert getattr(got, name).shape == (3, 2)
    with pytest.raises(InvalidInput, match="broadcast"):
        constant_product_swap(reserve_in=[1.0, 2.0], reserve_out=np.ones(3), amount_in=1.0)
    with pytest.raises(InvalidInput, match="broadcast"):
        depth_cost(position_value=[1.0, 2.0], size=np.ones(3), depth=2.0, depth_band=0.1)


def test_sizes_far_beyond_the_reserve_keep_their_limits():
    got = constant_product_swap(reserve_in=1e-200, reserve_out=1.0, amount_in=1e200, fee=0.003)
    assert float(got.end_price_impact) == float(got.shortfall) == float(got.amount_out) == 1.0

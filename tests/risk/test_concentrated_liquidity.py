"""Concentrated liquidity against Uniswap's integers, a recorded pool and its limits."""

import csv
import os
from pathlib import Path

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.errors import InvalidInput
from risk.liquidity import (
    ConcentratedPool,
    PoolSide,
    concentrated_swap,
    constant_product_swap,
    square_root_price,
)
from tests.risk.uniswap_integers import Q96, v3_swap

SIDES = list(PoolSide)


def pool_of(ticks, liquidity, here, fee=0.003):
    return ConcentratedPool(
        square_root=float(square_root_price(tick=here)),
        square_roots=square_root_price(tick=ticks),
        liquidity=np.asarray(liquidity, dtype=float),
        fee=fee,
    )


@pytest.mark.parametrize("tick", [-887_272, -60, 0, 1, 202_000, 887_272])
def test_the_root_of_a_tick_is_the_power(tick):
    with mpmath.workdps(40):
        exact = mpmath.mpf("1.0001") ** (mpmath.mpf(tick) / 2)
    # exp of at most 44: its argument's rounding, 44 x 2^-53 twice, is the bound.
    assert float(square_root_price(tick=tick)) == pytest.approx(float(exact), rel=2e-14)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.integers(-3000, 3000), min_size=3, max_size=9, unique=True).map(sorted),
    st.data(),
)
def test_the_walk_is_that_of_the_contract(ticks, data):
    liquidity = data.draw(
        st.lists(
            st.sampled_from([0, 10**21, 3 * 10**22, 10**24]), min_size=len(ticks) - 1, max_size=len(ticks) - 1
        )
    )
    here = data.draw(st.integers(ticks[0], ticks[-1]))
    amount = data.draw(st.integers(10**15, 10**24))
    side = data.draw(st.sampled_from(SIDES))
    pool = pool_of(ticks, liquidity, here)
    got = concentrated_swap(pool=pool, amount_in=float(amount), side=side)
    roots = [int(mpmath.mpf(float(root)) * Q96) for root in pool.square_roots]
    out, unfilled, end = v3_swap(
        int(mpmath.mpf(pool.square_root) * Q96),
        roots,
        liquidity,
        amount,
        3000,
        base_in=side is PoolSide.BASE_IN,
    )
    # The contract rounds by at most 2 units of 1e-18 a piece; float64 by 1e-15 of the largest sums.
    assert float(got.amount_out) == pytest.approx(out, rel=1e-11, abs=1e-11 * amount)
    assert float(got.unfilled) == pytest.approx(unfilled, rel=1e-9, abs=1e-11 * amount)
    if unfilled == 0:
        assert float(got.end_square_root) == pytest.approx(end / Q96, rel=1e-11)
    assert float(got.filled + got.unfilled) == pytest.approx(amount, rel=1e-15)


@pytest.mark.parametrize("side", SIDES)
def test_one_wide_range_is_a_constant_product_pool(side):
    liquidity, price = 1e6, 2000.0
    pool = ConcentratedPool(np.sqrt(price), np.array([1e-9, 1e9]), np.array([liquidity]), 0.003)
    base, quote = liquidity / np.sqrt(price), liquidity * np.sqrt(price)
    reserve_in, reserve_out = (base, quote) if side is PoolSide.BASE_IN else (quote, base)
    sizes = np.concatenate(([0.0], np.geomspace(1e-6, 10.0, 50) * reserve_in))
    got = concentrated_swap(pool=pool, amount_in=sizes, side=side)
    flat = constant_product_swap(reserve_in=reserve_in, reserve_out=reserve_out, amount_in=sizes, fee=0.003)
    assert got.complete
    np.testing.assert_allclose(got.amount_out, flat.amount_out, rtol=1e-13)
    np.testing.assert_allclose(got.total_shortfall, flat.total_shortfall, rtol=1e-9, atol=1e-15)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.0, 1e6), min_size=6, max_size=6), st.sampled_from(SIDES), st.integers(-600, 600))
def test_cost_rises_and_is_convex_in_size(liquidity, side, here):
    pool = pool_of([-600, -300, -100, 0, 90, 300, 600], liquidity, here)
    sizes = np.linspace(0.0, 2e4, 401)
    got = concentrated_swap(pool=pool, amount_in=sizes, side=side)
    gained = np.diff(got.amount_out)
    slack = 1e-9 * (1.0 + got.amount_out.max())
    assert (gained >= -slack).all()
    assert (np.diff(gained) <= slack).all()  # proceeds are concave: their shortfall is convex


def test_two_trades_without_fee_are_one():
    pool = pool_of([-600, -100, 80, 600], [4e5, 1e6, 2e5], 3, fee=0.0)
    for side in SIDES:
        whole = concentrated_swap(pool=pool, amount_in=9000.0, side=side)
        first = concentrated_swap(pool=pool, amount_in=5000.0, side=side)
        after = ConcentratedPool(float(first.end_square_root), pool.square_roots, pool.liquidity, 0.0)
        second = concentrated_swap(pool=after, amount_in=4000.0, side=side)
        assert float(first.amount_out + second.amount_out) == pytest.approx(
            float(whole.amount_out), rel=1e-12
        )
        assert float(second.end_square_root) == pytest.approx(float(whole.end_square_root), rel=1e-13)


def test_what_the_ticks_cannot_take_is_said():
    pool = pool_of([-10, 10], [1e3], 0)
    got = concentrated_swap(pool=pool, amount_in=[0.1, 1e6], side=PoolSide.BASE_IN)
    room = 1e3 * (np.exp(5 * np.log1p(1e-4)) - 1.0) / 0.997
    assert not got.complete
    assert got.unfilled == pytest.approx([0.0, 1e6 - room], rel=1e-12)
    assert got.filled[1] == pytest.approx(room, rel=1e-12)
    empty = concentrated_swap(pool=pool_of([-10, 10], [0.0], 0), amount_in=5.0, side=PoolSide.QUOTE_IN)
    assert float(empty.filled) == 0.0
    assert float(empty.amount_out) == 0.0


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("edge", [-10, 0, 10])
def test_a_price_on_a_tick_walks_on(side, edge):
    pool = pool_of([-10, 0, 10], [1e3, 2e3], edge, fee=0.0)
    got = concentrated_swap(pool=pool, amount_in=1e-3, side=side)
    outwards = (edge, side) in ((-10, PoolSide.BASE_IN), (10, PoolSide.QUOTE_IN))
    assert float(got.filled) == (0.0 if outwards else 1e-3)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"square_roots": np.array([1.0, 1.0, 2.0])}, "ascend"),
        ({"liquidity": np.array([1.0])}, "square roots"),
        ({"liquidity": np.array([1.0, -1.0])}, "at least 0"),
        ({"square_root": 5.0}, "outside"),
        ({"square_root": float("nan")}, "outside"),
        ({"fee": 1.0}, "fee"),
    ],
)
def test_a_bad_pool_is_refused(change, words):
    good = {
        "square_root": 1.5,
        "square_roots": np.array([1.0, 2.0, 3.0]),
        "liquidity": np.array([1.0, 2.0]),
        "fee": 0.003,
    }
    with pytest.raises(InvalidInput, match=words):
        ConcentratedPool(**(good | change))


def test_a_tick_out_of_range_is_refused():
    for tick in (900_000, float("nan")):
        with pytest.raises(InvalidInput, match="ticks"):
            square_root_price(tick=tick)


@pytest.mark.data
@pytest.mark.skipif("TAILGUARD_DATA" not in os.environ, reason="set TAILGUARD_DATA to walk a recorded pool")
@pytest.mark.parametrize("side", SIDES)
def test_a_recorded_pool_is_walked_as_the_contract_would(side):
    path = Path(os.environ["TAILGUARD_DATA"]) / "pool_depth" / "uniswap_v3_ticks_eth-usdc_2025-08.csv"
    with path.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    ticks = [int(row["tick"]) for row in rows]
    liquidity = [int(row["activeLiquidity"]) for row in rows[:-1]]
    here = 0.5 * (ticks[len(ticks) // 2] + ticks[len(ticks) // 2 + 1])
    pool = pool_of(ticks, liquidity, here, fee=0.0005)
    roots = [int(mpmath.mpf(float(root)) * Q96) for root in pool.square_roots]
    start = int(mpmath.mpf(pool.square_root) * Q96)
    unit = 10**18 if side is PoolSide.BASE_IN else 10**9  # 1 ETH (18 decimals), 1,000 USDC (6)
    for amount in (unit, 10**3 * unit, 10**5 * unit):
        got = concentrated_swap(pool=pool, amount_in=float(amount), side=side)
        out, unfilled, _ = v3_swap(start, roots, liquidity, amount, 500, base_in=side is PoolSide.BASE_IN)
        # A piece rounds by at most 2 units of either token.
        rounding = 2.0 * len(ticks) * (1.0 + out / amount)
        assert float(got.amount_out) == pytest.approx(out, rel=1e-12, abs=rounding)
        assert float(got.unfilled) == pytest.approx(unfilled, rel=1e-9, abs=1e-9 * amount)

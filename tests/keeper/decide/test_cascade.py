"""Closing some accounts moves the price against others: worked examples, and what holds for any book."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keeper.decide.cascade import Depth, Exposure, cascade

DEPTH = Depth({2: 50_000.0}, 100_000.0)  # one percent for 100,000 of underlying 1, for 50,000 of underlying 2


def test_a_worked_example_in_two_steps():
    """1 sells 1,000,000 of underlying 1: -10%. That costs 2 its 40,000 of cushion; its 2,000,000 make it -30%, which
    reaches 3; 4 is short and gains."""
    book = [
        Exposure(1, 0.0, 1.0, (1_000_000.0,)),
        Exposure(2, 140_000.0, 100_000.0, (2_000_000.0,)),
        Exposure(3, 120_000.0, 100_000.0, (100_000.0,)),
        Exposure(4, 120_000.0, 100_000.0, (-500_000.0,)),
    ]
    found = cascade(closed=[1], exposures=book, depth=DEPTH)
    assert found.drawn_in == (2, 3)
    assert found.steps == 2
    assert found.moves == pytest.approx((-0.31,))
    assert found.largest_move == pytest.approx(0.31)


def test_each_underlying_has_its_own_depth_and_shorts_buy():
    book = [Exposure(1, 0.0, 1.0, (-200_000.0, 200_000.0))]
    assert cascade(closed=[1], exposures=book, depth=DEPTH).moves == pytest.approx((0.02, -0.04))


def test_who_is_under_water_anyway_is_not_counted_as_drawn_in():
    book = [Exposure(1, 0.0, 1.0, (1e6,)), Exposure(2, 99.0, 100.0, (1e6,))]
    assert cascade(closed=[1], exposures=book, depth=DEPTH).drawn_in == ()


def test_nothing_closed_moves_nothing():
    found = cascade(closed=[], exposures=[Exposure(1, 0.0, 0.0, (1e9, 1e9))], depth=DEPTH)
    assert (found.moves, found.drawn_in, found.largest_move) == ((0.0, 0.0), (), 0.0)
    assert cascade(closed=[], exposures=[], depth=DEPTH).largest_move == 0.0


def test_no_price_moves_by_more_than_itself():
    book = [Exposure(1, 0.0, 1.0, (1e30, -1e30))]
    assert cascade(closed=[1], exposures=book, depth=DEPTH).moves == (-1.0, 1.0)


books = st.lists(
    st.tuples(st.floats(-1e6, 1e6), st.floats(0, 1e6), st.floats(-1e7, 1e7), st.floats(-1e7, 1e7)),
    min_size=1,
    max_size=12,
).map(lambda rows: [Exposure(i, e, r, (a, b)) for i, (e, r, a, b) in enumerate(rows)])


@given(book=books, first=st.sets(st.integers(0, 11)))
def test_it_ends_and_is_a_fixed_point(book, first):
    found = cascade(closed=first, exposures=book, depth=DEPTH)
    assert found.steps <= len(book)
    assert not first & set(found.drawn_in)
    everyone = first | set(found.drawn_in)
    again = cascade(closed=everyone, exposures=book, depth=DEPTH)
    assert (again.drawn_in, again.moves) == ((), found.moves)


@given(book=books, first=st.sets(st.integers(0, 11)))
def test_an_endlessly_deep_market_draws_nobody_in(book, first):
    assert cascade(closed=first, exposures=book, depth=Depth({}, math.inf)).drawn_in == ()

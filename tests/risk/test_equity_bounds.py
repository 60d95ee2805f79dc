"""Bounds of equity that need no repricing: they hold for any book, and lie close where the interval is narrow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.instruments import InstrumentTable
from risk.margin import equity_bounds, equity_interval
from tests.risk import requirement_cases as cases

TABLE = InstrumentTable.of(
    [
        cases.perpetual(),
        cases.option(8_000, is_call=True),
        cases.option(8_000, is_call=False),
        cases.option(6_500, is_call=False),
        cases.perpetual(2),
        cases.option(250, is_call=True, underlying=2),
    ]
)
INDEX = np.array([8_000.0, 200.0])
books = st.lists(st.floats(-50.0, 50.0), min_size=6, max_size=6)
shares = st.floats(0.0, 0.9)


def holding(quantities, low, high):
    return {
        "table": TABLE,
        "market": cases.market(),
        "quantities": quantities,
        "cash": [1_000.0],
        "entry_values": [[500.0, -200.0]],
        "low": low,
        "high": high,
    }


def bounds(**terms):
    return equity_bounds(**terms, parameters=cases.PARAMETERS)


@settings(max_examples=300)
@given(quantities=books, down=shares, up=st.floats(0.0, 3.0))
def test_equity_at_both_ends_lies_between_its_bounds(quantities, down, up) -> None:
    terms = holding(quantities, INDEX * (1 - down), INDEX * (1 + up))
    exact, bound = equity_interval(**terms), bounds(**terms)
    slack = 1e-9 * float(np.abs(quantities) @ np.array([8_000.0] * 4 + [200.0] * 2) + 1_700.0)
    assert bound.low[0] <= exact.low[0] + slack
    assert bound.high[0] >= exact.high[0] - slack


@settings(max_examples=100)
@given(quantities=books)
def test_on_a_narrow_interval_of_equal_halves_they_lie_close(quantities) -> None:
    """Off by the curvature alone: x^2 F pdf(0) / (2 s (1 - x)) with x = 0.1 % and s >= 5 % is below 4e-6 of F."""
    terms = holding(quantities, INDEX * 0.999, INDEX * 1.001)
    exact, bound = equity_interval(**terms), bounds(**terms)
    most = 8e-6 * float(np.abs(quantities) @ np.array([8_040.0] * 4 + [201.0] * 2)) + 1e-6
    assert exact.low[0] - bound.low[0] <= most
    assert bound.high[0] - exact.high[0] <= most


def test_a_perpetual_by_hand() -> None:
    """Ten long at 8,000 between 7,900 and 8,200: the wider end is 200 away, and stands for both."""
    bound = bounds(**holding([10.0, 0, 0, 0, 0, 0], [7_900.0, 200.0], [8_200.0, 200.0]))
    equity = 1_000.0 - 300.0 + 10.0 * 8_000.0
    assert bound.low[0] == pytest.approx(equity - 10.0 * 200.0)
    assert bound.high[0] == pytest.approx(equity + 10.0 * 200.0)


def test_a_call_and_a_put_of_one_strike_have_the_curvature_of_their_net_quantity() -> None:
    ends = ([7_600.0, 200.0], [8_400.0, 200.0])
    exact = equity_interval(**holding([0, 5.0, -5.0, 0, 0, 0], *ends))
    bound = bounds(**holding([0, 5.0, -5.0, 0, 0, 0], *ends))
    assert bound.low[0] == pytest.approx(exact.low[0])
    assert bound.high[0] == pytest.approx(exact.high[0])


def test_an_interval_wider_than_the_contract_can_bound_bounds_nothing() -> None:
    wide = bounds(**holding([1.0, 0, 0, 0, 0, 0], [8_000.0, 200.0], [8_000.0 * 65_538, 200.0]))
    assert wide.low[0] < -1e20
    assert wide.high[0] > 1e20
    kept = bounds(**holding([1.0, 0, 0, 0, 0, 0], [8_000.0, 200.0], [8_000.0 * 65_537, 200.0]))
    assert kept.high[0] == pytest.approx(1_000.0 - 300.0 + 8_000.0 * 65_537)

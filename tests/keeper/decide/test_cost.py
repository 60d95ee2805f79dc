"""What a round may cost follows the value it protects."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from keeper.decide.cost import CostPolicy, most_cost_wei

POLICY = CostPolicy(share=Decimal("0.001"), least_wei=10**16, most_wei=5 * 10**18)


def test_a_tenth_of_a_percent_of_the_value_at_risk():
    bound = most_cost_wei(value_at_risk=Decimal(2_000_000), native_price=Decimal(2_000), policy=POLICY)
    assert bound == 10**18  # 2,000 quote buy one unit


def test_an_empty_book_may_still_be_served_and_a_huge_one_does_not_empty_the_purse():
    assert most_cost_wei(value_at_risk=Decimal(0), native_price=Decimal(2_000), policy=POLICY) == 10**16
    huge = most_cost_wei(value_at_risk=Decimal(10**12), native_price=Decimal(2_000), policy=POLICY)
    assert huge == 5 * 10**18


def test_without_a_native_price_the_upper_bound_holds():
    assert most_cost_wei(value_at_risk=Decimal(1), native_price=None, policy=POLICY) == 5 * 10**18


@given(low=st.integers(0, 10**9), more=st.integers(0, 10**9))
def test_more_at_risk_never_lowers_the_bound(low, more):
    def bound(value):
        return most_cost_wei(value_at_risk=Decimal(value), native_price=Decimal(100), policy=POLICY)

    assert bound(low + more) >= bound(low)

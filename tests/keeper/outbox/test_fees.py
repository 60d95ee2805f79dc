"""Offers and replacements: what every client's pool takes, inside the bound on cost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from keeper.outbox.fees import Fees, least_replacement, market_fees, outbids, replacement, within_cost

WEI = st.integers(1, 10**14)


@st.composite
def offers(draw):
    tip = draw(WEI)
    return Fees(tip + draw(st.integers(0, 10**14)), tip)


@given(previous=offers(), market=offers())
def test_a_replacement_outbids_by_an_eighth_and_meets_the_market(previous, market):
    offer = replacement(previous, market)
    assert offer.max_fee * 1_000 >= previous.max_fee * 1_125
    assert offer.max_priority_fee * 1_000 >= previous.max_priority_fee * 1_125
    assert offer.max_fee >= market.max_fee
    assert offer.max_priority_fee >= market.max_priority_fee
    assert offer.max_fee >= offer.max_priority_fee


@given(previous=offers())
def test_one_wei_less_does_not_outbid(previous):
    least = least_replacement(previous)
    assert outbids(least, previous)
    assert not outbids(Fees(least.max_fee - 1, least.max_priority_fee), previous)
    assert not outbids(Fees(least.max_fee, least.max_priority_fee - 1), previous)


@given(fees=offers(), gas=st.integers(21_000, 30_000_000), bound=st.integers(1, 10**20))
def test_no_offer_costs_more_than_its_bound(fees, gas, bound):
    offer = within_cost(fees, gas=gas, most_cost_wei=bound)
    assert gas * offer.max_fee <= bound or offer.max_fee == 1  # nothing below one wei can be offered
    assert offer.max_priority_fee <= offer.max_fee
    assert offer.max_fee <= fees.max_fee


def test_without_a_bound_nothing_is_lowered():
    fees = Fees(10, 2)
    assert within_cost(fees, gas=10**9, most_cost_wei=None) == fees


def test_the_markets_offer_survives_a_doubled_base_fee():
    assert market_fees(base_fee=30, priority_fee=2) == Fees(62, 2)

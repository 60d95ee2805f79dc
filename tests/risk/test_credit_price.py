"""Gains are credited slowly, losses at once, in the contract's own integers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from risk.margin.credit_price import CreditMark, credit_prices
from risk.units import WAD

THEN = 1_700_000_000
PRICES = st.integers(0, 2**96 - 1)


def test_the_vector_that_solidity_is_held_to() -> None:
    """`tests/contracts/libraries/CreditPrice.prop.t.sol`."""
    mark = CreditMark(20_000 * WAD, 41_234 * WAD, THEN)
    found = credit_prices(mark=mark, price=31_415 * WAD, half_life_seconds=1_800, now=THEN + 100)
    assert found == (20_423_271_155_177_620_372_902, 40_869_908_938_003_586_995_924)


@given(
    low=PRICES, high=PRICES, price=PRICES, half_life=st.integers(60, 604_800), elapsed=st.integers(0, 10**7)
)
def test_credit_prices_enclose_the_price_and_move_toward_it(low, high, price, half_life, elapsed) -> None:
    mark = CreditMark(low, high, THEN)
    new = credit_prices(mark=mark, price=price, half_life_seconds=half_life, now=THEN + elapsed)
    assert min(low, price) <= new[0] <= price <= new[1] <= max(high, price)


@given(price=PRICES, half_life=st.integers(0, 604_800), elapsed=st.integers(0, 10**7))
def test_without_a_mark_or_a_half_life_it_is_the_price(price, half_life, elapsed) -> None:
    never = credit_prices(mark=CreditMark(), price=price, half_life_seconds=half_life, now=elapsed)
    free = credit_prices(mark=CreditMark(1, 2**96 - 1, THEN), price=price, half_life_seconds=0, now=THEN)
    assert never == free == (price, price)


@given(st.lists(st.integers(1, 450), min_size=1, max_size=60))
def test_in_a_half_life_half_of_the_distance_is_closed_at_most(steps) -> None:
    mark, end = CreditMark(100 * WAD, 300 * WAD, THEN), THEN + 1_800
    for step in steps:
        now = min(mark.marked_at + step, end)
        mark = CreditMark(*credit_prices(mark=mark, price=200 * WAD, half_life_seconds=1_800, now=now), now)
    assert mark.low <= 150 * WAD
    assert mark.high >= 250 * WAD

"""Whatever a strategy says, no figure beyond a limit is sent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keeper.amounts import exact
from keeper.candidates import LegDocument
from keeper.liquidator.guard import (
    Capital,
    Limits,
    fitting_fraction,
    least_share,
    most_cost_wei,
    refusal,
    rooms,
)
from keeper.liquidator.names import instrument_named
from keeper.types import WAD
from tests.keeper.liquidator.quote_cases import GAS_COST, capital, fill, offer, quote

LIMITS = Limits(
    least_profit=100 * WAD,
    most_own_requirement=50_000 * WAD,
    least_free_bps=2_000,
    most_gas_wei=10**16,
    most_gas_wei_per_day=10**17,
)
FRESH = Capital(capital(), 0)


def test_what_is_within_every_limit_passes():
    assert refusal(quote(), gas_cost=GAS_COST, capital=FRESH, limits=LIMITS) == ""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"fill": fill(profit_low="102.9")}, "profit 99.9 after gas, 100 is asked"),
        ({"fill": fill(profit_low="-5")}, "profit -8"),
        ({"fill": fill(own_requirement_added="50000.1")}, "own requirement would be 50000.1"),
        ({"fill": fill(free_after="200179")}, "free margin would be 200179 of 1000900"),
        ({"fill": fill(gas_cost_wei=str(10**16 + 1))}, "gas costs"),
        ({"fill": None, "refusal": "reverted with Halted()"}, "Halted"),
        ({"fill": None, "action": "start"}, "nothing to take"),
    ],
)
def test_each_limit_has_its_words(changes, words):
    assert words in refusal(quote(**changes), gas_cost=GAS_COST, capital=FRESH, limits=LIMITS)


def test_what_reduces_the_own_requirement_passes_a_full_inventory():
    full = Capital(capital(own="60000"), 0)
    hedge = quote(fill=fill(own_requirement_added="-100"))
    assert refusal(hedge, gas_cost=GAS_COST, capital=full, limits=LIMITS) == ""
    assert "own requirement" in refusal(quote(), gas_cost=GAS_COST, capital=full, limits=LIMITS)


def test_a_start_is_judged_by_what_its_auction_will_offer():
    poor = quote(action="start", fill=fill(profit_low="1"), offers=[offer(1, "0"), offer(900, "300")])
    assert refusal(poor, gas_cost=GAS_COST, capital=FRESH, limits=LIMITS) == ""
    hopeless = quote(action="start", fill=fill(profit_low="1"), offers=[offer(1, "0"), offer(900, "200")])
    assert "profit 97" in refusal(hopeless, gas_cost=GAS_COST, capital=FRESH, limits=LIMITS)


def test_the_days_gas_ends_everything_even_an_end():
    spent = Capital(capital(), 10**17)
    for action in ("start", "bid", "end"):
        assert "gas of today" in refusal(quote(action=action), gas_cost=0, capital=spent, limits=LIMITS)
    nearly = Capital(capital(), 10**17 - 5)
    assert most_cost_wei(nearly, LIMITS) == 5
    assert "5 may be spent" in refusal(quote(), gas_cost=GAS_COST, capital=nearly, limits=LIMITS)
    assert refusal(quote(action="end", fill=None), gas_cost=0, capital=nearly, limits=LIMITS) == ""


def test_a_bid_reverts_where_a_rival_left_less_than_was_simulated():
    assert least_share(quote(), LIMITS) == 1_980 * WAD // 80_000  # 2,000 less 1 %
    assert least_share(quote(offers=[]), LIMITS) == 0
    assert least_share(quote(own_requirement="0"), LIMITS) == 0


@given(st.integers(-(10**24), 10**24), st.integers(0, 10**24), st.integers(0, WAD))
def test_the_fitting_share_never_exceeds_inventory_nor_what_was_simulated(added, own, taken):
    asked = quote(fill=fill(own_requirement_added=exact(added), fraction=exact(taken)))
    fits = fitting_fraction(asked, Capital(capital(own=exact(own)), 0), LIMITS)
    assert 0 <= fits <= taken
    if added > 0 and fits < taken:
        assert own + added * fits // max(taken, 1) <= max(LIMITS.most_own_requirement, own)


@given(
    st.integers(-(10**22), 10**22),
    st.integers(-(10**23), 10**23),
    st.integers(0, 10**17),
    st.integers(0, 2 * 10**17),
)
def test_what_passes_is_within_the_limits(profit, added, gas_wei, spent):
    asked = quote(
        fill=fill(profit_low=exact(profit), own_requirement_added=exact(added), gas_cost_wei=str(gas_wei))
    )
    if refusal(asked, gas_cost=GAS_COST, capital=Capital(capital(), spent), limits=LIMITS) == "":
        assert profit - GAS_COST >= LIMITS.least_profit
        assert added <= LIMITS.most_own_requirement
        assert gas_wei <= LIMITS.most_gas_wei
        assert spent + gas_wei <= LIMITS.most_gas_wei_per_day


def test_no_limit_no_gas():
    assert most_cost_wei(FRESH, replace(LIMITS, most_gas_wei_per_day=0)) == 0


PERP = instrument_named("1:perp")
LEG = LegDocument(instrument=str(PERP), name="1:perp", quantity="10")


@pytest.mark.parametrize(
    ("held", "quantity", "room"),
    [(0, 10, 4), (3, 10, 1), (4, 10, 0), (7, 10, 0), (-3, 10, 7), (-3, -10, 1), (3, -10, 7)],
)
def test_an_instruments_room_is_what_is_left_to_its_limit_on_the_side_taken(held, quantity, room):
    limits = replace(LIMITS, instruments={PERP: 4 * WAD})
    capital_ = Capital(capital(), 0, {PERP: held * WAD})
    assert rooms(capital_, limits, {PERP: quantity * WAD, 7: WAD}) == {PERP: room * WAD}


def test_a_share_of_all_is_cut_to_the_instrument_with_the_least_room_or_refused():
    limits = replace(LIMITS, instruments={PERP: 4 * WAD})
    bid = quote(legs=[LEG])
    assert fitting_fraction(bid, FRESH, limits) == 4 * WAD // 10
    assert "1:perp: 4 more may be held" in refusal(bid, gas_cost=GAS_COST, capital=FRESH, limits=limits)
    smaller = quote(legs=[LEG], fill=fill(fraction="0.4"))
    assert refusal(smaller, gas_cost=GAS_COST, capital=FRESH, limits=limits) == ""
    start = quote(legs=[LEG], action="start")  # takes nothing
    assert refusal(start, gas_cost=GAS_COST, capital=FRESH, limits=limits) == ""

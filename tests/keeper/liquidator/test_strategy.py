"""The reference strategy: now against later, gas, risk, and rivals."""

from __future__ import annotations

import pytest

from keeper.liquidator.strategy import ProfitModel, judged
from tests.keeper.liquidator.quote_cases import fill, leg_bid, offer, opportunity, quote

CALM = ProfitModel(holding_charge_bps=50, rivals_per_minute=0.5)
ALONE = ProfitModel(holding_charge_bps=50, rivals_per_minute=0.0)
RISING = [offer(1, "2000"), offer(60, "4000"), offer(300, "9000")]


def verdict(asked=None, model=CALM, **facts):
    return judged(opportunity(asked, **facts), model).action


def test_a_fill_that_pays_is_taken_at_the_share_simulated():
    answer = judged(opportunity(number=7), CALM)
    assert (answer.id, answer.action, answer.fraction) == (7, "act", "0.5")


def test_waiting_pays_where_nobody_else_comes():
    rising = quote(offers=RISING)
    assert verdict(rising, ALONE) == "wait"
    # Half a rival a minute leaves e^-2.5 of the last offer and e^-0.5 of the second, which still beats the first.
    assert verdict(rising, CALM) == "wait"
    assert verdict(rising, ProfitModel(50, rivals_per_minute=3.0)) == "act"


@pytest.mark.parametrize(
    ("facts", "asked"),
    [
        ({"gas": "700"}, None),  # 900 - 700 - 200 of risk
        ({"least": "697.1"}, None),
        ({}, quote(fill=fill(own_requirement_added="180000"))),  # the risk of carrying it eats the profit
        ({}, quote(fill=None, refusal="reverted with Halted()")),
        ({}, quote(offers=[])),
    ],
)
def test_what_does_not_pay_waits(facts, asked):
    assert verdict(asked, **facts) == "wait"


def test_profit_is_after_gas_and_risk():
    assert verdict(least="697") == "act"  # 900 - 3 of gas - 200 of risk


def test_a_start_is_worth_its_auctions_best_time():
    start = quote(action="start", offers=[offer(1, "100"), offer(60, "4000")], fill=fill(profit_low="40"))
    assert verdict(start) == "act"
    assert verdict(start, least="1100") == "wait"
    never = quote(action="start", offers=[offer(1, "100")], fill=fill(profit_low="40"))
    assert verdict(never) == "wait"


def test_an_auction_that_is_over_is_ended():
    assert verdict(quote(action="end", fill=None, offers=[])) == "act"


def test_named_legs_are_bid_for_where_they_are_worth_more_than_a_share_of_all():
    # 900 - 3 of gas - 200 of risk for all, 1,000 - 100 of risk for the leg.
    answer = judged(opportunity(legs=[leg_bid()]), CALM)
    assert (answer.action, [leg.instrument for leg in answer.legs]) == ("act", ["1:perp"])
    assert judged(opportunity(legs=[leg_bid(net_low="796")]), CALM).legs == []
    dearer = judged(opportunity(legs=[leg_bid(own_requirement_added="90000")]), CALM)
    assert (dearer.action, dearer.legs, dearer.fraction) == ("act", [], "0.5")


def test_the_best_of_several_is_named():
    several = [leg_bid(net_low="900"), leg_bid(net_low="1500"), leg_bid(net_low="1200")]
    assert judged(opportunity(legs=several), CALM).reason.startswith("worth 1400 ")


def test_legs_are_taken_where_the_own_margin_carries_no_share_of_all():
    refused = quote(fill=None, refusal="reverted with BidderBelowInitialMargin(8, 0, 1)")
    assert verdict(refused) == "wait"
    answer = judged(opportunity(refused, legs=[leg_bid()]), CALM)
    assert (answer.action, len(answer.legs)) == ("act", 1)


def test_legs_too_wait_for_a_better_time_and_for_profit():
    assert judged(opportunity(quote(offers=RISING), legs=[leg_bid()]), ALONE).action == "wait"
    assert judged(opportunity(legs=[leg_bid()], least="901"), CALM).action == "wait"

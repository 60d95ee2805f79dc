"""The liquidator's decision: a table of cases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keeper.liquidator.policy import AccountView, Action, AuctionView, BidLimits, decide
from keeper.types import WAD

LIMITS = BidLimits(least_discount_bps=300, most_own_requirement=500 * WAD, cure_buffer_bps=1_000)
HEALTHY = AccountView(
    account=5,
    equity_low=990 * WAD,
    equity_high=1010 * WAD,
    own_requirement=1000 * WAD,
    maintenance_requirement=900 * WAD,
    legs=3,
    auction=None,
)
AUCTION = AuctionView(base=1000 * WAD, discount_now=40 * WAD, largest_fraction=WAD // 2)


@pytest.mark.parametrize(
    ("view", "action"),
    [
        (HEALTHY, Action.NOTHING),
        (replace(HEALTHY, equity_low=880 * WAD, equity_high=905 * WAD), Action.NOTHING),
        (replace(HEALTHY, equity_low=850 * WAD, equity_high=899 * WAD), Action.START),
        (replace(HEALTHY, equity_low=-10 * WAD, equity_high=-5 * WAD), Action.START),
        (replace(HEALTHY, equity_low=-10 * WAD, equity_high=-5 * WAD, legs=0), Action.NOTHING),
        (replace(HEALTHY, auction=AUCTION, equity_low=991 * WAD), Action.END),
        (replace(HEALTHY, auction=AUCTION, equity_low=989 * WAD), Action.BID),
        (replace(HEALTHY, auction=AUCTION, equity_low=0, legs=0), Action.END),
        (replace(HEALTHY, auction=replace(AUCTION, discount_now=29 * WAD), equity_low=0), Action.WAIT),
        (replace(HEALTHY, auction=replace(AUCTION, largest_fraction=0), equity_low=0), Action.WAIT),
    ],
)
def test_action(view: AccountView, action: Action) -> None:
    assert decide(view, LIMITS).action is action


def test_a_bid_takes_no_more_than_the_curve_allows_nor_than_the_bot_can_carry() -> None:
    distressed = replace(HEALTHY, auction=AUCTION, equity_low=0, own_requirement=400 * WAD)
    assert decide(distressed, LIMITS).fraction == WAD // 2
    heavy = replace(distressed, own_requirement=5_000 * WAD)
    assert decide(heavy, LIMITS).fraction == WAD // 10

"""The demonstration's books: enough of them, varied, tradeable, and the same for the same seed."""

from __future__ import annotations

from decimal import Decimal

from keeper.simulation.books import MARKET_MAKERS, Listing, draw_books
from risk.instruments import Instrument

DAY = 86_400
FIRST_EXPIRY = 1_773_993_600 - 1_773_993_600 % DAY + 8 * 3600
LISTING = Listing(
    expiries=[FIRST_EXPIRY + 7 * DAY * i for i in range(4)],
    spots={1: Decimal(7900), 2: Decimal(195)},
    strike_steps={1: 250, 2: 5},
)


def test_at_least_forty_accounts_of_many_styles_with_market_makers() -> None:
    plans = draw_books(listing=LISTING, seed=7)
    assert len(plans) + MARKET_MAKERS >= 44
    assert len({plan.style for plan in plans}) >= 8
    assert sum(plan.deposit_multiple < Decimal("1.1") for plan in plans) >= 5


def test_every_leg_is_a_listed_instrument_of_whole_lots() -> None:
    for plan in draw_books(listing=LISTING, seed=11):
        for holding in plan.holdings:
            assert Instrument.decode(holding.instrument.encode()) == holding.instrument
            assert holding.quantity != 0
            assert holding.quantity % Decimal("0.1") == 0
            assert holding.instrument.is_perpetual or holding.instrument.expiry in LISTING.expiries


def test_same_seed_same_books() -> None:
    assert draw_books(listing=LISTING, seed=3) == draw_books(listing=LISTING, seed=3)
    assert draw_books(listing=LISTING, seed=3) != draw_books(listing=LISTING, seed=4)

"""A quote in round numbers, as the liquidator simulated it, and what is known of its own account."""

from __future__ import annotations

from keeper.candidates import BlockDocument, MarginDocument
from keeper.liquidator.leg_bids import LegBidDocument, LegLimitDocument
from keeper.liquidator.strategy import Opportunity
from keeper.quotes import FillDocument, OfferDocument, Quote
from keeper.types import WAD

NOW = 1_773_317_114


def offer(seconds: int, discount: str, fraction: str = "0.5") -> OfferDocument:
    return OfferDocument(
        at=NOW + seconds, mark="-45000", discount=discount, price="0", largest_fraction=fraction
    )


def fill(**changes) -> FillDocument:
    values = {
        "fraction": "0.5",
        "profit_low": "900",
        "profit_high": "1100",
        "own_requirement_added": "40000",
        "free_after": "900000",
        "gas": 1_400_000,
        "gas_cost_wei": str(10**15),
        "net_low": "897",
        "net_high": "1097",
    }
    return FillDocument(**{**values, **changes})


def quote(**changes) -> Quote:
    values = {
        "chain_id": 31_337,
        "contract": "0x" + "22" * 20,
        "block": BlockDocument(number=9, hash="0x" + "5e" * 32, timestamp=NOW),
        "expires_at": NOW + 60,
        "account": 6,
        "bidder": 8,
        "action": "bid",
        "witness": None,
        "own_requirement": "80000",
        "legs": [],
        "offers": [offer(1, "2000"), offer(60, "2100")],
        "fill": fill(),
    }
    return Quote(**{**values, **changes})


def capital(equity: str = "1000000", own: str = "0") -> MarginDocument:
    return MarginDocument(
        equity_low=equity,
        equity_high=equity,
        own_requirement=own,
        initial_requirement=own,
        maintenance_requirement=own,
        initial_ratio_bps=13_000,
        maintenance_ratio_bps=10_000,
        attested=False,
    )


def opportunity(
    asked: Quote | None = None, *, gas: str = "3", least: str = "10", number: int = 1, legs=()
) -> Opportunity:
    return Opportunity(
        id=number, quote=asked or quote(), capital=capital(), gas_cost=gas, least_profit=least, leg_bids=legs
    )


def leg_bid(**changes) -> LegBidDocument:
    """One leg, worth 1,000 after gas and before risk."""
    filled = fill(**{"own_requirement_added": "20000", "profit_low": "1002", "net_low": "1000", **changes})
    return LegBidDocument(
        legs=[LegLimitDocument(instrument="1:perp", most="0.5")],
        portion="1",
        relief="0.2",
        share="0.05",
        discount="1000",
        fill=filled,
    )


GAS_COST = 3 * WAD

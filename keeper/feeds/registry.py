"""The public venues, at their own addresses or all under one root."""

from __future__ import annotations

from dataclasses import replace

from keeper.errors import ConfigurationError
from keeper.feeds.base import OptionFeed, PriceFeed
from keeper.feeds.binance import BinanceFeed
from keeper.feeds.bitfinex import BitfinexFeed
from keeper.feeds.bitstamp import BitstampFeed
from keeper.feeds.book import SpotVenue
from keeper.feeds.coinbase import CoinbaseFeed
from keeper.feeds.deribit import DeribitFeed
from keeper.feeds.gemini import GeminiFeed
from keeper.feeds.kraken import KrakenFeed
from keeper.feeds.poloniex import PoloniexFeed

__all__ = [
    "option_feeds_under",
    "public_option_feeds",
    "public_spot_feeds",
    "spot_feed",
    "spot_feeds_under",
]


def public_spot_feeds() -> list[PriceFeed]:
    """The seven venues at their public addresses, by name."""
    return list(_venues())


def spot_feeds_under(root_url: str) -> list[PriceFeed]:
    """The seven venues below one root: venue `x` at `{root_url}/x`."""
    return [replace(venue, base_url=f"{root_url}/{venue.name}") for venue in _venues()]


def spot_feed(name: str, base_url: str) -> PriceFeed:
    """One venue by name at an address. Raises ConfigurationError for a name it does not know."""
    for venue in _venues():
        if venue.name == name:
            return replace(venue, base_url=base_url)
    known = ", ".join(venue.name for venue in _venues())
    raise ConfigurationError(f"no venue '{name}'; known are {known}")


def public_option_feeds() -> list[OptionFeed]:
    return [DeribitFeed()]


def option_feeds_under(root_url: str) -> list[OptionFeed]:
    return [DeribitFeed(base_url=f"{root_url}/deribit")]


def _venues() -> tuple[SpotVenue, ...]:
    return (
        BinanceFeed(),
        BitfinexFeed(),
        BitstampFeed(),
        CoinbaseFeed(),
        GeminiFeed(),
        KrakenFeed(),
        PoloniexFeed(),
    )

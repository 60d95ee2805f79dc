"""What each venue calls the listed underlyings. Keys of the inner tables are the wire's underlying ids."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

BTC: Final = 1
ETH: Final = 2

UNDERLYING_NAMES: Final[Mapping[int, str]] = MappingProxyType({BTC: "BTC", ETH: "ETH"})


def _table(btc: str, eth: str) -> Mapping[int, str]:
    return MappingProxyType({BTC: btc, ETH: eth})


VENUE_SYMBOLS: Final[Mapping[str, Mapping[int, str]]] = MappingProxyType(
    {
        "binance": _table("BTCUSDT", "ETHUSDT"),
        "bitfinex": _table("tBTCUSD", "tETHUSD"),
        "bitstamp": _table("btcusd", "ethusd"),
        "coinbase": _table("BTC-USD", "ETH-USD"),
        "gemini": _table("btcusd", "ethusd"),
        "kraken": _table("XXBTZUSD", "XETHZUSD"),
        "poloniex": _table("BTC_USDT", "ETH_USDT"),
    }
)

# Venues that quote in USDT share the failure of USDT itself, so together they have one vote.
VENUE_DOMAINS: Final[Mapping[str, str]] = MappingProxyType(
    {venue: "usdt" if venue in {"binance", "poloniex"} else venue for venue in VENUE_SYMBOLS}
)

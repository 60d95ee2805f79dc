"""Each spot venue with its documented answers, and where in them the deciding values stand."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from keeper.feeds.binance import BinanceFeed
from keeper.feeds.bitfinex import BitfinexFeed
from keeper.feeds.bitstamp import BitstampFeed
from keeper.feeds.book import SpotVenue
from keeper.feeds.coinbase import CoinbaseFeed
from keeper.feeds.gemini import GeminiFeed
from keeper.feeds.kraken import KrakenFeed
from keeper.feeds.poloniex import PoloniexFeed

FIXTURES = Path(__file__).parent / "fixtures"
UNDERLYING = 1

Location = tuple[str, tuple[str | int, ...]]


def fixture(name: str) -> object:
    return json.loads((FIXTURES / name).read_text())


@dataclass(frozen=True)
class VenueCase:
    """`bid`, `ask`, `time` locate values as (path of the answer, keys); `symbol_at` likewise, where named."""

    feed: type[SpotVenue]
    symbol: str
    files: dict[str, str]
    bid: Location
    ask: Location
    time: Location
    expected: tuple[Decimal, Decimal, int]
    symbol_at: tuple[Location, ...] = field(default=())

    def answers(self) -> dict[str, object]:
        return {path: fixture(name) for path, name in self.files.items()}

    def answers_with(self, location: Location, value: object) -> dict[str, object]:
        path, keys = location
        answers = copy.deepcopy(self.answers())
        _parent(answers, path, keys)[keys[-1]] = value
        return answers

    def answers_without(self, location: Location) -> dict[str, object]:
        path, keys = location
        answers = copy.deepcopy(self.answers())
        del _parent(answers, path, keys)[keys[-1]]
        return answers

    def at(self, root_url: str) -> SpotVenue:
        return self.feed(base_url=root_url, symbols={UNDERLYING: self.symbol})


def _parent(answers, path, keys):
    here = answers[path]
    for key in keys[:-1]:
        here = here[key]
    return here


def case(feed, symbol, files, bid, ask, time, expected, symbol_at=()):
    paths = list(files)
    price, half_spread, seconds = expected

    def located(spot):
        return (paths[spot[0]], spot[1:])

    return VenueCase(
        feed,
        symbol,
        files,
        located(bid),
        located(ask),
        located(time),
        (Decimal(price), Decimal(half_spread), seconds),
        tuple(located(spot) for spot in symbol_at),
    )


CASES = {
    "binance": case(
        BinanceFeed,
        "LTCBTC",
        {"/api/v3/ticker/bookTicker": "binance_book_ticker.json", "/api/v3/trades": "binance_trades.json"},
        (0, "bidPrice"),
        (0, "askPrice"),
        (1, 0, "time"),
        ("4.000001", "0.000001", 1499865549),
        ((0, "symbol"),),
    ),
    "coinbase": case(
        CoinbaseFeed,
        "BTC-USD",
        {"/products/BTC-USD/ticker": "coinbase_ticker.json"},
        (0, "bid"),
        (0, "ask"),
        (0, "time"),
        ("6266.43", "1.28", 1584663777),
    ),
    "kraken": case(
        KrakenFeed,
        "XXBTZUSD",
        {"/0/public/Depth": "kraken_depth.json"},
        (0, "result", "XXBTZUSD", "bids", 0, 0),
        (0, "result", "XXBTZUSD", "asks", 0, 0),
        (0, "result", "XXBTZUSD", "bids", 1, 2),
        ("30340.55", "43.55", 1688671674),
    ),
    "bitstamp": case(
        BitstampFeed,
        "btcusd",
        {"/api/v2/ticker/btcusd/": "bitstamp_ticker.json"},
        (0, "bid"),
        (0, "ask"),
        (0, "timestamp"),
        ("7675.005", "0.005", 1523543610),
    ),
    "gemini": case(
        GeminiFeed,
        "btcusd",
        {"/v1/pubticker/btcusd": "gemini_pubticker.json"},
        (0, "bid"),
        (0, "ask"),
        (0, "volume", "timestamp"),
        ("977.47", "0.12", 1483018200),
    ),
    "bitfinex": case(
        BitfinexFeed,
        "tBTCUSD",
        {"/v2/tickers": "bitfinex_tickers.json", "/v2/trades/tBTCUSD/hist": "bitfinex_trades.json"},
        (0, 0, 1),
        (0, 0, 3),
        (1, 0, 1),
        ("7617", "0.5", 1567526214),
        ((0, 0, 0),),
    ),
    "poloniex": case(
        PoloniexFeed,
        "BTC_USDT",
        {
            "/markets/BTC_USDT/ticker24h": "poloniex_ticker24h.json",
            "/markets/BTC_USDT/price": "poloniex_price.json",
        },
        (0, "bid"),
        (0, "ask"),
        (1, "time"),
        ("26447.575", "0.005", 1648866396),
        ((0, "symbol"), (1, "symbol")),
    ),
}

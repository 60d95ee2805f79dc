"""The venues' documents, written as they publish them. The mirror of `keeper.feeds`, from the same pages."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from keeper.simulation.state import OptionMark, VenueState

__all__ = ["option_name", "option_row"]

Document = dict[str, Any] | list[Any]

_PLACES: Final = Decimal("1e-8")
_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def bid(state: VenueState) -> str:
    return f"{(state.price - state.half_spread).quantize(_PLACES):f}"


def ask(state: VenueState) -> str:
    return f"{(state.price + state.half_spread).quantize(_PLACES):f}"


def last(state: VenueState) -> str:
    return f"{state.price.quantize(_PLACES):f}"


def milliseconds(state: VenueState) -> int:
    return state.timestamp * 1000


def binance_book_ticker(symbol: str, state: VenueState) -> Document:
    prices = {"bidPrice": bid(state), "bidQty": "1.00000000", "askPrice": ask(state), "askQty": "1.00000000"}
    return {"symbol": symbol, **prices}


def binance_trades(state: VenueState) -> Document:
    trade = {"id": state.timestamp, "price": last(state), "qty": "0.10000000", "time": milliseconds(state)}
    return [{**trade, "isBuyerMaker": True, "isBestMatch": True}]


def coinbase_ticker(state: VenueState) -> Document:
    return {
        "ask": ask(state),
        "bid": bid(state),
        "volume": "1000.00000000",
        "trade_id": state.timestamp,
        "price": last(state),
        "size": "0.10000000",
        "time": f"{datetime.fromtimestamp(state.timestamp, UTC):%Y-%m-%dT%H:%M:%S}.000000Z",
    }


def kraken_depth(pair: str, state: VenueState) -> Document:
    book = {
        "asks": [[ask(state), "1.000", state.timestamp]],
        "bids": [[bid(state), "1.000", state.timestamp]],
    }
    return {"error": [], "result": {pair: book}}


def bitstamp_ticker(state: VenueState) -> Document:
    price = last(state)
    return {
        "timestamp": str(state.timestamp),
        "open": price,
        "high": price,
        "low": price,
        "last": price,
        "volume": "1000.00000000",
        "vwap": price,
        "bid": bid(state),
        "ask": ask(state),
    }


def gemini_pubticker(currency: str, state: VenueState) -> Document:
    volume = {currency: "1000.0", "USD": "1000000.0", "timestamp": milliseconds(state)}
    return {"bid": bid(state), "ask": ask(state), "last": last(state), "volume": volume}


def bitfinex_tickers(symbol: str, state: VenueState) -> Document:
    price = float(last(state))
    return [[symbol, float(bid(state)), 10.0, float(ask(state)), 10.0, 0.0, 0.0, price, 1000.0, price, price]]


def bitfinex_trades(state: VenueState) -> Document:
    return [[state.timestamp, milliseconds(state), 0.1, float(last(state))]]


def poloniex_ticker(symbol: str, state: VenueState, now: int) -> Document:
    price = last(state)
    return {
        "symbol": symbol,
        "open": price,
        "low": price,
        "high": price,
        "close": price,
        "startTime": (now - 86_400) * 1000,
        "closeTime": now * 1000,
        "bid": bid(state),
        "bidQuantity": "1",
        "ask": ask(state),
        "askQuantity": "1",
        "ts": now * 1000,
    }


def poloniex_price(symbol: str, state: VenueState, now: int) -> Document:
    times = {"time": milliseconds(state), "ts": now * 1000}
    return {"symbol": symbol, "price": last(state), "dailyChange": "0", **times}


def option_name(currency: str, mark: OptionMark) -> str:
    """Like `BTC-27MAR26-50000-C`; the day has no leading zero."""
    day = datetime.fromtimestamp(mark.expiry, UTC)
    month = _MONTHS[day.month - 1]
    return f"{currency}-{day.day}{month}{day:%y}-{mark.strike:f}-{'C' if mark.is_call else 'P'}"


def option_row(currency: str, mark: OptionMark, now: int) -> dict[str, Any]:
    """A book summary with a mark and no orders; `mark_iv` in percent to two places, as published."""
    return {
        "instrument_name": option_name(currency, mark),
        "base_currency": currency,
        "quote_currency": currency,
        "underlying_index": "index_price",
        "underlying_price": float(mark.forward),
        "interest_rate": 0.0,
        "creation_timestamp": now * 1000,
        "mark_iv": round(mark.mark_volatility * 100, 2),
        "mark_price": round(mark.mark_price, 6),
        "bid_price": None,
        "ask_price": None,
        "mid_price": None,
        "last": None,
        "high": None,
        "low": None,
        "price_change": None,
        "open_interest": mark.open_interest,
        "volume": 0.0,
        "volume_usd": 0.0,
    }


def deribit_book_summaries(currency: str, marks: tuple[OptionMark, ...], now: int) -> Document:
    return {
        "jsonrpc": "2.0",
        "result": [option_row(currency, mark, now) for mark in marks],
        "usIn": now * 1_000_000,
        "usOut": now * 1_000_000,
        "usDiff": 0,
        "testnet": False,
    }


def deribit_error(code: int, message: str) -> Document:
    return {"jsonrpc": "2.0", "error": {"code": code, "message": message}, "testnet": False}

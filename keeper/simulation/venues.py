"""Every venue's public endpoints on one loopback server, answering from the state that a conductor sets.

Venue `x` lives below `/x`, with the paths and documents of its real address: a feed's base URL is all that changes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from keeper.simulation import wire
from keeper.simulation.state import MarketState, VenueState, VenueStatus
from keeper.symbols import UNDERLYING_NAMES, VENUE_SYMBOLS

__all__ = ["VenueServer"]

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Writer = Callable[[str, VenueState, int], wire.Document]


class VenueServer:
    """Serves until stopped; before the first `set_state` and for venues that are DOWN it answers 503."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._host, self._port = host, port
        self._state: MarketState | None = None
        self._runner: web.AppRunner | None = None

    def set_state(self, state: MarketState) -> None:
        """What every venue answers from now on."""
        self._state = state

    async def start(self) -> str:
        """Begins to serve; the root URL, on a free port where none was named."""
        application = web.Application()
        for path, handler in self._routes():
            application.router.add_get(path, handler)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        port = self._runner.addresses[0][1]
        return f"http://{self._host}:{port}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _routes(self) -> list[tuple[str, Handler]]:
        def by_query(venue: str, name: str, writer: Writer) -> Handler:
            return self._answering(venue, lambda request: request.query.get(name, ""), writer)

        def by_path(venue: str, writer: Writer) -> Handler:
            return self._answering(venue, lambda request: request.match_info["symbol"], writer)

        return [
            (
                "/binance/api/v3/ticker/bookTicker",
                by_query(
                    "binance", "symbol", lambda symbol, state, _: wire.binance_book_ticker(symbol, state)
                ),
            ),
            (
                "/binance/api/v3/trades",
                by_query("binance", "symbol", lambda _, state, __: wire.binance_trades(state)),
            ),
            (
                "/coinbase/products/{symbol}/ticker",
                by_path("coinbase", lambda _, state, __: wire.coinbase_ticker(state)),
            ),
            (
                "/kraken/0/public/Depth",
                by_query("kraken", "pair", lambda pair, state, _: wire.kraken_depth(pair, state)),
            ),
            (
                "/bitstamp/api/v2/ticker/{symbol}/",
                by_path("bitstamp", lambda _, state, __: wire.bitstamp_ticker(state)),
            ),
            (
                "/gemini/v1/pubticker/{symbol}",
                by_path("gemini", lambda symbol, state, _: wire.gemini_pubticker(_base(symbol), state)),
            ),
            (
                "/bitfinex/v2/tickers",
                by_query(
                    "bitfinex", "symbols", lambda symbol, state, _: wire.bitfinex_tickers(symbol, state)
                ),
            ),
            (
                "/bitfinex/v2/trades/{symbol}/hist",
                by_path("bitfinex", lambda _, state, __: wire.bitfinex_trades(state)),
            ),
            ("/poloniex/markets/{symbol}/ticker24h", by_path("poloniex", wire.poloniex_ticker)),
            ("/poloniex/markets/{symbol}/price", by_path("poloniex", wire.poloniex_price)),
            ("/deribit/api/v2/public/get_book_summary_by_currency", self._book_summaries),
        ]

    def _answering(self, venue: str, symbol_of: Callable[[web.Request], str], writer: Writer) -> Handler:
        underlyings = {symbol: underlying for underlying, symbol in VENUE_SYMBOLS[venue].items()}

        async def answer(request: web.Request) -> web.StreamResponse:
            symbol = symbol_of(request)
            if symbol not in underlyings:
                return web.json_response({"error": f"unknown symbol {symbol!r}"}, status=404)
            if self._state is None:
                return _unavailable()
            venue_state = self._state.venues.get((venue, underlyings[symbol]))
            if venue_state is None or venue_state.status is VenueStatus.DOWN:
                return _unavailable()
            return web.json_response(writer(symbol, venue_state, self._state.now))

        return answer

    async def _book_summaries(self, request: web.Request) -> web.StreamResponse:
        currency = request.query.get("currency", "")
        underlyings = {name: underlying for underlying, name in UNDERLYING_NAMES.items()}
        if currency not in underlyings or request.query.get("kind") != "option":
            return web.json_response(wire.deribit_error(-32602, "Invalid params"), status=400)
        if self._state is None:
            return _unavailable()
        marks = self._state.options.get(underlyings[currency], ())
        return web.json_response(wire.deribit_book_summaries(currency, marks, self._state.now))


def _base(symbol: str) -> str:
    return symbol.upper().removesuffix("USD")


def _unavailable() -> web.Response:
    return web.Response(status=503, text="<html>maintenance</html>", content_type="text/html")

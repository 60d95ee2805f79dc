"""A venue's past on loopback: Deribit's chart and volatility index, in its wire format and within its limits."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.keeper.feeds.loopback import as_json

HOUR = 3_600
_LEVELS = {"BTC": (70_000.0, 55.0), "ETH": (2_500.0, 70.0)}


class PastVenue:
    """Answers any span with seeded hours; `missing` names a candle by its beginning, `error` refuses everything."""

    def __init__(
        self,
        *,
        missing: Mapping[str, int] | None = None,
        status: str = "ok",
        error: Mapping[str, object] | None = None,
    ) -> None:
        self._missing, self._status, self._error = dict(missing or {}), status, error
        self.requests, self.longest_answer = 0, 0

    @staticmethod
    def price(currency: str, begins: int) -> float:
        """To the cent."""
        hours = begins // HOUR
        return round(
            _LEVELS[currency][0] * math.exp(0.05 * math.sin(hours / 7) + 0.02 * math.sin(hours * 1.7)), 2
        )

    @staticmethod
    def percent(currency: str, begins: int) -> float:
        return round(_LEVELS[currency][1] + 8 * math.sin(begins // HOUR / 11), 2)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        server = TestServer(self.application())
        await server.start_server()
        try:
            yield str(server.make_url("")).rstrip("/")
        finally:
            await server.close()

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_get("/api/v2/public/get_tradingview_chart_data", self._chart)
        application.router.add_get("/api/v2/public/get_volatility_index_data", self._index)
        return application

    async def _chart(self, request: web.Request) -> web.Response:
        currency, _, kind = request.query["instrument_name"].partition("-")
        assert (kind, request.query["resolution"]) == ("PERPETUAL", "60")
        begins = self._hours(request, "chart")
        closes = [self.price(currency, at) for at in begins]
        return self._answer(
            {"status": self._status, "ticks": [at * 1_000 for at in begins], "close": closes, "open": closes}
        )

    async def _index(self, request: web.Request) -> web.Response:
        assert request.query["resolution"] == "3600"
        begins = self._hours(request, "index")
        values = [(at, self.percent(request.query["currency"], at)) for at in begins]
        return self._answer(
            {"data": [[at * 1_000, v + 1, v + 2, v - 1, v] for at, v in values], "continuation": None}
        )

    def _hours(self, request: web.Request, kind: str) -> list[int]:
        first, last = (int(request.query[f"{end}_timestamp"]) // 1_000 for end in ("start", "end"))
        hours = [at for at in range(first, last + 1, HOUR) if at != self._missing.get(kind)]
        self.requests += 1
        self.longest_answer = max(self.longest_answer, len(hours))
        return hours

    def _answer(self, result: Mapping[str, object]) -> web.Response:
        envelope = {"jsonrpc": "2.0", "usIn": 1, "usOut": 2, "testnet": False}
        return as_json({**envelope, **({"error": self._error} if self._error else {"result": result})})

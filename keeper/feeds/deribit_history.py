"""Deribit's hourly closes: the perpetual's price and the 30-day volatility index, as the model's history takes them.

`GET /api/v2/public/get_tradingview_chart_data` gives parallel arrays, `ticks` in milliseconds at the beginning of each
hour; `GET /api/v2/public/get_volatility_index_data` rows of (milliseconds, open, high, low, close), in percent. A bar
is dated by its end. Source: Deribit API documentation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import aiohttp

from keeper.errors import ConfigurationError
from keeper.feeds.deribit import result_of
from keeper.feeds.errors import malformed
from keeper.feeds.parsing import array, item, milliseconds, obj, positive_price, text
from keeper.feeds.transport import get_json
from keeper.symbols import UNDERLYING_NAMES

HOUR: Final = 3_600
# Below what one answer holds (about 5,000 candles, 1,000 of the volatility index).
_HOURS_PER_REQUEST: Final = 720

Bars = dict[int, float]


@dataclass(frozen=True)
class DeribitHistory:
    """Reads the past of each underlying; closed bars do not change, so everyone who asks gets the same document."""

    base_url: str = "https://www.deribit.com"
    currencies: Mapping[int, str] = field(default_factory=lambda: UNDERLYING_NAMES)

    async def document(
        self, session: aiohttp.ClientSession, *, since: int, until: int, advance: Callable[[], None]
    ) -> dict[str, Any]:
        """Every hour's close from `since` to `until` (unix seconds, whole hours), in the form of docs/configuration.md.

        Raises FeedError where the venue fails, ConfigurationError for a bar that it does not have. `advance` is called
        after each answer; there are `requests` of them.
        """
        times = _grid(since, until)
        spots: dict[int, Bars] = {underlying: {} for underlying in self.currencies}
        volatilities: dict[int, Bars] = {underlying: {} for underlying in self.currencies}
        for first in range(0, len(times), _HOURS_PER_REQUEST):
            window = times[first : first + _HOURS_PER_REQUEST]
            for underlying, currency in self.currencies.items():
                spots[underlying] |= await self._prices(session, currency, window)
                advance()
                volatilities[underlying] |= await self._volatilities(session, currency, window)
                advance()
        return {
            "step_seconds": HOUR,
            "timestamps": list(times),
            "spots": _table(times, spots, self.currencies, "price"),
            "volatilities": _table(times, volatilities, self.currencies, "volatility"),
            "source": f"{self.base_url}: hourly closes of perpetual and volatility index",
        }

    def requests(self, *, since: int, until: int) -> int:
        """How many answers `document` waits for."""
        windows = -(-len(_grid(since, until)) // _HOURS_PER_REQUEST)
        return 2 * windows * len(self.currencies)

    async def _prices(self, session: aiohttp.ClientSession, currency: str, window: range) -> Bars:
        query = {"instrument_name": f"{currency}-PERPETUAL", "resolution": "60", **_span(window)}
        chart = obj(await self._get(session, "get_tradingview_chart_data", query), "chart")
        if text(item(chart, "status"), "status") != "ok":
            raise malformed(f"no chart of {currency}-PERPETUAL", chart["status"])
        ticks, closes = array(item(chart, "ticks"), "ticks"), array(item(chart, "close"), "close")
        if len(ticks) != len(closes):
            raise malformed(f"{len(ticks)} ticks and as many closes expected, got", len(closes))
        return {
            milliseconds(tick, "tick") + HOUR: float(positive_price(close, "close"))
            for tick, close in zip(ticks, closes, strict=True)
        }

    async def _volatilities(self, session: aiohttp.ClientSession, currency: str, window: range) -> Bars:
        query = {"currency": currency, "resolution": str(HOUR), **_span(window)}
        answer = obj(await self._get(session, "get_volatility_index_data", query), "volatility index")
        rows = [array(row, "row", at_least=5) for row in array(item(answer, "data"), "data")]
        return {
            milliseconds(row[0], "time") + HOUR: float(positive_price(row[4], "close") / Decimal(100))
            for row in rows
        }

    async def _get(self, session: aiohttp.ClientSession, method: str, query: Mapping[str, str]) -> object:
        return result_of(await get_json(session, f"{self.base_url}/api/v2/public/{method}", query))


def _grid(since: int, until: int) -> range:
    if since % HOUR or until % HOUR or since >= until:
        raise ConfigurationError(f"history from {since} to {until}: whole hours, the first before the last")
    return range(since, until + 1, HOUR)


def _span(window: range) -> dict[str, str]:
    """Of the bars that end in the window: they begin an hour earlier."""
    return {
        "start_timestamp": str((window[0] - HOUR) * 1_000),
        "end_timestamp": str((window[-1] - HOUR) * 1_000),
    }


def _table(
    times: range, columns: Mapping[int, Bars], names: Mapping[int, str], what: str
) -> list[list[float]]:
    for underlying, bars in columns.items():
        missing = [time for time in times if time not in bars]
        if missing:
            raise ConfigurationError(
                f"{len(missing)} of {len(times)} bars have no {what} of {names[underlying]}, the first at unix second "
                f"{missing[0]}: choose a span without it (--until, --days)"
            )
    return [[columns[underlying][time] for underlying in sorted(columns)] for time in times]

"""A recorded day played again: hourly closes of several venues, read from `event_{name}_{currency}.csv` files.

A bar opens at `ts` and is known an hour later. A venue's price is the close of its last known bar; its time is the
end of its last known bar with any volume, so a venue that stopped trading keeps an old time. Bars carry no book, no
options and no price between their ends: half spreads are a stated share of the price, surfaces are synthetic, made
from realised volatility, and labelled so.
"""

from __future__ import annotations

import csv
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Final

from keeper.errors import ConfigurationError
from keeper.simulation.smile import SurfaceShape, option_marks
from keeper.simulation.state import MarketState, OptionMark, VenueState, VenueStatus
from keeper.symbols import UNDERLYING_NAMES, VENUE_SYMBOLS

__all__ = ["BAR_SECONDS", "Bar", "RecordedMarket", "read_bars"]

BAR_SECONDS: Final = 3600
_HOURS_PER_YEAR: Final = 365 * 24
_SHORT_HOURS, _LONG_HOURS = 24, 168
_CENT: Final = Decimal("0.01")
# The recorded column where it is not the venue's name.
_COLUMN_OF: Final = {"binance": "binance_usdt"}


@dataclass(frozen=True, slots=True)
class Bar:
    """A venue's hour: `closed_at` in unix seconds, `traded_at` the end of its last hour with volume, or None."""

    closed_at: int
    close: Decimal
    traded_at: int | None


def read_bars(path: Path) -> dict[str, list[Bar]]:
    """Each known venue's bars, by venue, in order of time. A bar without a close is left out."""
    with path.open(newline="", encoding="utf8") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: int(row["ts"]))
    columns = {venue: _COLUMN_OF.get(venue, venue) for venue in VENUE_SYMBOLS}
    listed = {venue: name for venue, name in columns.items() if rows and f"{name}_close" in rows[0]}
    return {venue: _bars(rows, name) for venue, name in listed.items()}


def _bars(rows: Sequence[Mapping[str, str]], column: str) -> list[Bar]:
    bars: list[Bar] = []
    traded_at: int | None = None
    for row in rows:
        close = row[f"{column}_close"]
        if not close:
            continue
        closed_at = int(row["ts"]) + BAR_SECONDS
        if float(row[f"{column}_volume"] or 0) > 0:
            traded_at = closed_at
        bars.append(Bar(closed_at, Decimal(close), traded_at))
    return bars


@dataclass(frozen=True)
class RecordedMarket:
    """One recorded event; a step is an hour, and step 0 is the end of the first bar."""

    directory: Path
    event: str = "2020-03_black_thursday"
    expiries: tuple[int, ...] = ()
    strikes: Mapping[int, tuple[Decimal, ...]] = field(default_factory=dict)
    half_spread_fraction: Decimal = Decimal("0.0005")

    @property
    def steps(self) -> int:
        return len(self._hours)

    def time(self, step: int) -> int:
        return self._hours[step]

    def truth(self, step: int) -> Mapping[int, Decimal]:
        """The median close of the venues that traded in the hour: what the record holds in truth's place."""
        now = self.time(step)
        return {underlying: self._traded_median(underlying, now) for underlying in self._bars}

    def state(self, step: int) -> MarketState:
        return self.at(self.time(step))

    def at(self, now: int) -> MarketState:
        """What was known at unix second `now`."""
        venues = {
            (venue, underlying): self._venue(bars, now)
            for underlying, by_venue in self._bars.items()
            for venue, bars in by_venue.items()
        }
        options = {underlying: self._options(underlying, now) for underlying in self._bars}
        known = {key: state for key, state in venues.items() if state is not None}
        return MarketState(now, known, options, "synthetic: realised volatility of recorded closes")

    def realised_volatility(self, underlying: int, now: int, hours: int) -> float:
        """Root mean square of hourly log returns of the traded median over the last `hours`, per year."""
        ends = [hour for hour in self._hours if now - hours * BAR_SECONDS <= hour <= now]
        traded = [closes for end in ends if (closes := self._traded_closes(underlying, end))]
        medians = [float(median(closes)) for closes in traded]
        returns = [math.log(later / earlier) for earlier, later in pairwise(medians)]
        if not returns:
            return 0.0
        return math.sqrt(sum(r * r for r in returns) / len(returns) * _HOURS_PER_YEAR)

    def _venue(self, bars: Sequence[Bar], now: int) -> VenueState | None:
        bar = _last_known(bars, now)
        if bar is None:
            return None
        half_spread = max(_CENT, (bar.close * self.half_spread_fraction).quantize(_CENT))
        is_live = bar.traded_at == bar.closed_at
        # Before its first traded hour a venue's time is that of the record's beginning.
        timestamp = bars[0].closed_at - BAR_SECONDS if bar.traded_at is None else bar.traded_at
        status = VenueStatus.LIVE if is_live else VenueStatus.FROZEN
        return VenueState(bar.close, half_spread, timestamp, status)

    def _traded_closes(self, underlying: int, now: int) -> list[Decimal]:
        """Closes of the venues that traded within the hour before `now`."""
        known = [_last_known(bars, now) for bars in self._bars[underlying].values()]
        since = now - BAR_SECONDS
        return [bar.close for bar in known if bar is not None and (bar.traded_at or 0) > since]

    def _traded_median(self, underlying: int, now: int) -> Decimal:
        closes = self._traded_closes(underlying, now)
        if not closes:
            raise ConfigurationError(f"no venue traded underlying {underlying} in the hour before {now}")
        return median(closes)

    def _options(self, underlying: int, now: int) -> tuple[OptionMark, ...]:
        strikes = self.strikes.get(underlying, ())
        if not strikes or not self.expiries or not self._traded_closes(underlying, now):
            return ()
        short = self.realised_volatility(underlying, now, _SHORT_HOURS)
        long = self.realised_volatility(underlying, now, _LONG_HOURS)
        shape = SurfaceShape(min(max(short, 0.4), 2.5), min(max(long, 0.4), 1.5))
        spot = self._traded_median(underlying, now)
        return option_marks(shape, spot=spot, now=now, expiries=self.expiries, strikes=strikes)

    @cached_property
    def _bars(self) -> Mapping[int, Mapping[str, list[Bar]]]:
        return {
            underlying: read_bars(self.directory / f"event_{self.event}_{name}.csv")
            for underlying, name in UNDERLYING_NAMES.items()
        }

    @cached_property
    def _hours(self) -> list[int]:
        return sorted(
            {bar.closed_at for venues in self._bars.values() for bars in venues.values() for bar in bars}
        )


def _last_known(bars: Sequence[Bar], now: int) -> Bar | None:
    known = bisect_right(bars, now, key=lambda bar: bar.closed_at)
    return bars[known - 1] if known else None

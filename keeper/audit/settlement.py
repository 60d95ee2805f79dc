"""Settlement prices from accepted price rounds: `SettlementAverage`, replayed.

A round's price holds from its observation until the next one, for 30 minutes at most. The first round observed at or
after an expiry fixes the average over the covered part of the 30 minutes before it, or its own price if no observation
fell into them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from risk.instruments import Instrument

WINDOW_SECONDS = 1_800
DAY_SECONDS = 86_400
EXPIRY_SECOND_OF_DAY = 28_800


@dataclass(frozen=True, slots=True)
class Average:
    """The window before `expiry` so far: seconds covered, and the sum of price x seconds."""

    expiry: int = 0
    covered: int = 0
    weighted: int = 0

    def extended(self, expiry: int, held: int, since: int, until: int) -> Average:
        """With the price `held`, observed at `since`, added up to `until`."""
        average = self if self.expiry == expiry else Average(expiry)
        start, end = max(since, expiry - WINDOW_SECONDS), min(until, since + WINDOW_SECONDS)
        if end <= start:
            return average
        return Average(expiry, average.covered + end - start, average.weighted + held * (end - start))


def observe(
    average: Average, *, held: int, since: int, price: int, observed_at: int, listed: Collection[int]
) -> tuple[Average, dict[int, int]]:
    """The average after one more round, and the settlement prices (by expiry) that this round fixes."""
    fixed: dict[int, int] = {}
    expiry = next_expiry(since)
    while expiry <= observed_at:
        if expiry in listed:
            if since + WINDOW_SECONDS < expiry:
                fixed[expiry] = price
            else:
                whole = average.extended(expiry, held, since, expiry)
                fixed[expiry] = whole.weighted // whole.covered
        expiry += DAY_SECONDS
    if observed_at + WINDOW_SECONDS >= expiry:
        average = average.extended(expiry, held, since, observed_at)
    return average, fixed


def next_expiry(time: int) -> int:
    """The first 08:00 UTC after `time`."""
    shifted = time + DAY_SECONDS - EXPIRY_SECOND_OF_DAY
    return shifted // DAY_SECONDS * DAY_SECONDS + EXPIRY_SECOND_OF_DAY


def payoff(instrument: Instrument, price: int) -> int:
    """WAD per unit of an expired option at its settlement price."""
    strike = instrument.strike_micros * 10**12
    return max(price - strike if instrument.is_call else strike - price, 0)

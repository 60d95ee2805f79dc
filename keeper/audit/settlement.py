"""Settlement prices from accepted price rounds: `SettlementAverage`, replayed.

A round's price holds from its observation until the next one, for 15 minutes at most. If that leaves no gap in the
30 minutes before an expiry, the first round observed at or after it fixes their average, or anyone 15 minutes after it.
What on-chain sources and governance decide otherwise is `SettlementFallback`'s.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from keeper.decide.chores import MOST_GAP_SECONDS, WINDOW_SECONDS
from risk.instruments import Instrument

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
        start, end = max(since, expiry - WINDOW_SECONDS), min(until, since + MOST_GAP_SECONDS, expiry)
        if end <= start:
            return average
        return Average(expiry, average.covered + end - start, average.weighted + held * (end - start))

    @property
    def price(self) -> int | None:
        """The settlement price, if the whole window is covered."""
        return self.weighted // WINDOW_SECONDS if self.covered == WINDOW_SECONDS else None

    def accrued(self, expiry: int, held: int, since: int, now: int) -> Average | None:
        """The window before `expiry` up to `now`, None where it has not begun or has a gap."""
        opened, until = expiry - WINDOW_SECONDS, min(now, expiry)
        average = self.extended(expiry, held, since, until)
        return average if until > opened and average.covered == until - opened else None


def observe(
    average: Average, *, held: int, since: int, observed_at: int, listed: Collection[int]
) -> tuple[Average, dict[int, int]]:
    """The average after one more round, and the settlement price (by expiry) that is fixed once it is observed."""
    expiry = next_expiry(since)
    if observed_at + WINDOW_SECONDS <= expiry:
        return average, {}
    average = average.extended(expiry, held, since, observed_at)
    is_due = observed_at >= expiry and expiry in listed
    return average, {expiry: average.price} if is_due and average.price is not None else {}


def next_expiry(time: int) -> int:
    """The first 08:00 UTC after `time`."""
    shifted = time + DAY_SECONDS - EXPIRY_SECOND_OF_DAY
    return shifted // DAY_SECONDS * DAY_SECONDS + EXPIRY_SECOND_OF_DAY


def payoff(instrument: Instrument, price: int) -> int:
    """WAD per unit of an expired option at its settlement price."""
    strike = instrument.strike_micros * 10**12
    return max(price - strike if instrument.is_call else strike - price, 0)

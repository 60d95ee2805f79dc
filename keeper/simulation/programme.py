"""What is played: the seeded crash, or recorded hours; with its listings, history and rhythm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from keeper.errors import ConfigurationError
from keeper.simulation.books import BITCOIN, ETHER, Listing
from keeper.simulation.history import history_document, synthetic_history
from keeper.simulation.market import MarketPath
from keeper.simulation.recorded import RecordedMarket
from keeper.simulation.state import MarketSource
from keeper.simulation.troupe import RoundRhythm

_HOUR = 3_600
_STRIKE_STEPS = {BITCOIN: 250, ETHER: 5}
_MONEYNESS = (Decimal("0.40"), Decimal("1.40"))
# 12 March 2026, 12:00 UTC: the first expiry, on the 13th at 08:00, falls inside the crash.
_SEEDED_START = 1_773_316_800
_SEEDED_STEP_SECONDS = 900
_SEEDED_ROUNDS = 104
_HISTORY_HOURS = 90 * 24
_LEAST_HISTORY_BARS = 120


# Expiries that the deployer lists on a chain that begins at a unix second.
ExpiryRule = Callable[[int], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Programme:
    """`opening` is the step before whose round the books are opened after; `rounds` are the steps played then.

    `is_truth_known` is false for recorded prices, where the median of the others stands in.
    """

    title: str
    market: MarketSource
    opening: int
    rounds: Sequence[int]
    begin: int
    listing: Listing
    history: dict[str, Any]
    rhythm: RoundRhythm
    is_truth_known: bool


def seeded_crash(*, seed: int, listed: ExpiryRule, rounds: int = _SEEDED_ROUNDS) -> Programme:
    """A day of the size of 12 March 2020, in quarters of an hour."""
    step = _SEEDED_STEP_SECONDS
    begin = _SEEDED_START - 2 * _HOUR
    expiries = listed(begin)
    spots = {BITCOIN: Decimal(7900), ETHER: Decimal(195)}
    listing = Listing(expiries=expiries, spots=spots, strike_steps=_STRIKE_STEPS)
    market = MarketPath(
        seed=seed,
        start=_SEEDED_START - step,
        step_seconds=step,
        steps=rounds + 1,
        expiries=expiries,
        strikes=_strikes(spots),
    )
    truth = market.truth(0)
    history = synthetic_history(
        seed=seed,
        end=_SEEDED_START - step,
        hours=_HISTORY_HOURS,
        spots=[float(truth[u]) for u in (BITCOIN, ETHER)],
    )
    return Programme(
        title=f"A day like 12 March 2020, seed {seed}",
        market=market,
        opening=0,
        rounds=range(1, rounds + 1),
        begin=begin,
        listing=listing,
        history=history,
        rhythm=RoundRhythm(step, 120, 600),
        is_truth_known=True,
    )


def recorded_hours(
    *, directory: Path, listed: ExpiryRule, first: int | None = None, last: int | None = None
) -> Programme:
    """The recorded venues of March 2020 from unix second `first` to `last`; before `first` is the model's history."""
    bare = RecordedMarket(directory)
    times = [bare.time(step) for step in range(bare.steps)]
    start = times[_LEAST_HISTORY_BARS] if first is None else first
    steps = [s for s, at in enumerate(times) if at >= start and (last is None or at <= last)]
    if not steps or steps[0] < _LEAST_HISTORY_BARS:
        hours = steps[0] if steps else 0
        raise ConfigurationError(
            f"the record has {hours} hours before {start}; {_LEAST_HISTORY_BARS} are needed as history"
        )
    opening = steps[0]
    begin = times[opening] - _HOUR
    expiries = listed(begin)
    spots = {u: Decimal(price) for u, price in bare.truth(opening).items()}
    market = RecordedMarket(directory, expiries=expiries, strikes=_strikes(spots))
    prices = np.array([[float(bare.truth(s)[u]) for u in (BITCOIN, ETHER)] for s in range(opening + 1)])
    return Programme(
        title="Recorded hours of March 2020",
        market=market,
        opening=opening,
        rounds=steps[1:],
        begin=begin,
        listing=Listing(expiries=expiries, spots=spots, strike_steps=_STRIKE_STEPS),
        history=history_document(end=times[opening], prices=prices, source="recorded median of venues"),
        rhythm=RoundRhythm(_HOUR, 120, 600),
        is_truth_known=False,
    )


def _strikes(spots: dict[int, Decimal]) -> dict[int, tuple[Decimal, ...]]:
    """Every listed strike between the lowest and highest moneyness."""
    listed = {}
    for underlying, spot in spots.items():
        step = _STRIKE_STEPS[underlying]
        lowest, highest = (int(spot * m / step) for m in _MONEYNESS)
        listed[underlying] = tuple(Decimal(n * step) for n in range(max(lowest, 1), highest + 1))
    return listed

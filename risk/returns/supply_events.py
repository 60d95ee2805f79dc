"""Rebases and splits: changes of a holder's units that are no change of wealth.

One unit held becomes `factor` units at the event, so the price of a unit falls by the factor while the holding
does not. The wealth of one unit held since before every event is

    adjusted price(t) = price(t) x prod of the factors of events at or before t

and returns are taken from that. A raw price of a rebasing token read as wealth makes up losses and hides gains.
Source: Ampleforth whitepaper, 2019, section 2 (AMPL); Lido documentation, "stETH rebase" (stETH).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from risk._checks import finite_array
from risk.arrays import FloatArray, positive
from risk.errors import InvalidInput

__all__ = [
    "SUPPLY_BEHAVIOUR",
    "SupplyBehaviour",
    "SupplyEvent",
    "adjusted_prices",
    "held_units",
    "supply_behaviour",
]


class SupplyBehaviour(Enum):
    """How the balance of a holder changes by itself."""

    FIXED = "fixed"
    """It does not: price is wealth."""
    REBASING = "rebasing"
    """Units change by events; prices need adjusting."""
    ACCRUING = "accruing"
    """Units stay, the price of a unit grows with what it earns: price is wealth."""


SUPPLY_BEHAVIOUR: Final[Mapping[str, SupplyBehaviour]] = {
    "AMPL": SupplyBehaviour.REBASING,  # daily, both ways, towards its price target
    "STETH": SupplyBehaviour.REBASING,  # daily, staking rewards and penalties
    "OHM": SupplyBehaviour.REBASING,  # held staked, as sOHM, whose balances rebase every 8 hours
    "SOHM": SupplyBehaviour.REBASING,
    "WSTETH": SupplyBehaviour.ACCRUING,  # stETH wrapped: the rebase is in its price
    "RETH": SupplyBehaviour.ACCRUING,
    "GOHM": SupplyBehaviour.ACCRUING,
    "YFI": SupplyBehaviour.FIXED,  # often listed as rebasing; it has never rebased
    "BTC": SupplyBehaviour.FIXED,
    "ETH": SupplyBehaviour.FIXED,
    "WBTC": SupplyBehaviour.FIXED,
    "USDC": SupplyBehaviour.FIXED,
}


@dataclass(frozen=True, slots=True)
class SupplyEvent:
    """At `timestamp` (unix seconds) one unit becomes `factor` > 0 units: 2.0 for a 2-for-1 split."""

    timestamp: int
    factor: float

    def __post_init__(self) -> None:
        positive("factor", self.factor)


def supply_behaviour(*, symbol: str) -> SupplyBehaviour:
    """The table's entry, case aside. Raises InvalidInput for an unknown token: none is assumed to be fixed."""
    found = SUPPLY_BEHAVIOUR.get(symbol.upper())
    if found is None:
        raise InvalidInput(
            f"how {symbol!r} changes balances is not known; known: {', '.join(SUPPLY_BEHAVIOUR)}"
        )
    return found


def held_units(*, timestamps: ArrayLike, events: Sequence[SupplyEvent]) -> FloatArray:
    """Units at each timestamp, (T,), of a holder of one unit before every event; an event counts at its time.

    Raises InvalidInput for events that are not in ascending order of time (equal times multiply).
    """
    times = np.asarray(timestamps, dtype=np.int64)
    moments = np.array([event.timestamp for event in events], dtype=np.int64)
    if (np.diff(moments) < 0).any():
        at = int(np.argmax(np.diff(moments) < 0))
        raise InvalidInput(f"events must ascend, got {moments[at]} then {moments[at + 1]}")
    units = np.concatenate(([1.0], np.cumprod([event.factor for event in events])))
    return np.asarray(units[np.searchsorted(moments, times, side="right")])


def adjusted_prices(*, timestamps: ArrayLike, prices: ArrayLike, events: Sequence[SupplyEvent]) -> FloatArray:
    """price x units held, (T,): what the returns of a holder are taken from. Prices positive."""
    values = positive("prices", finite_array(name="prices", values=prices, dimensions=1))
    if np.shape(timestamps) != values.shape:
        raise InvalidInput(f"timestamps {np.shape(timestamps)} and prices {values.shape} must match")
    return values * held_units(timestamps=timestamps, events=events)

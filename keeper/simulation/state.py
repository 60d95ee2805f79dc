"""What the simulated venues say at one instant, and the port of whatever makes them say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

__all__ = ["MarketSource", "MarketState", "OptionMark", "VenueState", "VenueStatus"]


class VenueStatus(StrEnum):
    """What is wrong with a venue. Only DOWN changes the answer; the others say why its values are what they are."""

    LIVE = "live"
    FROZEN = "frozen"
    LYING = "lying"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class VenueState:
    """One venue's market in one underlying: prices in quote currency, `timestamp` in unix seconds."""

    price: Decimal
    half_spread: Decimal
    timestamp: int
    status: VenueStatus = VenueStatus.LIVE


@dataclass(frozen=True, slots=True)
class OptionMark:
    """One listed option: volatility as a fraction, `mark_price` in units of the underlying."""

    expiry: int
    strike: Decimal
    is_call: bool
    mark_volatility: float
    forward: Decimal
    mark_price: float
    open_interest: float


@dataclass(frozen=True, slots=True)
class MarketState:
    """Every venue by (name, underlying) and every chain by underlying at unix second `now`.

    `options_label` says where the marks come from, so that a synthetic surface is never taken for a recorded one.
    """

    now: int
    venues: Mapping[tuple[str, int], VenueState]
    options: Mapping[int, tuple[OptionMark, ...]] = field(default_factory=dict)
    options_label: str = "none"


class MarketSource(Protocol):
    """A market in steps 0 .. `steps` - 1; every method is a pure function of the step."""

    @property
    def steps(self) -> int: ...

    def time(self, step: int) -> int:
        """Unix second of the step."""
        ...

    def truth(self, step: int) -> Mapping[int, Decimal]:
        """The price each underlying is worth, whatever the venues say."""
        ...

    def state(self, step: int) -> MarketState: ...

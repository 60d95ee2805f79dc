"""What the chain holds, as frozen records; integers in the contracts' own units (WAD unless named otherwise)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import Any, TypeVar

from keeper.parameters import AuctionCurve, StateLimits
from keeper.wire import SurfaceRow

T = TypeVar("T")


class ChainMode(IntEnum):
    """What the contracts allow now."""

    NORMAL = 0
    REDUCE_ONLY = 1
    HALTED = 2


@dataclass(frozen=True, slots=True)
class PriceInterval:
    low: int
    price: int
    high: int
    observed_at: int


@dataclass(frozen=True, slots=True)
class MarginState:
    """`IMarginEngine.marginOf`: see contracts/types/Margin.sol for each field."""

    equity_low: int
    equity_high: int
    credited_equity: int
    delta_gamma_vega: int
    scenario_loss: int
    charges: int
    own_requirement: int
    initial_requirement: int
    maintenance_requirement: int
    initial_ratio_bps: int
    maintenance_ratio_bps: int
    attested: bool

    @property
    def health(self) -> str:
        """By the contract's rules: liquidation needs both price ends, new risk the worse one and the slow price."""
        if self.maintenance_requirement > self.equity_high:
            return "liquidatable"
        return "healthy" if self.credited_equity >= self.initial_requirement else "below initial"


@dataclass(frozen=True, slots=True)
class Witness:
    """A lower bound of the own requirement: delta-gamma-vega, or one grid point per underlying (8 bits each)."""

    is_scenario: bool
    points: int

    def as_tuple(self) -> tuple[bool, int]:
        return (self.is_scenario, self.points)


@dataclass(frozen=True, slots=True)
class WitnessBound:
    maintenance_bound: int
    equity_low: int
    equity_high: int


@dataclass(frozen=True, slots=True)
class StateLaneView:
    """The state lane: its own configuration, last sequence number and times (unix seconds), and its box."""

    config_digest: bytes
    sequence: int
    observed_at: int
    changed_at: int
    limits: StateLimits


@dataclass(frozen=True, slots=True)
class LaneState:
    """Who signs, for which configuration, and the last accepted sequence number of each lane of `SignedLanes`."""

    config_digest: bytes
    epoch: int
    threshold: int
    signers: tuple[str, ...]
    sequences: Mapping[int, int]
    state: StateLaneView | None = None


@dataclass(frozen=True, slots=True)
class Auction:
    """A running auction; `started_at` 0 means none, `clock_at_start` is in live seconds, money and shares are WAD."""

    started_at: int
    clock_at_start: int
    id: int
    remaining: int
    base: int
    curve: AuctionCurve
    witness: Witness
    challenger: Witness


@dataclass(frozen=True, slots=True)
class SurfaceState:
    """An expiry's last surface; `reference` is its slow volatility, in 1e-4 of a basis point."""

    row: SurfaceRow
    observed_at: int
    reference: int


@cache
def snake_case(name: str) -> str:
    """`valueAtRisk` to `value_at_risk`."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def from_struct(record: type[T], struct: Mapping[str, Any]) -> T:
    """A record from a decoded struct with the same field names in camel case."""
    fields = record.__match_args__  # type: ignore[attr-defined]  # records are dataclasses
    return record(*[struct[name] for name in _field_names(fields, tuple(struct))])


@cache
def _field_names(fields: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    """The struct's name of each of a record's fields, in order."""
    known = {snake_case(name): name for name in names}
    return tuple(known[field] for field in fields)

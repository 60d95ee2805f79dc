"""What an assessment is computed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from keeper.types import AccountState, ConsensusPrice, OptionQuote


@dataclass(frozen=True, slots=True)
class HourlyMark:
    """Spots (quote) and 30-day at-the-money volatilities (per 1.00) of all underlyings at a past round."""

    at: int
    spots: tuple[Decimal, ...]
    volatilities: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class BlockRef:
    """The block at which accounts were read."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class AssessmentInputs:
    """Everything; two keepers with equal inputs compute equal rows.

    `prices` are in order of underlying (1, 2, ...). `expiries` are the listed ones, ascending. `recent` continues
    the model's history up to now, oldest first. `accruals` by (underlying, expiry): of settlement windows at the block
    the seconds that are over, and price x seconds in these (WAD).
    """

    now: int
    block: BlockRef
    prices: tuple[ConsensusPrice, ...]
    option_quotes: tuple[OptionQuote, ...]
    expiries: tuple[int, ...]
    accounts: tuple[AccountState, ...]
    recent: tuple[HourlyMark, ...]
    accruals: Mapping[tuple[int, int], tuple[int, int]] = field(default_factory=dict)

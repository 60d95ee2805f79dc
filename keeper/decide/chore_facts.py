"""What the chain says at one block about the calls that anyone may make and somebody has to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from keeper.types import LegState
from keeper.wire import MarginRow


@dataclass(frozen=True, slots=True)
class MarkFacts:
    """The slow credit price of an underlying beside its price: WAD, times in unix seconds, `marked_at` 0 for never."""

    underlying: int
    price: int
    half_life_seconds: int
    low: int
    high: int
    marked_at: int


@dataclass(frozen=True, slots=True)
class AuctionFacts:
    """An account on auction. `elapsed_seconds` runs on the auction clock; money is WAD.

    `equity_low`, `equity_high` and `maintenance` are None where the engine does not value the account. `chargeable`:
    it counts as caused by a step of the policy, and is not charged to the policy's budgets.
    """

    account: int
    auction: int
    elapsed_seconds: int
    duration_seconds: int
    noted_deficit: int
    legs: tuple[LegState, ...]
    equity_low: int | None = None
    equity_high: int | None = None
    maintenance: int | None = None
    chargeable: bool = False


@dataclass(frozen=True, slots=True)
class InsolventFacts:
    """An account without an auction that even the better price end leaves in debt, and its worst witness."""

    account: int
    portfolio_nonce: int
    witness: tuple[bool, int]


@dataclass(frozen=True, slots=True)
class ExpiryFacts:
    """An expiry with open legs: `price` is WAD and 0 until fixed, `covered_seconds` of the window before the expiry are
    without a gap, `sampled_at` is the fallback's last sample, 0 for none; `holders` ascend."""

    underlying: int
    expiry: int
    price: int
    covered_seconds: int
    sampled_at: int
    holders: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """Until when the auction clock goes on without a reading, and until when one would let it; 0 while HALTED."""

    runs_until: int
    would_run_until: int


@dataclass(frozen=True, slots=True)
class StepFacts:
    """A step of the newest pending policy that may be executed now: the digest that it leads to, the steps done, both
    policies as `PolicyLane.execute` takes them.
    """

    target: str
    done: int
    source: tuple[Any, ...]
    destination: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class ProofFacts:
    """A verdict of the newest margin root that the chain would take up now, with what `proveMargin` takes; the ratios
    are those that hold meanwhile.
    """

    seq: int
    observed_at: int
    row: MarginRow
    path: tuple[bytes, ...]
    initial_ratio_bps: int
    maintenance_ratio_bps: int

    @property
    def rise_bps(self) -> int:
        """By how much more a ratio would be asked for; 0 or less where none rises."""
        initial = self.row.initial_ratio_bps - self.initial_ratio_bps
        return max(initial, self.row.maintenance_ratio_bps - self.maintenance_ratio_bps)


@dataclass(frozen=True, slots=True)
class ChoreFacts:
    """One block. `pending_reserve` is interest of the insurance fund that nobody has booked, WAD.

    `sides`: every account's signed quantity, by instrument of the accounts on auction.
    """

    now: int
    marks: tuple[MarkFacts, ...] = ()
    auctions: tuple[AuctionFacts, ...] = ()
    insolvent: tuple[InsolventFacts, ...] = ()
    expiries: tuple[ExpiryFacts, ...] = ()
    step: StepFacts | None = None
    proofs: tuple[ProofFacts, ...] = ()
    clock: ClockFacts | None = None
    pending_reserve: int = 0
    sides: Mapping[int, Mapping[int, int]] = field(default_factory=dict)

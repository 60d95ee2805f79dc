"""The one place that knows how the contracts are asked to liquidate: which call, with which arguments.

Whoever simulates and whoever sends takes the same bytes from here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keeper.chain import Contract, Witness


@dataclass(frozen=True, slots=True)
class Invocation:
    """A call of one of the system's contracts."""

    contract: str
    function: str
    arguments: tuple[Any, ...]

    def encoded(self, contracts: Mapping[str, Contract]) -> bytes:
        """Its calldata."""
        return contracts[self.contract].encode(self.function, *self.arguments)


def start(account: int, witness: Witness, *, rewarded: int) -> Invocation:
    """Opens an auction by a witness. `rewarded` is the margin account of whoever starts it; 0 for nobody."""
    return Invocation("Liquidation", "start", (account, witness.as_tuple(), rewarded))


def bid(account: int, bidder: int, fraction: int, *, least_share: int) -> Invocation:
    """Takes a WAD share of every leg into the margin account `bidder`, for a discount no less than `least_share` (WAD)
    of the own requirement taken over: whoever bids before changes the amount, not the share."""
    return Invocation("Liquidation", "bid", (account, bidder, fraction, least_share))


def bid_legs(
    account: int,
    bidder: int,
    legs: Sequence[tuple[int, int]],
    *,
    least_portion: int = 0,
    least_share: int = 0,
) -> Invocation:
    """Takes up to a quantity (WAD, without sign) of each instrument, ascending, into the margin account `bidder`; at
    least `least_portion` of what is named, for a discount of at least `least_share` of the requirement taken away."""
    return Invocation("Liquidation", "bidLegs", (account, bidder, list(legs), least_portion, least_share))


def tick() -> Invocation:
    """Reads the auction clock: live time that nobody reads is not counted."""
    return Invocation("Liquidation", "tick", ())


def end(account: int) -> Invocation:
    """Ends the auction of an account that is cured or empty."""
    return Invocation("Liquidation", "end", (account,))


def settle(accounts: list[int]) -> Invocation:
    """Settles expired legs whose price is fixed."""
    return Invocation("ExpirySettlement", "settle", (accounts,))

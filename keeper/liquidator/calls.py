"""The one place that knows how the contracts are asked to liquidate: which call, with which arguments.

Whoever simulates and whoever sends takes the same bytes from here.
"""

from __future__ import annotations

from collections.abc import Mapping
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
    """Opens an auction by a witness. `rewarded` is the margin account of whoever starts it."""
    del rewarded  # the contracts pay nothing for a start
    return Invocation("Liquidation", "start", (account, witness.as_tuple()))


@dataclass(frozen=True, slots=True)
class Floor:
    """What a bid must at least be filled at, in either measure: the discount in WAD money for this very fill, or the
    WAD share that it is of the own requirement taken over."""

    discount: int = 0
    share: int = 0


ANY = Floor()


def bid(account: int, bidder: int, fraction: int, floor: Floor) -> Invocation:
    """Takes a WAD share of every leg into the margin account `bidder`; reverts below the floor."""
    return Invocation("Liquidation", "bid", (account, bidder, fraction, floor.discount))


def end(account: int) -> Invocation:
    """Ends the auction of an account that is cured or empty."""
    return Invocation("Liquidation", "end", (account,))


def settle(accounts: list[int]) -> Invocation:
    """Settles expired legs whose price is fixed."""
    return Invocation("ExpirySettlement", "settle", (accounts,))

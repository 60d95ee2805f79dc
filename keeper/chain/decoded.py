"""Answers of the contracts that need more than `from_struct` to become records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keeper.chain.records import Auction, Witness, from_struct
from keeper.errors import TransactionFailed
from keeper.parameters import AuctionCurve
from keeper.types import AccountState, LegState

ABSENT = frozenset({"NoPrice", "NoSurface"})  # reverts that mean "nothing published yet"


def is_absent(answer: object) -> bool:
    """Whether nothing was published yet; any other revert is raised."""
    if not isinstance(answer, TransactionFailed):
        return False
    if answer.error_name not in ABSENT:
        raise answer
    return True


def account_from(view: Mapping[str, Any]) -> AccountState:
    """An account as AccountLens shows it."""
    return AccountState(
        account=view["account"],
        owner=view["owner"],
        cash=view["cash"],
        portfolio_nonce=view["portfolioNonce"],
        owner_epoch=view["ownerEpoch"],
        entry_values=tuple(view["entryValues"]),
        legs=tuple(LegState(leg["instrument"], leg["quantity"]) for leg in view["legs"]),
    )


def auction_from(struct: Mapping[str, Any]) -> Auction:
    """A running auction with its curve and both witnesses."""
    curve = from_struct(AuctionCurve, struct["curve"])
    named = {name: from_struct(Witness, struct[name]) for name in ("witness", "challenger")}
    return from_struct(Auction, {**struct, **named, "curve": curve})

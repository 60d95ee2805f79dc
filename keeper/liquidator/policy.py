"""What a liquidator does about one account: a pure decision from its margin, its auction and the bot's limits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from keeper.types import WAD, LegState


class Action(StrEnum):
    """What to do about an account now."""

    NOTHING = "nothing"
    START = "start"
    BID = "bid"
    END = "end"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class AuctionView:
    """A running auction as the chain has it: money and shares in WAD."""

    base: int
    discount_now: int
    largest_fraction: int


@dataclass(frozen=True, slots=True)
class AccountView:
    """One account's live margin, WAD money; `auction` is None where none runs."""

    account: int
    equity_low: int
    equity_high: int
    own_requirement: int
    maintenance_requirement: int
    legs: int
    auction: AuctionView | None
    positions: tuple[LegState, ...] = ()


@dataclass(frozen=True, slots=True)
class BidLimits:
    """`least_discount_bps` of the auction's base is the profit asked for; `most_own_requirement` (WAD) bounds how much
    risk one bid may bring into the bot's account; `cure_buffer_bps` is the contract's. An account of `legs_chosen_from`
    legs or more is bid for leg by leg: a share of every leg costs gas, and a line in the bot's own account, for each.
    """

    least_discount_bps: int
    most_own_requirement: int
    cure_buffer_bps: int
    legs_chosen_from: int = 12


@dataclass(frozen=True, slots=True)
class Decision:
    """`fraction` (WAD share of present legs) and `least_share` (WAD, of the own requirement taken) are of a bid."""

    action: Action
    fraction: int = 0
    least_share: int = 0
    reason: str = ""


def decide(view: AccountView, limits: BidLimits) -> Decision:
    """Starts what is under water at both price ends; bids where the discount pays; ends what is cured or empty."""
    if view.auction is None:
        if view.legs and view.maintenance_requirement > view.equity_high:
            return Decision(Action.START, reason="under water at both price ends")
        return Decision(Action.NOTHING)
    cured_at = view.maintenance_requirement * (10_000 + limits.cure_buffer_bps) // 10_000 + 1
    if view.legs == 0 or view.equity_low >= cured_at:
        return Decision(Action.END, reason="empty" if view.legs == 0 else "above maintenance and buffer")
    return _bid(view, view.auction, limits)


def _bid(view: AccountView, auction: AuctionView, limits: BidLimits) -> Decision:
    if auction.discount_now * 10_000 < limits.least_discount_bps * auction.base:
        share = auction.discount_now * 10_000 // max(auction.base, 1)
        return Decision(Action.WAIT, reason=f"discount {share} bps, asked {limits.least_discount_bps}")
    fraction = min(auction.largest_fraction, WAD)
    if view.own_requirement > limits.most_own_requirement:
        fraction = min(fraction, limits.most_own_requirement * WAD // view.own_requirement)
    if fraction <= 0:
        return Decision(Action.WAIT, reason="nothing may be taken")
    return Decision(Action.BID, fraction, 0, "discount pays")

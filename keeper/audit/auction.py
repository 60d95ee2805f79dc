"""The auction's terms, as `AuctionMath` has them, in float64.

discount = scale x share(t), scale = min(base x remaining, own); within the duration and unless insolvent at most the
equity. fee = scale x fee share, at most what equity the discount leaves. A fraction f gets f of each.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from keeper.audit.margin import LiveMargin
from keeper.parameters import AuctionCurve
from keeper.types import WAD

CURE_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Auction:
    """A running auction; `base`, `bound` and `remaining` are WAD."""

    id: int
    started_at: int
    base: int
    bound: int
    remaining: int
    curve: AuctionCurve

    def after(self, fraction: int) -> Auction:
        """With a WAD fraction of the legs taken."""
        return replace(self, remaining=self.remaining * (WAD - fraction) // WAD)


@dataclass(frozen=True, slots=True)
class Terms:
    """For everything, in quote currency; `most` is the largest fraction, `slack` the error of `most`."""

    discount: float
    fee: float
    most: float
    slack: float


def discount_share(curve: AuctionCurve, elapsed: int) -> float:
    """Share of the scale given away after `elapsed` seconds: linear, then constant."""
    first, last = curve.start_discount_bps / 10_000, curve.end_discount_bps / 10_000
    if elapsed >= curve.duration_seconds:
        return last
    return first + (last - first) * elapsed / curve.duration_seconds


def terms(auction: Auction, margin: LiveMargin, *, cash: float, now: int, cure_buffer_bps: int) -> Terms:
    """What a bidder could take, and for what, at a block time."""
    curve, elapsed = auction.curve, now - auction.started_at
    scale = min(auction.base / WAD * (auction.remaining / WAD), margin.own)
    equity_at_mark = cash + margin.mark
    equity = max(equity_at_mark, 0.0)
    discount = scale * discount_share(curve, elapsed)
    is_insolvent = equity_at_mark < 0 and margin.equity_high < 0
    if not is_insolvent and elapsed < curve.duration_seconds:
        discount = min(discount, equity)
    fee = min(scale * curve.insurance_fee_bps / 10_000, max(equity - discount, 0.0))
    needed = margin.maintenance * (1 + cure_buffer_bps / 10_000) - margin.equity_low
    kept = equity_at_mark - discount - fee
    if needed <= 0:
        return Terms(discount, fee, 0.0, margin.tolerance)
    if kept <= margin.tolerance:
        return Terms(discount, fee, 1.0, 0.0)
    fraction = needed / (needed + kept) + CURE_SLACK
    leaves_dust = margin.own * (1 - fraction) < curve.dust_requirement / WAD + margin.tolerance
    slack = 2 * margin.tolerance / (needed + kept)
    return Terms(discount, fee, 1.0 if leaves_dust else min(fraction, 1.0), slack)

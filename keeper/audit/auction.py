"""The auction's clock and terms, as `AuctionClock` and `AuctionMath` have them; money in float64.

discount = scale x share(t), scale = min(base x remaining, required); within the duration and unless insolvent at most
the equity. fee = scale x fee share, at most what equity the discount leaves. A fraction f gets f of each. `required` is
the own requirement for a share of every leg, and the witness's bound for named legs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from keeper.audit.margin import LiveMargin
from keeper.chain import Witness
from keeper.parameters import AuctionCurve
from keeper.types import WAD

CURE_SLACK = 1e-9
DELTA_GAMMA_VEGA = Witness(False, 0)
BASE_UNIT = 10**12
MOST_BASE_UNITS = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Auction:
    """A running auction; `clock_at_start` is in live seconds, `base` and `remaining` are WAD."""

    id: int
    clock_at_start: int
    base: int
    remaining: int
    curve: AuctionCurve
    witness: Witness
    challenger: Witness = DELTA_GAMMA_VEGA

    def raised(self, witness: Witness, bound: int) -> Auction:
        """With a worse witness; what it replaces becomes the challenger."""
        base = kept_base(max(self.base, bound))
        return replace(self, witness=witness, challenger=self.witness, base=base)

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


def kept_base(bound: int) -> int:
    """A bound as an auction keeps it: to 1e-6 quote, rounded down, saturating; WAD."""
    return min(bound // BASE_UNIT, MOST_BASE_UNITS) * BASE_UNIT


def reward(curve: AuctionCurve, bound: int, equity_low: int) -> int:
    """What the starter is paid, WAD: a share of the bound, at most `most_reward` and the equity."""
    share = bound * curve.reward_bps // 10_000
    return max(min(share, curve.most_reward * WAD, equity_low), 0)


@dataclass(frozen=True, slots=True)
class Clock:
    """Live seconds counted up to `read_at`, and until when that reading vouched for the chain. Unix seconds."""

    live: int = 0
    read_at: int = 0
    until: int = 0

    def seconds(self, now: int) -> int:
        """What the clock shows at a block time."""
        return self.live + max(min(now, self.until) - self.read_at, 0)

    def read(self, now: int, live_until: int) -> Clock:
        """After a reading."""
        return Clock(self.seconds(now), now, live_until)


def discount_share(curve: AuctionCurve, elapsed: int) -> float:
    """Share of the scale given away after `elapsed` seconds: linear, then constant."""
    first, last = curve.start_discount_bps / 10_000, curve.end_discount_bps / 10_000
    if elapsed >= curve.duration_seconds:
        return last
    return first + (last - first) * elapsed / curve.duration_seconds


def cost_of_all(
    auction: Auction, *, required: float, equity_at_mark: float, is_insolvent: bool, elapsed: int
) -> tuple[float, float]:
    """Discount and fee for relieving the account of all of `required`."""
    curve = auction.curve
    scale = min(auction.base / WAD * (auction.remaining / WAD), required)
    equity = max(equity_at_mark, 0.0)
    discount = scale * discount_share(curve, elapsed)
    if not is_insolvent and elapsed < curve.duration_seconds:
        discount = min(discount, equity)
    return discount, min(scale * curve.insurance_fee_bps / 10_000, max(equity - discount, 0.0))


def terms(
    auction: Auction, margin: LiveMargin, *, credit: float, elapsed: int, cure_buffer_bps: int
) -> Terms:
    """What a bidder for a share of every leg could take, and for what, at a reading of the clock."""
    curve = auction.curve
    equity_at_mark = credit + margin.mark
    discount, fee = cost_of_all(
        auction,
        required=margin.own,
        equity_at_mark=equity_at_mark,
        is_insolvent=equity_at_mark < 0 and margin.equity_high < 0,
        elapsed=elapsed,
    )
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

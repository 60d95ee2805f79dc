"""Which of the calls that anyone may make are due, in the order of what waiting for them costs. Pure.

Left out on purpose: what pays whoever calls (bids, starts of solvent accounts, collateral sold), and what serves one
person alone (claims of payouts and of queued exits, proofs of a ratio that falls): those have callers, and would let
anybody spend a keeper's gas.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from keeper.decide.chore_facts import AuctionFacts, ChoreFacts, ExpiryFacts, MarkFacts
from keeper.types import LegState

_BPS = 10_000
# contracts/liquidation/Deleveraging.sol: durations of the curve, and accounts named in one call.
PATIENCE_DURATIONS = 2
MOST_COUNTERPARTIES = 32
# contracts/libraries/CreditPrice.sol: the part of the half-life that counts where nobody marked.
_COUNTED_PART = 8
# contracts/oracle/SettlementAverage.sol and contracts/settlement/SettlementFallback.sol, seconds.
WINDOW_SECONDS = 1_800
MOST_GAP_SECONDS = 900
_SOURCES_AFTER_SECONDS = 3_600
# Three samples within the longest gap: one that fails leaves two.
_SAMPLE_EVERY_SECONDS = MOST_GAP_SECONDS // 3
_HOLDERS_PER_CALL = 16
# A look makes one call after the other: what is more urgent must not wait for a market's worth of proofs.
MOST_PROOFS = 8


class ChoreKind(StrEnum):
    """In falling order of urgency."""

    START = "start"
    MEASURE = "measure"
    CHARGE = "charge"
    DELEVERAGE = "deleverage"
    END = "end"
    TICK = "tick"
    FIX = "fix"
    SAMPLE = "sample"
    SETTLE = "settle"
    PROVE = "prove"
    STEP = "step"
    MARK = "mark"
    ACCRUE = "accrue"


# What may wait for tomorrow's budget: nobody's loss grows by it.
ROUTINE = frozenset({ChoreKind.MARK, ChoreKind.ACCRUE})


@dataclass(frozen=True, slots=True)
class ChorePolicy:
    """When a call is worth its gas. `least_deficit` and `least_reserve` are WAD money, `ratio_bps` is a rise."""

    deficit_share_bps: int
    least_deficit: int
    mark_bps: int
    clock_margin_seconds: int
    least_reserve: int
    ratio_bps: int


@dataclass(frozen=True, slots=True)
class Chore:
    """A call that is due. `occurrence` is the same as long as nobody has made it, and another one the next time."""

    kind: ChoreKind
    occurrence: str
    arguments: tuple[Any, ...]

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.occurrence}"


def due_chores(facts: ChoreFacts, policy: ChorePolicy) -> tuple[Chore, ...]:
    """Every call that would change something now, the most urgent first."""
    order = list(ChoreKind)
    return tuple(sorted(_found(facts, policy), key=lambda chore: order.index(chore.kind)))


def _found(facts: ChoreFacts, policy: ChorePolicy) -> Iterator[Chore]:
    for broke in facts.insolvent:
        # Its starter is paid nothing, and until the start its deficit is unknown and the exits are open.
        where = f"{broke.account}/{broke.portfolio_nonce}"
        yield Chore(ChoreKind.START, where, (broke.account, broke.witness, 0))
    for auction in facts.auctions:
        yield from _of_auction(auction, facts, policy)
    if facts.auctions and facts.clock is not None:
        runs, would_run = facts.clock.runs_until, facts.clock.would_run_until
        if runs < would_run and runs < facts.now + policy.clock_margin_seconds:
            yield Chore(ChoreKind.TICK, str(runs), ())
    for expiry in facts.expiries:
        yield from _of_expiry(expiry, facts.now)
    yield from _proofs(facts, policy)
    if facts.step is not None:
        step = facts.step
        yield Chore(ChoreKind.STEP, f"{step.target[:18]}/{step.done}", (step.source, step.destination))
    for mark in facts.marks:
        if _mark_is_due(mark, facts.now, policy):
            yield Chore(ChoreKind.MARK, f"{mark.underlying}/{mark.marked_at}", (mark.underlying,))
    if facts.pending_reserve >= max(policy.least_reserve, 1):
        yield Chore(ChoreKind.ACCRUE, "reserve", ())


def _of_auction(auction: AuctionFacts, facts: ChoreFacts, policy: ChorePolicy) -> Iterator[Chore]:
    where = f"{auction.account}/{auction.auction}"
    if auction.chargeable:  # one that is over cannot be charged any more
        yield Chore(ChoreKind.CHARGE, where, (auction.account,))
    low, high, maintenance = auction.equity_low, auction.equity_high, auction.maintenance
    if low is None or high is None or maintenance is None:
        return
    if not auction.legs or low > maintenance:
        yield Chore(ChoreKind.END, where, (auction.account,))
    deficit = max(-high, 0)
    if _is_worth_noting(auction.noted_deficit, deficit, policy):
        yield Chore(ChoreKind.MEASURE, f"{where}/{auction.noted_deficit}", (auction.account,))
    if high < 0 and auction.elapsed_seconds >= PATIENCE_DURATIONS * auction.duration_seconds:
        for leg in auction.legs:
            named = counterparties(auction.account, leg, facts)
            if named:
                what = f"{where}/{leg.instrument}/{leg.quantity}"
                yield Chore(ChoreKind.DELEVERAGE, what, (auction.account, leg.instrument, named))


def _proofs(facts: ChoreFacts, policy: ChorePolicy) -> Iterator[Chore]:
    """Rises, the largest first: whoever has the account gains by their not being taken up."""
    rises = [proof for proof in facts.proofs if proof.rise_bps >= max(policy.ratio_bps, 1)]
    for proof in sorted(rises, key=lambda proof: (-proof.rise_bps, proof.row.account))[:MOST_PROOFS]:
        what = f"{proof.row.account}/{proof.seq}"
        yield Chore(ChoreKind.PROVE, what, (proof.seq, proof.observed_at, proof.row, proof.path))


def counterparties(account: int, leg: LegState, facts: ChoreFacts) -> tuple[int, ...]:
    """The largest holders of the other side, ascending, as many as one call takes."""
    sides = facts.sides.get(leg.instrument, {})
    opposite = [(abs(q), other) for other, q in sides.items() if other != account and q * leg.quantity < 0]
    return tuple(sorted(other for _, other in sorted(opposite, reverse=True)[:MOST_COUNTERPARTIES]))


def _is_worth_noting(noted: int, deficit: int, policy: ChorePolicy) -> bool:
    """A deficit that is gone always is: any known one keeps everybody's exits closed."""
    if noted == deficit:
        return False
    if deficit == 0:
        return True
    change = abs(deficit - noted)
    return change >= policy.least_deficit and change * _BPS >= policy.deficit_share_bps * noted


def _of_expiry(expiry: ExpiryFacts, now: int) -> Iterator[Chore]:
    where = f"{expiry.underlying}/{expiry.expiry}"
    if expiry.price:
        for start in range(0, len(expiry.holders), _HOLDERS_PER_CALL):
            page = list(expiry.holders[start : start + _HOLDERS_PER_CALL])
            yield Chore(ChoreKind.SETTLE, f"{where}/{page[0]}-{page[-1]}/{len(page)}", (page,))
    elif expiry.covered_seconds >= WINDOW_SECONDS:
        if now >= expiry.expiry + MOST_GAP_SECONDS:
            yield Chore(ChoreKind.FIX, where, (expiry.underlying, expiry.expiry))
    elif now >= expiry.expiry + _SOURCES_AFTER_SECONDS and now >= expiry.sampled_at + _SAMPLE_EVERY_SECONDS:
        yield Chore(ChoreKind.SAMPLE, f"{where}/{expiry.sampled_at}", (expiry.underlying, expiry.expiry))


def _mark_is_due(mark: MarkFacts, now: int, policy: ChorePolicy) -> bool:
    """The first one; one that moves the credit price against somebody, who would else be credited what is gone; and one
    in favour once no more time counts."""
    if mark.half_life_seconds == 0:
        return False
    if mark.marked_at == 0:
        return True
    distance = max(abs(mark.price - mark.low), abs(mark.price - mark.high))
    if distance * _BPS < policy.mark_bps * mark.price:
        return False
    against = max(mark.low - mark.price, mark.price - mark.high)
    waited = now - mark.marked_at
    return against * _BPS >= policy.mark_bps * mark.price or waited >= mark.half_life_seconds // _COUNTED_PART

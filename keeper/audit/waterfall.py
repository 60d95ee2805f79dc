"""Deficits on auction, the exit gate they close, and legs closed against the other side, recomputed.

A deficit is what an account on auction lacks at the better price end, or a lower bound of it that needs no
repricing. The gate is closed while all deficits exceed the insurance fund by more than 0.1% of all positive cash. A
deleveraged leg moves at the mark; of what remains to close, each account named takes its size's share of the sizes
that remain, rounded up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from keeper.audit.auction import Auction
from keeper.audit.calls import ContractCall
from keeper.audit.facts import equal
from keeper.audit.integers import divide_up
from keeper.audit.ledger import REASON_DELEVERAGE
from keeper.audit.margin import live_margin
from keeper.audit.step import Step, close
from keeper.types import WAD

MATERIAL_BPS = 10
PATIENCE_DURATIONS = 2


def deficit_problems(step: Step, deficits: Mapping[int, int]) -> list[str]:
    """What about a `DeficitNoted` does not follow; `deficits` include it. Of an auction that ends it is nothing."""
    said = step.event.arguments
    problems = equal(("totalDeficit", said["totalDeficit"], sum(deficits.values())))
    if said["deficit"] == 0:
        return problems
    margin = live_margin(step.after, said["account"], step.time)
    bounded, exact = (
        close(margin.tolerance, ("deficit", said["deficit"], -high))
        for high in (margin.bounded_high, margin.equity_high)
    )
    return problems + (bounded and exact)


def is_gate_closed(*, deficit: int, fund: int, positive_cash: int) -> bool:
    """`exitGateClosed`, all in WAD."""
    return deficit != 0 and deficit > max(fund, 0) + positive_cash * MATERIAL_BPS // 10_000


def part_of(size: int, *, held: int, sizes: Sequence[int]) -> int:
    """What the first of the `sizes` that remain takes of a leg of `held`; all without sign."""
    total = sum(sizes)
    return divide_up(min(held, total) * size, total)


def deleverage_problems(step: Step, auction: Auction, elapsed: int) -> list[str]:
    """What about a `Deleveraged` does not follow; `elapsed` is on the auction's clock."""
    said, now = step.event.arguments, step.time
    account, other, instrument = said["account"], said["counterparty"], said["instrument"]
    before, after = (live_margin(world, account, now) for world in (step.before, step.after))
    held = [w.ledger.accounts[account].quantity(instrument) for w in (step.before, step.after)]
    theirs = [w.ledger.accounts[other].quantity(instrument) for w in (step.before, step.after)]
    problems = close(before.tolerance, ("value", said["value"], before.mark - after.mark))
    problems += equal(
        ("moved", said["moved"], held[0] - held[1]),
        ("moved to the counterparty", said["moved"], theirs[1] - theirs[0]),
        ("cash", step.cash_moved(account, REASON_DELEVERAGE), said["value"]),
        ("cash of the counterparty", step.cash_moved(other, REASON_DELEVERAGE), -said["value"]),
    )
    call = next((c for c in step.calls if _names(c, account, instrument, other)), None)
    if call is not None:
        named = call.arguments["counterparties"]
        left = named[named.index(other) :]
        sizes = [abs(step.before.ledger.accounts[a].quantity(instrument)) for a in left]
        problems += equal(("part", abs(said["moved"]), part_of(sizes[0], held=abs(held[0]), sizes=sizes)))
    if held[0] * theirs[0] >= 0:
        problems.append(f"{other} held {theirs[0]}, which is no other side of {held[0]}")
    if before.equity_high > before.tolerance:
        problems.append(f"deleveraged while solvent: {before.equity_high}")
    end = live_margin(step.after, other, now)
    if end.equity_low + end.tolerance < end.maintenance and end.equity_high > end.tolerance:
        problems.append(f"{other} is left below maintenance: {end.equity_low} < {end.maintenance}")
    if elapsed < PATIENCE_DURATIONS * auction.curve.duration_seconds:
        problems.append(f"deleveraged after {elapsed} live seconds")
    return problems


def _names(call: ContractCall, account: int, instrument: int, counterparty: int) -> bool:
    given = call.arguments
    return (
        call.function == "deleverage"
        and (given["account"], given["instrument"]) == (account, instrument)
        and counterparty in given["counterparties"]
    )


def gate_problems(step: Step, deficit: int, fund_owner: str) -> list[str]:
    """Whether a withdrawal passed a closed gate."""
    ledger = step.before.ledger
    funds = [a for a, state in ledger.accounts.items() if state.owner.lower() == fund_owner.lower()]
    held = sum(step.before.cash(account) for account in funds)
    if is_gate_closed(deficit=deficit, fund=held, positive_cash=ledger.total_positive):
        return [f"withdrew while deficits of {deficit / WAD} were not covered"]
    return []

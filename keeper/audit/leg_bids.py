"""A bid for named legs, recomputed from the states before and after it: what left, what it cost, what it must not do.

relief = 1 - B' / B with B the maintenance bound by the auction's witness, both at the ratio before it. The fill pays
relief x the cost of relieving the account of all of B. A second bound falls by the cost or ends below B'.
"""

from __future__ import annotations

from keeper.audit.auction import DELTA_GAMMA_VEGA, Auction, cost_of_all
from keeper.audit.margin import LiveMargin, live_margin, witness_bound
from keeper.audit.step import Step, close
from keeper.chain import Witness
from keeper.types import WAD

LEAST_FILL = 0.01


def leg_bid_problems(step: Step, auction: Auction, elapsed: int) -> list[str]:
    """What about a `LegsTaken` does not follow; `elapsed` is on the auction's clock."""
    said, now = step.event.arguments, step.time
    account = said["account"]
    before, after = (live_margin(world, account, now) for world in (step.before, step.after))
    first, rest = _bounds(step, auction.witness, before)
    equity = step.before.credit(account, now)[0] / WAD + before.mark
    discount, fee = cost_of_all(
        auction,
        required=first,
        equity_at_mark=equity,
        is_insolvent=equity < 0 and before.equity_high < 0,
        elapsed=elapsed,
    )
    share = said["relief"] / WAD
    problems = close(
        before.tolerance,
        ("relief of the bound", said["relief"], 1 - rest / first if first else 0.0),
        ("mark", said["mark"], before.mark - after.mark),
        ("discount", said["discount"], discount * share),
        ("fee", said["fee"], fee * share),
    )
    buffer = 1 + step.before.parameters.model.cure_buffer_bps / 10_000
    if equity > first * buffer + before.tolerance:
        problems.append(f"legs taken above water: {equity} > {first} and its buffer")
    if not step.after.account(account).legs:
        return problems
    return problems + _not_worse(step, auction, before, rest) + _not_dust(step, auction, rest, before)


def _bounds(step: Step, witness: Witness, before: LiveMargin) -> tuple[float, float]:
    """By a witness before and after the fill, at the ratio before it."""
    account, ratio = step.event.arguments["account"], before.ratios.maintenance_bps
    first, rest = (
        witness_bound(world, account, step.time, witness, maintenance_bps=ratio)
        for world in (step.before, step.after)
    )
    return first, rest


def _not_worse(step: Step, auction: Auction, before: LiveMargin, rest: float) -> list[str]:
    cost = (step.event.arguments["discount"] + step.event.arguments["fee"]) / WAD
    slack = 2 * before.tolerance
    problems = []
    for witness in {auction.challenger, DELTA_GAMMA_VEGA}:
        had, left = _bounds(step, witness, before)
        if left > rest + slack and left + cost > had + slack:
            problems.append(f"worsens {witness}: {had} to {left} at a cost of {cost}")
        if witness.is_scenario and left > had + slack:
            problems.append(f"raises the challenger's {witness}: {had} to {left}")
    return problems


def _not_dust(step: Step, auction: Auction, rest: float, before: LiveMargin) -> list[str]:
    said = step.event.arguments
    if said["portion"] < WAD:
        return []
    problems = []
    if rest < auction.curve.dust_requirement / WAD - before.tolerance:
        problems.append(f"leaves dust: a bound of {rest}")
    if said["relief"] / WAD < LEAST_FILL - before.tolerance:
        problems.append(f"takes too little: {said['relief'] / WAD} of the bound")
    return problems

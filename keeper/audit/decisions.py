"""What the contracts decided, recomputed: liquidations, fills, bad debt, trades, withdrawals and settled legs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from keeper.audit.auction import Auction, Clock, kept_base, reward, terms
from keeper.audit.facts import equal
from keeper.audit.fund import Fund
from keeper.audit.integers import multiply_ceil, multiply_floor
from keeper.audit.ledger import (
    REASON_AUCTION,
    REASON_COLLATERAL_SOLD,
    REASON_INSURANCE_FEE,
    REASON_REWARD,
    REASON_WITHDRAWAL,
)
from keeper.audit.leg_bids import leg_bid_problems
from keeper.audit.margin import LiveMargin, live_margin, live_until, mode, witness_bound
from keeper.audit.prices import HALTED
from keeper.audit.settlement import payoff
from keeper.audit.step import Step, close
from keeper.audit.trades import trade_problems
from keeper.audit.waterfall import deficit_problems, deleverage_problems, gate_problems
from keeper.chain import Witness
from keeper.types import WAD
from risk.instruments import Instrument

CURED, EMPTIED, HEALTHY = range(3)


class Decisions:
    """Checks every deciding event; holds the auctions that run and their clock."""

    def __init__(self, fund_owner: str) -> None:
        self.auctions: dict[int, Auction] = {}
        self.clock = Clock()
        self.deficits: dict[int, int] = {}
        self.fund = Fund(fund_owner)

    def check(self, step: Step) -> list[str]:
        """What about the event does not follow from the state that decided it."""
        handler = _HANDLERS.get(step.event.name)
        return [] if handler is None else handler(self, step)

    def _clock(self, step: Step) -> list[str]:
        said = step.event.arguments
        self.clock = self.clock.read(step.time, live_until(step.after, step.time))
        return equal(
            ("liveSeconds", said["liveSeconds"], self.clock.live),
            ("liveUntil", said["liveUntil"], self.clock.until),
        )

    def _started(self, step: Step) -> list[str]:
        said, world, now = step.event.arguments, step.before, step.time
        account, bound = said["account"], said["maintenanceBound"]
        witness = Witness(said["isScenario"], said["points"])
        curve = world.parameters.curve
        self.auctions[account] = Auction(
            said["auctionId"], self.clock.seconds(now), kept_base(bound), WAD, curve, witness
        )
        margin = live_margin(world, account, now)
        problems = close(
            margin.tolerance,
            ("maintenanceBound", bound, witness_bound(world, account, now, witness)),
        )
        problems += _equity_decided(said, margin)
        due = reward(curve, bound, said["equityLow"]) if said["rewardTo"] else 0
        problems += equal(
            ("reward", said["reward"], due),
            ("reward paid", step.cash_moved(account, REASON_REWARD), -due),
            ("reward received", step.cash_moved(said["rewardTo"], REASON_REWARD), due),
        )
        if bound <= said["equityHigh"]:
            problems.append(f"started above water: {bound} <= {said['equityHigh']}")
        return problems + _not_halted(step)

    def _raised(self, step: Step) -> list[str]:
        said = step.event.arguments
        account, raised = said["account"], said["maintenanceBound"]
        auction = self.auctions.get(account)
        if auction is None:
            return ["no auction runs"]
        witness = Witness(said["isScenario"], said["points"])
        known = auction.challenger if said["isChallenger"] else auction.witness
        self.auctions[account] = (
            replace(auction, challenger=witness) if said["isChallenger"] else auction.raised(witness, raised)
        )
        tolerance = live_margin(step.after, account, step.time).tolerance
        bound, best = (witness_bound(step.after, account, step.time, w) for w in (witness, known))
        problems = close(tolerance, ("maintenanceBound", raised, bound))
        if raised / WAD < best - tolerance:
            problems.append(f"bound {raised / WAD} is not above {best}")
        return problems + _not_halted(step)

    def _filled(self, step: Step) -> list[str]:
        said = step.event.arguments
        account, bidder, fraction = said["account"], said["bidder"], said["fraction"]
        auction = self.auctions.get(account)
        if auction is None:
            return ["no auction runs"]
        self.auctions[account] = auction.after(fraction)
        margin = live_margin(step.before, account, step.time)
        model = step.before.parameters.model
        offer = terms(
            auction,
            margin,
            credit=step.before.credit(account, step.time)[0] / WAD,
            elapsed=self.clock.seconds(step.time) - auction.clock_at_start,
            cure_buffer_bps=model.cure_buffer_bps,
        )
        share = fraction / WAD
        problems = close(
            margin.tolerance,
            ("mark", said["mark"], margin.mark * share),
            ("discount", said["discount"], offer.discount * share),
            ("fee", said["fee"], offer.fee * share),
        )
        if share > offer.most + offer.slack + margin.tolerance:
            problems.append(f"fraction {share} is above the most allowed, {offer.most}")
        return problems + _paid(step, account, bidder) + _not_halted(step)

    def _legs_taken(self, step: Step) -> list[str]:
        account = step.event.arguments["account"]
        auction = self.auctions.get(account)
        if auction is None:
            return ["no auction runs"]
        self.auctions[account] = auction.after(step.event.arguments["relief"])
        elapsed = self.clock.seconds(step.time) - auction.clock_at_start
        problems = leg_bid_problems(step, auction, elapsed)
        return problems + _paid(step, account, step.event.arguments["bidder"]) + _not_halted(step)

    def _deleveraged(self, step: Step) -> list[str]:
        auction = self.auctions.get(step.event.arguments["account"])
        if auction is None:
            return ["no auction runs"]
        elapsed = self.clock.seconds(step.time) - auction.clock_at_start
        return deleverage_problems(step, auction, elapsed) + _not_halted(step)

    def _deficit(self, step: Step) -> list[str]:
        said = step.event.arguments
        self.deficits[said["account"]] = said["deficit"]
        return deficit_problems(step, self.deficits)

    def _left_the_fund(self, step: Step) -> list[str]:
        return self.fund.claimed(step, sum(self.deficits.values()))

    def _ended(self, step: Step) -> list[str]:
        said = step.event.arguments
        account = said["account"]
        if self.auctions.pop(account, None) is None:
            return ["no auction runs"]
        if said["outcome"] == EMPTIED:
            legs = step.after.ledger.accounts[account].legs
            problems = [f"emptied with {len(legs)} legs"] if legs else []
            return problems + equal(("equity", said["equity"], step.after.cash(account)))
        margin = live_margin(step.after, account, step.time)
        target = margin.maintenance * (1 + step.after.parameters.model.cure_buffer_bps / 10_000)
        problems = close(margin.tolerance, ("equity", said["equity"], margin.equity_low))
        if margin.equity_low + 2 * margin.tolerance < target:
            problems.append(f"ended under water: {margin.equity_low} < {target}")
        return problems

    def _bad_debt(self, step: Step) -> list[str]:
        said = step.event.arguments
        paid = [e.arguments for e in step.since if e.name == "ShortfallPaid"]
        losses = [e.arguments for e in step.since if e.name == "LossSocialised"]
        problems = equal(
            ("debt", said["debt"], -step.before.cash(said["account"])),
            ("insurancePaid", said["insurancePaid"], sum(p["paid"] for p in paid)),
            ("socialised", said["socialised"], sum(loss["loss"] for loss in losses)),
        )
        left = said["debt"] - said["insurancePaid"] - said["socialised"]
        # Only where no positive cash is left anywhere may a rest stay with the account.
        if left < 0 or (left > 0 and step.after.ledger.total_positive > 0):
            problems.append(f"debt {said['debt']} is not insurance and socialised loss: {left} is left")
        for payment in paid:
            if payment["paid"] < payment["shortfall"] and payment["left"] != 0:
                problems.append(f"the fund paid {payment['paid']} and kept {payment['left']}")
        return problems

    def _settled(self, step: Step) -> list[str]:
        said = step.event.arguments
        instrument = Instrument.decode(said["instrument"])
        price = step.after.lanes.settlements.get((instrument.underlying, instrument.expiry))
        if price is None or instrument.expiry > step.time:
            return [f"settled without a settlement price of {instrument.underlying}/{instrument.expiry}"]
        held = step.before.ledger.accounts[said["account"]].quantity(said["instrument"])
        return equal(
            ("payoff", said["payoff"], payoff(instrument, price)),
            ("cashChange", said["cashChange"], multiply_floor(held, said["payoff"])),
            ("quantity left", step.after.ledger.accounts[said["account"]].quantity(said["instrument"]), 0),
        )

    def _sold(self, step: Step) -> list[str]:
        said, world = step.event.arguments, step.before
        account, buyer, token = said["account"], said["buyer"], said["token"]
        problems = [] if account in self.auctions else ["no auction runs"]
        value, most = world.collateral.sale_value(
            token, said["amount"], prices=lambda underlying: world.interval(underlying, step.time)
        )
        problems += equal(
            ("value", said["value"], value),
            ("paid", said["paid"], multiply_ceil(said["value"], WAD - said["discount"])),
            ("cash from the buyer", step.cash_moved(buyer, REASON_COLLATERAL_SOLD), -said["paid"]),
            ("cash to the account", step.cash_moved(account, REASON_COLLATERAL_SOLD), said["paid"]),
            ("collateral sold", step.collateral_moved(account, token), -said["amount"]),
            ("collateral bought", step.collateral_moved(buyer, token), said["amount"]),
        )
        if said["discount"] > most:
            problems.append(f"discount {said['discount']} is above {most}")
        after = live_margin(step.after, buyer, step.time)
        if after.credited_equity + after.tolerance < after.initial:
            problems.append(
                f"buyer {buyer} is below initial margin: {after.credited_equity} < {after.initial}"
            )
        return problems + _not_halted(step)

    def _withdrawn(self, step: Step) -> list[str]:
        if step.event.arguments["reason"] != REASON_WITHDRAWAL:
            return []
        account = step.event.arguments["account"]
        problems = gate_problems(step, sum(self.deficits.values()), self.fund.owner)
        margin = live_margin(step.after, account, step.time)
        if margin.credited_equity + margin.tolerance >= margin.initial:
            return problems
        return [*problems, f"withdrew to {margin.credited_equity}, below initial margin {margin.initial}"]


_HANDLERS: dict[str, Callable[[Decisions, Step], list[str]]] = {
    "LiquidationStarted": Decisions._started,
    "WitnessRaised": Decisions._raised,
    "LiquidationFilled": Decisions._filled,
    "LegsTaken": Decisions._legs_taken,
    "ClockAdvanced": Decisions._clock,
    "Deleveraged": Decisions._deleveraged,
    "DeficitNoted": Decisions._deficit,
    "Contributed": lambda decisions, step: decisions.fund.entered(step),
    "Entered": lambda decisions, step: decisions.fund.entered(step),
    "ExitRequested": lambda decisions, step: decisions.fund.requested(step),
    "ExitClaimed": Decisions._left_the_fund,
    "ExitReturned": lambda decisions, step: decisions.fund.returned(step),
    "LiquidationEnded": Decisions._ended,
    "BadDebt": Decisions._bad_debt,
    "LegSettled": Decisions._settled,
    "TradeSettled": lambda _, step: trade_problems(step),
    "CollateralSold": Decisions._sold,
    "CashChanged": Decisions._withdrawn,
}
DECIDING = frozenset(_HANDLERS) - {"CashChanged"}
"""Events that close a group of ledger movements; the movements before them in the transaction are theirs."""


def _paid(step: Step, account: int, bidder: int) -> list[str]:
    """What a fill moved in cash, and what it left the bidder."""
    said = step.event.arguments
    owed = said["mark"] - said["discount"]
    problems = equal(
        ("cash from the bidder", step.cash_moved(account, REASON_AUCTION), owed),
        ("cash of the bidder", step.cash_moved(bidder, REASON_AUCTION), -owed),
        ("fee paid", step.cash_moved(account, REASON_INSURANCE_FEE), -said["fee"]),
    )
    after = live_margin(step.after, bidder, step.time)
    if after.credited_equity + after.tolerance < after.initial:
        problems.append(f"bidder {bidder} is below initial margin: {after.credited_equity} < {after.initial}")
    return problems


def _not_halted(step: Step) -> list[str]:
    return ["the chain was HALTED"] if mode(step.after, step.time) == HALTED else []


def _equity_decided(said: Mapping[str, Any], margin: LiveMargin) -> list[str]:
    """`witnessOf`: bounds of equity that need no repricing where these already prove it, else equity itself."""
    exact, bounds = (margin.equity_low, margin.equity_high), (margin.bounded_low, margin.bounded_high)
    beyond = said["maintenanceBound"] / WAD - margin.bounded_high
    decided = [bounds] if beyond > -margin.tolerance else []
    decided += [exact] if beyond < margin.tolerance else []
    figures = (said["equityLow"] / WAD, said["equityHigh"] / WAD)
    if any(
        all(abs(f - known) <= margin.tolerance for f, known in zip(figures, pair, strict=True))
        for pair in decided
    ):
        return []
    names = ("equityLow", "equityHigh")
    return [
        f"{name}: event {figure}, replay gives {known}"
        for name, figure, known in zip(names, figures, decided[0], strict=True)
        if abs(figure - known) > margin.tolerance
    ]

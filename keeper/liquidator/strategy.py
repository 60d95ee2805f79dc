"""The question put to a strategy, its answer, and the strategy of the reference liquidator.

A strategy only proposes. What may be spent is the guard's to say (`keeper.liquidator.guard`), by figures that the
liquidator simulated itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from keeper.amounts import exact, to_wad
from keeper.candidates import Amount, MarginDocument
from keeper.liquidator.leg_bids import MOST_LEGS, LegBidDocument, LegLimitDocument
from keeper.quotes import FillDocument, OfferDocument, Quote
from keeper.types import WAD


class Opportunity(BaseModel):
    """One account that may be liquidated, as a strategy is told of it: docs/liquidators.md describes each field."""

    model_config = ConfigDict(frozen=True)

    type: Literal["opportunity"] = "opportunity"
    version: Literal[1] = 1
    id: int
    quote: Quote
    capital: MarginDocument
    gas_cost: Amount
    least_profit: Amount
    leg_bids: list[LegBidDocument] = Field(
        default=[], description="bids for named legs that the contracts take, the most valuable first"
    )


class Answer(BaseModel):
    """`act` does what the quote's `action` says, with this share of every leg, or with `legs` of a running auction and
    nothing else; `wait` looks again at the next block."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: int
    action: Literal["act", "wait"]
    fraction: Annotated[str, Field(pattern=r"^(0|1|0\.[0-9]{1,18})$")] = "1"
    legs: Annotated[list[LegLimitDocument], Field(max_length=MOST_LEGS)] = []
    reason: Annotated[str, Field(max_length=200)] = ""


class Strategy(Protocol):
    """Answers one question at a time, and never raises for a bad day: it waits instead."""

    async def decide(self, opportunity: Opportunity) -> Answer: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class ProfitModel:
    """`holding_charge_bps` of the own requirement taken on is what carrying the legs until they are hedged is worth.

    `rivals_per_minute` is how often somebody else is expected to take what one waits for.
    """

    holding_charge_bps: int = 50
    rivals_per_minute: float = 0.5


class ReferenceStrategy:
    """Takes a fill when its profit pays gas and risk and is worth more than what waiting is expected to bring."""

    def __init__(self, model: ProfitModel) -> None:
        self._model = model

    async def decide(self, opportunity: Opportunity) -> Answer:
        """Pure arithmetic; see `judged`."""
        return judged(opportunity, self._model)

    async def close(self) -> None:
        """Nothing is held."""


def judged(opportunity: Opportunity, model: ProfitModel) -> Answer:
    """Compares acting now with the best time on the auction's curve.

    The value of time t is survival(t) x (discount(t) x fraction(t) - gas) with survival(t) = exp(-rivals x t). An
    auction's discount does not grow before it is started, so a start is judged by the best of its times.
    """
    quote = opportunity.quote
    if quote.action == "end":
        return Answer(id=opportunity.id, action="act", reason="the auction is over")
    if not quote.offers or (quote.fill is None and not opportunity.leg_bids):
        return Answer(id=opportunity.id, action="wait", reason=quote.refusal or "nothing is offered")
    gas = to_wad(opportunity.gas_cost)
    values = [_value(offer, quote, gas, model) for offer in quote.offers]
    if quote.action == "start":
        return _start(opportunity, max(values), model)
    now, answer = _now(opportunity, gas, model)
    best = max(values)
    if now < to_wad(opportunity.least_profit) or best > max(values[0], now):
        reason = f"worth {exact(now)} now, {exact(round(best))} later"
        return Answer(id=opportunity.id, action="wait", reason=reason)
    return answer


def _start(opportunity: Opportunity, best: float, model: ProfitModel) -> Answer:
    fill = opportunity.quote.fill
    worth = best - (0 if fill is None else _charge(fill, model))
    acts = fill is not None and worth >= to_wad(opportunity.least_profit)
    reason = f"worth {exact(round(worth))} at its best time"
    return Answer(id=opportunity.id, action="act" if acts else "wait", reason=reason)


def _now(opportunity: Opportunity, gas: int, model: ProfitModel) -> tuple[int, Answer]:
    """What the best of all bids is worth now, and the answer that makes it: a share of every leg, or named legs."""
    fill = opportunity.quote.fill
    found: list[tuple[int, str, list[LegLimitDocument]]] = []
    if fill is not None:
        found.append((to_wad(fill.profit_low) - gas - _charge(fill, model), fill.fraction, []))
    for bid in opportunity.leg_bids:
        net = bid.fill.net_low if bid.fill.net_low is not None else bid.fill.profit_low
        found.append((to_wad(net) - _charge(bid.fill, model), "1", bid.legs))
    worth, fraction, legs = max(found, key=lambda one: one[0])
    what = f" for {len(legs)} legs" if legs else ""
    reason = f"worth {exact(worth)}{what}"
    return worth, Answer(id=opportunity.id, action="act", fraction=fraction, legs=legs, reason=reason)


def _charge(fill: FillDocument, model: ProfitModel) -> int:
    return to_wad(fill.own_requirement_added) * model.holding_charge_bps // 10_000


def _value(offer: OfferDocument, quote: Quote, gas: int, model: ProfitModel) -> float:
    seconds = offer.at - quote.offers[0].at
    earned = to_wad(offer.discount) * to_wad(offer.largest_fraction) // WAD - gas
    return earned * math.exp(-model.rivals_per_minute * seconds / 60) if earned > 0 else float(earned)

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
from keeper.quotes import OfferDocument, Quote
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


class Answer(BaseModel):
    """`act` does what the quote's `action` says, with this share of every leg; `wait` looks again at the next block."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: int
    action: Literal["act", "wait"]
    fraction: Annotated[str, Field(pattern=r"^(0|1|0\.[0-9]{1,18})$")] = "1"
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
    if quote.fill is None or not quote.offers:
        return Answer(id=opportunity.id, action="wait", reason=quote.refusal or "nothing is offered")
    gas = to_wad(opportunity.gas_cost)
    values = [_value(offer, quote, gas, model) for offer in quote.offers]
    best = max(values)
    charge = to_wad(quote.fill.own_requirement_added) * model.holding_charge_bps // 10_000
    now = to_wad(quote.fill.profit_low) - gas - charge
    least = to_wad(opportunity.least_profit)
    if quote.action == "start":
        reason = f"worth {exact(round(best - charge))} at its best time"
        if best - charge < least:
            return Answer(id=opportunity.id, action="wait", reason=reason)
        return Answer(id=opportunity.id, action="act", reason=reason)
    if now < least or best > max(values[0], now):
        return Answer(
            id=opportunity.id, action="wait", reason=f"worth {exact(now)} now, {exact(round(best))} later"
        )
    return Answer(id=opportunity.id, action="act", fraction=quote.fill.fraction, reason=f"worth {exact(now)}")


def _value(offer: OfferDocument, quote: Quote, gas: int, model: ProfitModel) -> float:
    seconds = offer.at - quote.offers[0].at
    earned = to_wad(offer.discount) * to_wad(offer.largest_fraction) // WAD - gas
    return earned * math.exp(-model.rivals_per_minute * seconds / 60) if earned > 0 else float(earned)

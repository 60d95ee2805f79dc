"""Bids for named legs: which are worth naming, what the contracts take of them, and each simulated as it would be sent.

A share of every leg costs gas and a line of the own inventory for each. A bid for legs costs both for the named ones
alone, but must lower what the auction's witness shows by more than it costs: most sets of legs of a hedged account do
not, and then there is nothing to choose and a share of all is bid for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from keeper.amounts import exact, to_wad
from keeper.candidates import Amount
from keeper.chain import Block, Call, ChainReader, MarginState
from keeper.chain.records import from_struct
from keeper.errors import TransactionFailed
from keeper.liquidator import calls
from keeper.liquidator.calls import Invocation
from keeper.liquidator.names import instrument_name, instrument_named
from keeper.liquidator.quoting import QuoteTerms, priced
from keeper.liquidator.simulate import Phase, simulate
from keeper.quotes import FillDocument
from keeper.types import WAD, LegState

_BPS = 10_000
# Of the sets that the contracts take, so many of the most valuable are simulated.
_SIMULATED = 2
MOST_LEGS = 64
# A bid that the own margin or inventory does not carry is tried smaller, this often.
_SMALLER = 5

Limit = tuple[int, int]  # instrument, and at most how much of it (WAD, without sign)


class LegLimitDocument(BaseModel):
    """A leg by name and at most how much of it, without sign."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    instrument: Annotated[str, Field(max_length=80, examples=["1:perp"])]
    most: Amount


class LegBidDocument(BaseModel):
    """A bid for these legs as simulated. `portion` of what is named is taken; `relief` is the share of the witness's
    bound that leaves with it, and `share` the discount for each unit of it."""

    model_config = ConfigDict(frozen=True)

    legs: list[LegLimitDocument]
    portion: Amount
    relief: Amount
    share: Amount
    discount: Amount
    fill: FillDocument


@dataclass(frozen=True, slots=True)
class LegCase:
    """Whose legs, for whom, at which block. `rooms`: the most of each instrument that may be taken, absent without a
    limit; `most_added`: own requirement that a fill may add (WAD)."""

    account: int
    positions: tuple[LegState, ...]
    bidder: int
    sender: str
    block: Block
    rooms: Mapping[int, int]
    most_added: int


@dataclass(frozen=True, slots=True)
class _Quoted:
    limits: tuple[Limit, ...]
    portion: int
    relief: int
    required: int
    discount: int

    @classmethod
    def of(cls, limits: Sequence[Limit], answer: Mapping[str, Any]) -> _Quoted:
        return cls(tuple(limits), answer["portion"], answer["relief"], answer["required"], answer["discount"])

    @property
    def required_taken(self) -> int:
        return self.required * self.relief // WAD

    @property
    def share(self) -> int:
        """Discount for each requirement taken away, WAD, rounded down: what the contract holds `leastShare` against."""
        return self.discount * WAD // self.required_taken if self.required_taken else 0

    def worth(self, holding_charge_bps: int) -> int:
        return self.discount - self.required_taken * holding_charge_bps // _BPS


async def leg_bids(
    reader: ChainReader, case: LegCase, *, holding_charge_bps: int, terms: QuoteTerms
) -> list[LegBidDocument]:
    """The most valuable sets of legs that the contracts take alone, the best first; none where they take none.

    Legs are ranked by what each is worth by itself, and the best one, two, four, ... of them are asked for together.
    """
    alone = await _quoted(reader, case, [[limit] for limit in _limits(case)])
    ranked = sorted(
        (q for q in alone if q.worth(holding_charge_bps) > 0), key=lambda q: -q.worth(holding_charge_bps)
    )
    legs = [quoted.limits[0] for quoted in ranked[:MOST_LEGS]]
    sizes = [size for size in (2, 4, 8, 16, 32) if size < len(legs)] + [len(legs)] * (len(legs) > 1)
    together = await _quoted(reader, case, [sorted(legs[:size]) for size in sizes])
    best = sorted((*ranked[:1], *together), key=lambda q: -q.worth(holding_charge_bps))[:_SIMULATED]
    found = [await _simulated(reader, case, quoted, terms) for quoted in best]
    return [document for document in found if document is not None]


async def leg_bid(
    reader: ChainReader, case: LegCase, wanted: Sequence[LegLimitDocument], terms: QuoteTerms
) -> LegBidDocument | None:
    """The bid for legs that a strategy names, cut to what is held and may be taken; None where the contracts take none.

    Raises `WireError` for a name that is none.
    """
    allowed = dict(_limits(case))
    asked = {instrument_named(leg.instrument): to_wad(leg.most) for leg in wanted}
    limits = sorted(
        (instrument, min(most, allowed[instrument]))
        for instrument, most in asked.items()
        if instrument in allowed and most > 0
    )
    quoted = await _quoted(reader, case, [limits] if limits else [])
    return await _simulated(reader, case, quoted[0], terms) if quoted else None


def invocation(bid: LegBidDocument, account: int, bidder: int, *, slippage_bps: int) -> Invocation:
    """The call that is sent: it reverts where less is left, or less is paid, than was simulated, less the slippage."""
    kept = _BPS - slippage_bps
    return calls.bid_legs(
        account,
        bidder,
        [(instrument_named(leg.instrument), to_wad(leg.most)) for leg in bid.legs],
        least_portion=to_wad(bid.portion) * kept // _BPS,
        least_share=to_wad(bid.share) * kept // _BPS,
    )


def _limits(case: LegCase) -> list[Limit]:
    found = []
    for leg in case.positions:
        most = min(abs(leg.quantity), case.rooms.get(leg.instrument, abs(leg.quantity)))
        if most > 0:
            found.append((leg.instrument, most))
    return sorted(found)


async def _quoted(reader: ChainReader, case: LegCase, sets: Sequence[Sequence[Limit]]) -> list[_Quoted]:
    """What the contracts say of each set; without those that they refuse."""
    liquidation = reader.contracts["Liquidation"]
    asked = [Call(liquidation, "quoteLegs", (case.account, list(limits))) for limits in sets]
    answers = await reader.caller.call_many(asked, block=case.block, keep_reverts=True)
    return [
        _Quoted.of(limits, answer)
        for limits, answer in zip(sets, answers, strict=True)
        if not isinstance(answer, TransactionFailed)
    ]


async def _simulated(
    reader: ChainReader, case: LegCase, quoted: _Quoted, terms: QuoteTerms
) -> LegBidDocument | None:
    """As much of it as the own margin and the inventory carry; None where that is nothing, or the contracts refuse."""
    for _ in range(_SMALLER):
        found, refusal = await _tried(reader, case, quoted, terms)
        if found is None and refusal != "BidderBelowInitialMargin":
            return None
        added = 0 if found is None else to_wad(found.fill.own_requirement_added)
        if found is not None and (added <= case.most_added or added <= 0):
            return found
        numerator, denominator = (1, 2) if found is None else (max(case.most_added, 0), added)
        limits = [(i, most * numerator // denominator) for i, most in quoted.limits]
        smaller = await _quoted(reader, case, [[limit for limit in limits if limit[1] > 0]])
        if not smaller or not smaller[0].limits:
            return None
        quoted = smaller[0]
    return None


async def _tried(
    reader: ChainReader, case: LegCase, quoted: _Quoted, terms: QuoteTerms
) -> tuple[LegBidDocument | None, str]:
    """The bid as simulated, or the name of the error that refuses it."""
    margin_of = Invocation("MarginEngine", "marginOf", (case.bidder,))
    taking = calls.bid_legs(case.account, case.bidder, quoted.limits)
    phase = Phase(1, (margin_of, taking, margin_of))
    (outcomes,) = await simulate(reader, [phase], block=case.block, sender=case.sender)
    refused = next((o.refusal for o in outcomes if o.refusal is not None), None)
    if refused is not None:
        return None, refused.error_name
    before, after = (from_struct(MarginState, o.result) for o in (outcomes[0], outcomes[-1]))
    found = LegBidDocument(
        legs=[
            LegLimitDocument(instrument=instrument_name(instrument), most=exact(most))
            for instrument, most in quoted.limits
        ],
        portion=exact(quoted.portion),
        relief=exact(quoted.relief),
        share=exact(quoted.share),
        discount=exact(quoted.discount),
        fill=await priced(reader, case.block, terms, before, after, outcomes[1:-1]),
    )
    return found, ""

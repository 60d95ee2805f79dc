"""The facts that chores are decided by, pinned to one block.

Which accounts to ask about is taken from the table that the keeper's watch keeps: an account far above the line costs
nothing here. The rows say where to look; every figure is read again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from keeper.amounts import to_wad
from keeper.candidates import AccountDocument
from keeper.chain import Auction, Block, Call, ChainReader, MarginState
from keeper.chores.policies import chargeable_of, read_step
from keeper.chores.verdicts import OwnKnowledge
from keeper.decide.chore_facts import (
    AuctionFacts,
    ChoreFacts,
    ClockFacts,
    ExpiryFacts,
    InsolventFacts,
    MarkFacts,
)
from keeper.errors import TransactionFailed
from keeper.types import AccountState
from risk.instruments import Instrument

Rows = Mapping[int, AccountDocument]
Margins = Mapping[int, MarginState | TransactionFailed]


async def read_facts(
    reader: ChainReader, rows: Rows, block: Block, *, own: OwnKnowledge | None = None
) -> ChoreFacts:
    """Raises `ChainError` where the node does not answer: then nothing is due."""
    own = own or OwnKnowledge()
    near = [row.account for row in rows.values() if row.health.is_candidate]
    running = await reader.auctions(near, block)
    margins = await reader.margins(near, block)
    states = {state.account: state for state in await reader.accounts_of(running, block)}
    clock, auctions = await _auctions(reader, running, margins, states, block)
    interest = await reader.caller.call(reader.contracts["MarginAccounts"], "interestNow", block=block)
    marks, expiries, insolvent, step, proofs = await asyncio.gather(
        _marks(reader, block),
        _expiries(reader, rows, block),
        _insolvent(reader, rows, running, margins, block),
        read_step(reader, own.policies, block),
        own.read_proofs(reader, near, block),
    )
    return ChoreFacts(
        now=block.timestamp,
        marks=marks,
        auctions=auctions,
        insolvent=insolvent,
        expiries=expiries,
        step=step,
        proofs=proofs,
        clock=clock,
        pending_reserve=interest["reserve"],
        sides=_sides(rows, {leg.instrument for state in states.values() for leg in state.legs}),
    )


async def _auctions(
    reader: ChainReader,
    running: Mapping[int, Auction],
    margins: Margins,
    states: Mapping[int, AccountState],
    block: Block,
) -> tuple[ClockFacts | None, tuple[AuctionFacts, ...]]:
    if not running:
        return None, ()
    liquidation, engine = reader.contracts["Liquidation"], reader.contracts["MarginEngine"]
    live, until, would_run, *deficits = await reader.caller.call_many(
        [
            Call(liquidation, "liveSeconds"),
            Call(liquidation, "clockRunsUntil"),
            Call(engine, "liveUntil"),
            *(Call(liquidation, "deficitOf", (account,)) for account in running),
        ],
        block=block,
    )
    chargeable = await chargeable_of(reader, running, block)
    found = []
    for (account, auction), deficit in zip(running.items(), deficits, strict=True):
        margin = margins[account]
        valued = None if isinstance(margin, TransactionFailed) else margin
        found.append(
            AuctionFacts(
                account=account,
                auction=auction.id,
                elapsed_seconds=live - auction.clock_at_start,
                duration_seconds=auction.curve.duration_seconds,
                noted_deficit=deficit,
                legs=states[account].legs,
                equity_low=None if valued is None else valued.equity_low,
                equity_high=None if valued is None else valued.equity_high,
                maintenance=None if valued is None else valued.maintenance_requirement,
                chargeable=account in chargeable,
            )
        )
    return ClockFacts(until, would_run), tuple(found)


async def _insolvent(
    reader: ChainReader, rows: Rows, running: Mapping[int, Auction], margins: Margins, block: Block
) -> tuple[InsolventFacts, ...]:
    found = []
    for account, margin in margins.items():
        if account in running or isinstance(margin, TransactionFailed) or margin.equity_high >= 0:
            continue
        if not rows[account].legs:
            continue
        witness = await reader.worst_witness(account, block)
        found.append(InsolventFacts(account, rows[account].portfolio_nonce, witness.as_tuple()))
    return tuple(found)


async def _marks(reader: ChainReader, block: Block) -> tuple[MarkFacts, ...]:
    """Without a usable price there is nothing to mark."""
    terms, prices = reader.contracts["MarginTerms"], reader.contracts["PriceIntervals"]
    count = await reader.caller.call(reader.contracts["RiskParameters"], "underlyingCount", block=block)
    ids = range(1, count + 1)
    calls = [
        *(Call(terms, "termsOf", (u,)) for u in ids),
        *(Call(prices, "priceInterval", (u,)) for u in ids),
    ]
    answers = await reader.caller.call_many(calls, block=block, keep_reverts=True)
    found = []
    for underlying, known, interval in zip(ids, answers[:count], answers[count:], strict=True):
        if isinstance(known, TransactionFailed) or isinstance(interval, TransactionFailed):
            continue
        half_life, mark = known[0]["creditHalfLifeSeconds"], known[1]
        found.append(
            MarkFacts(underlying, interval["price"], half_life, mark["low"], mark["high"], mark["markedAt"])
        )
    return tuple(found)


async def _expiries(reader: ChainReader, rows: Rows, block: Block) -> tuple[ExpiryFacts, ...]:
    """Those with legs that are still open."""
    open_legs = _expired(rows, block.timestamp)
    lanes, fallback = reader.contracts["SignedLanes"], reader.contracts["SettlementFallback"]
    calls = [
        call
        for key in open_legs
        for call in (
            Call(lanes, "settlementPrice", key),
            Call(lanes, "settlementAccrued", key),
            Call(fallback, "samples", key),
        )
    ]
    answers = iter(await reader.caller.call_many(calls, block=block))
    found = []
    for (underlying, expiry), holders in open_legs.items():
        price, accrued, sample = next(answers), next(answers), next(answers)
        found.append(ExpiryFacts(underlying, expiry, price, accrued[0], sample[1], tuple(sorted(holders))))
    return tuple(found)


def _expired(rows: Rows, now: int) -> dict[tuple[int, int], set[int]]:
    found: dict[tuple[int, int], set[int]] = {}
    for row in rows.values():
        for leg in row.legs:
            instrument = Instrument.decode(int(leg.instrument))
            if not instrument.is_perpetual and instrument.expiry <= now:
                found.setdefault((instrument.underlying, instrument.expiry), set()).add(row.account)
    return dict(sorted(found.items()))


def _sides(rows: Rows, instruments: set[int]) -> dict[int, dict[int, int]]:
    sides: dict[int, dict[int, int]] = {instrument: {} for instrument in instruments}
    for row in rows.values():
        for leg in row.legs:
            if int(leg.instrument) in sides:
                sides[int(leg.instrument)][row.account] = to_wad(leg.quantity)
    return sides

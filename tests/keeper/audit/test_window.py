"""Inside a settlement window the replay values every account as the chain does, and otherwise than at the index."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keeper.audit import gather, silent
from keeper.audit.margin import live_margin, market_at
from keeper.audit.replay import Replayer, decode_transactions
from keeper.types import WAD
from risk.instruments import Instrument, InstrumentTable
from risk.revaluation.sensitivities import instrument_state, marks_at

from .conftest import reading

pytestmark = pytest.mark.chain

HALF_A_WINDOW = 900


async def in_the_window(reader, played):
    """The block of the withdrawal between two rounds of the window, and the replay at its end."""
    log = await gather(
        reader,
        chain_id=played.deployment.chain_id,
        first_block=played.deployment.first_block,
        progress=silent,
    )
    number = [event.block_number for event in log.events if event.name == "ClaimCredited"][-1]
    world = Replayer(log, decode_transactions(log), silent).run([number]).moments[number]
    block = await reader.block(number)
    return block, world.at(block.timestamp)


async def test_every_account_is_valued_as_the_engine_does(played):
    async with reading(played) as reader:
        block, world = await in_the_window(reader, played)
        accounts = sorted(world.ledger.accounts)
        margins = await reader.margins(accounts, block)
        marks = {account: await reader.mark(account, block) for account in accounts}
        keys = [(u, e) for u in (1, 2) for e in played.deployment.expiries]
        accruals = await reader.accruals(keys, block)
    expiry = next(expiry for _, expiry in accruals)
    assert 0 < expiry - block.timestamp <= HALF_A_WINDOW
    assert set(accruals) == {(1, expiry), (2, expiry)}
    assert accruals == world.accruals(block.timestamp)
    for account in accounts:
        found, chain = live_margin(world, account, block.timestamp), margins[account]
        pairs = (
            (chain.equity_low, found.equity_low),
            (chain.equity_high, found.equity_high),
            (chain.own_requirement, found.own),
            (chain.charges, found.charges),
            (marks[account], found.mark),
        )
        for wad, quote in pairs:
            assert quote == pytest.approx(wad / WAD, abs=found.tolerance), account
    market = market_at(world, block.timestamp)
    bare = replace(market, accruals={})
    held = [world.account(account).legs for account in accounts]
    moved = [abs(mark_of(legs, market) - mark_of(legs, bare)) for legs in held if legs]
    assert sum(difference > 1.0 for difference in moved) >= 2, "both sides of what expires"


def mark_of(legs, market):
    table = InstrumentTable.of([Instrument.decode(leg.instrument) for leg in legs])
    state = instrument_state(table=table, market=market)
    return float(marks_at(table=table, state=state, spot_factor=1.0) @ [leg.quantity / WAD for leg in legs])

"""Keepers that make the calls anyone may make, on a real chain: a deficit, an auction without a bid, marks, rivals."""

from __future__ import annotations

import asyncio
import json
from collections import Counter

import pytest

from keeper.alarms import Alarm
from keeper.amounts import exact, to_wad
from keeper.candidates import LegDocument
from keeper.decide.chores import ChoreKind
from keeper.liquidator.names import instrument_name, instrument_named
from keeper.liquidator.solvency import SolvencyWatch, read_solvency
from keeper.solvency import SolvencyDocument
from keeper.types import WAD
from risk.instruments import CALL, Instrument
from tests.keeper.cli.conftest import in_a_process

from .chore_keepers import CRASH, One, asked, crash, equity_high, events, later
from .conftest import REPOSITORY
from .distress import distressed, staged

pytestmark = pytest.mark.chain


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    with staged(tmp_path_factory.mktemp("chores")) as facts:
        yield facts


@pytest.fixture
async def chain(stage):
    async with distressed(*stage) as chain:
        yield chain


async def test_a_deficit_that_appears_is_made_known_and_measured_as_it_grows(chain, tmp_path):
    one = One(chain, tmp_path, 0)
    await crash(chain)
    assert await equity_high(chain) < 0
    assert await asked(chain, "Liquidation", "totalDeficit") == 0
    await one.look()
    assert one.sent(ChoreKind.START) == 1
    known = await asked(chain, "Liquidation", "deficitOf", chain.victim)
    assert known > 0
    (started,) = await events(chain, "LiquidationStarted")
    assert (started.arguments["reward"], started.arguments["rewardTo"]) == (0, 0)
    await crash(chain, (34_500, 33_000))
    await one.look()
    assert one.sent(ChoreKind.MEASURE) == 1
    grown = await asked(chain, "Liquidation", "deficitOf", chain.victim)
    assert grown > known + 100 * WAD
    noted = (await events(chain, "DeficitNoted"))[-1]
    there = (await chain.reader.margins([chain.victim], await chain.reader.block(noted.block_number)))[
        chain.victim
    ]
    assert grown == noted.arguments["deficit"]
    assert abs(grown + there.equity_high) <= 1  # the witness rounds by itself
    before = Counter(one.figures.results)
    await one.look()
    assert one.figures.results == before  # nothing has changed, so nothing is paid for


async def test_the_gate_shows_the_figures_that_close_it(chain, tmp_path):
    one = One(chain, tmp_path, 0)
    block = await chain.reader.block()
    calm = await read_solvency(chain.reader, range(1, 20), block)
    assert (calm.gate.closed, calm.gate.total_deficit, calm.exits.payable, calm.deficits) == (
        False,
        "0",
        True,
        [],
    )
    assert calm.gate.fund == exact(await chain.reader.insurance_balance(block))
    await crash(chain)
    await one.look()
    heard = []
    watch = SolvencyWatch(reader=chain.reader, accounts=lambda: one.board.rows, told=heard.append)
    await watch.look()
    await watch.look()  # the same block is not read again
    (found,) = heard
    assert found is watch.newest
    gate = found.gate
    assert gate.closed == await asked(chain, "Liquidation", "exitGateClosed")
    assert gate.closed == (to_wad(gate.headroom) < 0)
    assert to_wad(gate.headroom) == to_wad(gate.fund) + to_wad(gate.allowance) - to_wad(gate.total_deficit)
    assert found.exits.payable is False
    assert [(row.account, row.known) for row in found.deficits] == [(chain.victim, gate.total_deficit)]
    assert to_wad(found.deficits[0].now or "0") > 0


async def test_the_command_tells_governance_the_same(chain, tmp_path):
    one = One(chain, tmp_path, 0)
    await crash(chain, (*CRASH, 34_000, 32_000, 30_000, 28_000, 26_000))
    await one.look()
    command = ["solvency", "--rpc", chain.url, "--deployment", str(chain.record)]
    told = await asyncio.to_thread(in_a_process, *command, "--artifacts", str(REPOSITORY / "out"), "--json")
    assert told.code == 0, told.err
    found = SolvencyDocument.model_validate_json(told.out)
    assert found == await read_solvency(
        chain.reader, [chain.victim], await chain.reader.block(found.block.number)
    )
    assert found.gate.closed is True
    shown = await asyncio.to_thread(in_a_process, *command, "--artifacts", str(REPOSITORY / "out"))
    assert "closed: nobody withdraws" in shown.out


async def test_shares_on_their_way_out_are_counted(chain):
    fund, operator = chain.reader.contracts["InsuranceFund"], chain.operator
    await chain.send(fund, "deposit", 30_000 * 10**6, operator)
    shares = await asked(chain, "InsuranceFund", "balanceOf", operator)
    await chain.send(fund, "requestExit", shares // 4, operator)
    found = await read_solvency(chain.reader, [], await chain.reader.block())
    supply = await asked(chain, "InsuranceFund", "totalSupply")
    assert to_wad(found.exits.queued_share) == shares // 4 * WAD // supply > 0
    assert to_wad(found.exits.queued) == to_wad(found.gate.fund) * (shares // 4) // supply > 7_000 * WAD
    assert (found.exits.delay_seconds, found.exits.window_seconds) == (14 * 86_400, 3 * 86_400)


async def test_what_nobody_bids_for_is_closed_against_the_other_side_and_the_loss_is_borne(chain, tmp_path):
    one = One(chain, tmp_path, 0)
    await crash(chain)
    while not await events(chain, "LiquidationEnded"):
        await one.look()
        await later(chain, 300)
        await chain.prices(CRASH[-1])
        assert (await chain.reader.block()).timestamp < 1_773_316_800 + 4 * 3_600
    (closed,) = {e.arguments["account"] for e in await events(chain, "Deleveraged")}
    assert closed == chain.victim
    assert (await events(chain, "BadDebt"))[0].arguments["debt"] > 0
    assert await asked(chain, "Liquidation", "totalDeficit") == 0
    (state,) = await chain.reader.accounts_of([chain.victim], await chain.reader.block())
    assert (state.legs, state.cash) == ((), 0)
    assert one.sent(ChoreKind.DELEVERAGE) == 1
    assert one.sent(ChoreKind.TICK) == 0  # rounds read the clock no more than this keeper has to
    assert (await one.look(), one.figures.counts.get(ChoreKind.DELEVERAGE, 0)) == (0, 0)


async def test_a_fall_is_marked_at_once_and_a_rise_when_no_more_time_counts(chain, tmp_path):
    one = One(chain, tmp_path, 0)
    await one.look()
    assert (await asked(chain, "MarginTerms", "creditMark", 1))["markedAt"] > 0
    marked = one.sent(ChoreKind.MARK)
    await one.look()
    assert one.sent(ChoreKind.MARK) == marked
    await later(chain, 30)
    await chain.prices(45_000)
    await one.look()
    assert one.sent(ChoreKind.MARK) == marked + 1
    low = (await asked(chain, "MarginTerms", "creditMark", 1))["low"]
    assert low == 45_000 * WAD
    await later(chain, 30)
    await chain.prices(46_000)
    await one.look()
    rising = await asked(chain, "MarginTerms", "creditMark", 1)
    assert rising["low"] <= low + 1_000 * WAD // 10
    await later(chain, 300)
    await chain.prices(46_000)
    await one.look()
    assert low < (await asked(chain, "MarginTerms", "creditMark", 1))["low"] < 46_000 * WAD


async def test_of_several_keepers_one_pays_and_the_next_takes_over_from_one_that_is_dead(chain, tmp_path):
    keepers = [One(chain, tmp_path, number, stagger_seconds=60) for number in (0, 1)]
    await crash(chain)
    await asyncio.gather(*(keeper.look() for keeper in keepers))
    starts = [keeper.sent(ChoreKind.START) for keeper in keepers]
    (dead,) = [k for k in keepers if k.sent(ChoreKind.START)] or [None]
    assert sum(starts) <= 1  # the first in rank may be a third keeper, which is not there
    for _ in range(2):
        await later(chain, 61)
        await chain.prices(CRASH[-1])
        await asyncio.gather(*(keeper.look() for keeper in keepers if keeper is not dead))
    assert sum(keeper.sent(ChoreKind.START) for keeper in keepers) == 1
    assert len(await events(chain, "LiquidationStarted")) == 1


async def test_a_dry_run_and_an_empty_budget_send_nothing_and_people_hear_of_what_stays_undone(
    chain, tmp_path
):
    dry, poor = One(chain, tmp_path, 0, dry_run=True), One(chain, tmp_path, 1, wei_per_day=1_000)
    await crash(chain)
    for keeper, result in ((dry, "dry_run"), (poor, "dear")):
        assert await keeper.look() == 0
        assert keeper.figures.results[ChoreKind.START, result] == 1
    assert await events(chain, "LiquidationStarted") == []
    await later(chain, 901)
    await chain.prices(CRASH[-1])
    await poor.look()
    assert (Alarm.CHORE_OVERDUE, "start") in poor.woken.alarms
    report = poor.worker.report()
    assert (report["sent"], report["offered_wei_today"]) == (0, 0)
    assert {"start"} <= {row["chore"] for row in report["due"]}


async def test_an_auction_that_a_better_price_cured_is_ended(chain, tmp_path):
    one = One(chain, tmp_path, 0)
    await crash(chain)
    await one.look()
    await crash(chain, (37_500, 39_500, 41_500, 43_500, 45_500, 47_000, 48_500, 50_000))
    await one.look()
    assert one.sent(ChoreKind.END) == 1
    assert await chain.reader.auctions([chain.victim]) == {}


def with_option(board, account, expiry):
    """The table as if the account held a call of this expiry: what the facts are looked up by."""
    call = instrument_name(Instrument(1, expiry, 50_000 * 10**6, CALL).encode())
    leg = LegDocument(instrument=str(instrument_named(call)), name=call, quantity="1")
    rows = dict(board.rows)
    rows[account] = rows[account].model_copy(update={"legs": [leg]})
    board.apply(board.newest.block, rows)


async def test_an_expiry_is_fixed_and_settled_or_sampled_from_the_sources_where_rounds_were_missing(
    chain, tmp_path
):
    first, second = json.loads(chain.record.read_text())["expiries"][:2]
    one = One(chain, tmp_path, 0)

    async def look(expiry):
        await one.watch.look()
        with_option(one.board, chain.victim + 1, expiry)
        return await one.worker.look()

    for seconds in (1_900, 1_300, 700, 100):
        await chain.control.mine_at(first - seconds)
        await chain.prices(50_000)
    await chain.control.mine_at(first + 901)
    await look(first)
    assert one.sent(ChoreKind.FIX) == 1
    assert await asked(chain, "SignedLanes", "settlementPrice", 1, first) == 50_000 * WAD
    await chain.prices(50_000)
    await look(first)  # the account holds no such leg, so that nothing would be settled, and nothing is paid
    assert one.figures.results[ChoreKind.SETTLE, "idle"] == 1
    assert one.sent(ChoreKind.SETTLE) == 0

    await chain.control.mine_at(second + 3_600)
    while not await asked(chain, "SignedLanes", "settlementPrice", 1, second):
        await chain.prices(51_000)
        await look(second)
        await later(chain, 300)
        assert one.sent(ChoreKind.SAMPLE) < 10
    assert one.sent(ChoreKind.SAMPLE) >= 7  # half an hour, five minutes apart
    assert one.sent(ChoreKind.FIX) == 1

"""Bids for named legs on a real chain: chosen by what they are worth, limited by instrument, else a share of all."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from decimal import Decimal

import pytest

from keeper.amounts import to_wad
from keeper.errors import TransactionFailed
from keeper.liquidator import QuoteTerms, calls
from keeper.liquidator.leg_bids import LegCase, LegLimitDocument, invocation, leg_bid, leg_bids
from keeper.liquidator.names import instrument_named
from keeper.liquidator.strategy import Answer, ReferenceStrategy
from keeper.liquidator.strategy_process import ProcessPolicy, ProcessStrategy
from keeper.simulation.books import BITCOIN, ETHER, Holding, perpetual
from keeper.types import WAD

from .distress import distressed, staged
from .rivals import EAGER, LIMITS, Rival, events

pytestmark = pytest.mark.chain

BTC, ETH = instrument_named("1:perp"), instrument_named("2:perp")
RECKLESS = (Holding(perpetual(BITCOIN), Decimal(10)), Holding(perpetual(ETHER), Decimal(8)))
NAMES = """
import json, sys
for line in sys.stdin:
    question = json.loads(line)
    act = {"id": question["id"], "action": "act"}
    if question["quote"]["action"] == "bid":
        act["legs"] = LEGS
    print(json.dumps(act), flush=True)
"""


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    with staged(tmp_path_factory.mktemp("legs"), RECKLESS) as facts:
        yield facts


@pytest.fixture
async def chain(stage):
    async with distressed(*stage) as chain:
        yield chain


class Remembers(ReferenceStrategy):
    """The reference strategy, with what it was asked."""

    def __init__(self, model):
        super().__init__(model)
        self.asked = []

    async def decide(self, opportunity):
        self.asked.append(opportunity)
        return await super().decide(opportunity)


class Scripted:
    """Names these legs whenever an auction runs."""

    def __init__(self, *legs):
        self.legs = [LegLimitDocument(instrument=name, most=most) for name, most in legs]

    async def decide(self, opportunity):
        named = self.legs if opportunity.quote.action == "bid" else []
        return Answer(id=opportunity.id, action="act", legs=named)

    async def close(self):
        pass


async def held(chain, account):
    (state,) = await chain.reader.accounts_of([account], await chain.reader.block())
    return {leg.instrument: leg.quantity for leg in state.legs}


async def started(chain, tmp_path, **options):
    rival = Rival(chain, tmp_path, 0, **options)
    assert (await rival.look()).started == [chain.victim]
    return rival


async def case(chain, rival, **rooms):
    block = await chain.reader.block()
    account, own = await chain.reader.accounts_of([chain.victim, chain.bidders[0]], block)
    return LegCase(
        account=account.account,
        positions=account.legs,
        bidder=own.account,
        sender=own.owner,
        block=block,
        rooms={instrument_named(name.replace("_", ":")[1:]): room for name, room in rooms.items()},
        most_added=LIMITS.most_own_requirement,
    )


TERMS = {"native_underlying": ETHER}


async def test_an_instrument_that_may_not_be_held_is_left_and_the_other_taken(chain, tmp_path):
    strategy = Remembers(EAGER)
    rival = await started(chain, tmp_path, strategy=strategy, limits=replace(LIMITS, instruments={ETH: 0}))
    before = await held(chain, chain.victim)
    done = await rival.look()
    assert done.filled == [chain.victim], done.refused
    (taken,) = await events(chain, "LegsTaken")
    assert await events(chain, "LiquidationFilled") == []
    own, after = await held(chain, chain.bidders[0]), await held(chain, chain.victim)
    assert set(own) == {BTC}
    assert own[BTC] == before[BTC] - after.get(BTC, 0) > 0
    assert after[ETH] == before[ETH]
    best = strategy.asked[-1].leg_bids[0]
    assert [leg.instrument for leg in best.legs] == ["1:perp"]
    assert abs(to_wad(best.relief) - taken.arguments["relief"]) < WAD // 1_000
    assert taken.arguments["discount"] >= to_wad(best.discount) * 99 // 100


async def test_a_bid_is_what_was_simulated_and_reverts_where_less_is_left_or_paid(chain, tmp_path):
    rival = await started(chain, tmp_path)
    facts = await case(chain, rival)
    terms = QuoteTerms(chain_id=chain.chain_id, **TERMS)
    found = await leg_bids(chain.reader, facts, holding_charge_bps=0, terms=terms)
    assert found
    named = await leg_bid(chain.reader, facts, found[0].legs, terms)
    assert named == found[0]
    call = invocation(found[0], chain.victim, chain.bidders[0], slippage_bps=100)
    *_, least_portion, least_share = call.arguments
    assert 0 < least_portion < to_wad(found[0].portion)
    assert 0 < least_share < to_wad(found[0].share)
    for changed, error in (
        ({"least_portion": WAD + 1}, "PortionBelowLimit"),
        ({"least_share": to_wad(found[0].share) * 2}, "ShareBelowLimit"),
    ):
        limits = [(instrument_named(leg.instrument), to_wad(leg.most)) for leg in found[0].legs]
        with pytest.raises(TransactionFailed) as refused:
            await rival.sender.simulate(calls.bid_legs(chain.victim, chain.bidders[0], limits, **changed))
        assert refused.value.error_name == error
    await rival.sender.simulate(call)


async def test_inventory_limits_cut_a_bid_to_the_room_that_is_left(chain, tmp_path):
    rival = await started(chain, tmp_path, limits=replace(LIMITS, instruments={ETH: 0, BTC: WAD}))
    for _ in range(3):
        await rival.look()
    own = await held(chain, chain.bidders[0])
    assert set(own) == {BTC}
    assert 0 < own[BTC] <= WAD


async def test_legs_that_relieve_nothing_are_passed_over_for_a_share_of_all(chain, tmp_path):
    facts = await case(chain, await started(chain, tmp_path), _1_perp=0)
    terms = QuoteTerms(chain_id=chain.chain_id, **TERMS)
    hopeless = [LegLimitDocument(instrument="1:1773993600:90000:call", most="1")]
    assert await leg_bid(chain.reader, facts, hopeless, terms) is None  # not held
    rival = Rival(chain, tmp_path, 0, strategy=Scripted(("1:1773993600:90000:call", "1")))
    assert (await rival.look()).filled == [chain.victim]
    assert await events(chain, "LegsTaken") == []
    assert len(await events(chain, "LiquidationFilled")) == 1


async def test_a_strategy_process_names_legs_and_the_guard_still_holds(chain, tmp_path):
    legs = json.dumps([{"instrument": "1:perp", "most": "0.5"}])
    strategy = ProcessStrategy(
        [sys.executable, "-c", NAMES.replace("LEGS", legs)], ProcessPolicy(answer_seconds=10.0)
    )
    rival = await started(chain, tmp_path, strategy=strategy)
    try:
        assert (await rival.look()).filled == [chain.victim]
        assert await held(chain, chain.bidders[0]) == {BTC: WAD // 2}
        rival.client._policy = replace(rival.client._policy, limits=replace(LIMITS, least_profit=10**6 * WAD))
        refused = (await rival.look()).refused[chain.victim]
    finally:
        await strategy.close()
    assert "is asked" in refused
    assert await held(chain, chain.bidders[0]) == {BTC: WAD // 2}


async def test_a_strategy_that_names_nonsense_costs_nothing(chain, tmp_path):
    rival = await started(chain, tmp_path, strategy=Scripted(("bitcoin", "1")))
    done = await rival.look()
    assert (done.filled, "instrument" in done.refused[chain.victim]) == ([], True)
    assert await held(chain, chain.bidders[0]) == {}

"""A keeper executes the steps of a pending policy, charges the auctions they cause, proves rises of a margin root."""

from __future__ import annotations

from dataclasses import astuple, replace

import pytest

from deploy import read_chain_config
from keeper.chain import EventReader, read_deployment
from keeper.chores import OwnKnowledge
from keeper.cli.pending_policy import IndexedPolicies
from keeper.daemon.view import read_view
from keeper.decide.chores import ChoreKind
from keeper.index import Follower
from keeper.margin_tree import margin_root
from keeper.signing import assemble_quorum
from keeper.store import EventTable, Store
from keeper.wire import (
    LANE_MARGIN_ROOTS,
    LANE_POLICY,
    Header,
    MarginRow,
    policy_digest,
    policy_hash,
    round_digest,
)

from .chore_keepers import One, asked, crash, events, later
from .conftest import LOCAL, SIGNERS
from .distress import FALL, distressed, staged

pytestmark = pytest.mark.chain
GRACE_SECONDS, STEP_SECONDS = 86_400, 10_800


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    with staged(tmp_path_factory.mktemp("policy")) as facts:
        yield facts


@pytest.fixture
async def chain(stage):
    async with distressed(*stage) as chain:
        yield chain


class Indexed:
    """Policies by an event index that follows the chain."""

    def __init__(self, chain, folder):
        table = EventTable(Store.open(folder / "index.db").engine)
        self.chain, self.policies = chain, IndexedPolicies(chain.reader, table)
        self.follower = Follower(
            events=EventReader(chain.rpc, chain.reader.contracts),
            caller=chain.reader.caller,
            contracts=chain.reader.contracts,
            table=table,
            first_block=read_deployment(chain.record).first_block,
        )

    async def known(self, target):
        await self.follower.advance(await self.chain.reader.block())
        return await self.policies.known(target)


async def header(chain, lane, contract, seq):
    now = (await chain.reader.block()).timestamp
    config = await asked(chain, contract, "configDigest")
    return Header(config, lane, seq, now, now + 600, b"\x01" * 32, b"\x02" * 32)


def signed(chain, head, contract, content):
    digest = round_digest(head, content, chain.chain_id, chain.reader.contracts[contract].address)
    return assemble_quorum({i: SIGNERS[i].sign_digest(digest) for i in (0, 1)}, 2)


async def stricter_policy(chain):
    """What is in force, and the same with a tenth more of minimum notional."""
    parameters = (await read_view(chain.reader)).parameters
    grid = tuple(astuple(point) for point in parameters.grid)
    model = parameters.model
    stricter = replace(model, minimum_notional_bps=model.minimum_notional_bps * 11 // 10)
    return (astuple(model), grid), (astuple(stricter), grid)


async def tightened(chain):
    """The quorum asks for the stricter policy; gives both."""
    before, after = await stricter_policy(chain)
    head = await header(chain, LANE_POLICY, "PolicyLane", 1)
    quorum = signed(chain, head, "PolicyLane", policy_hash(policy_digest(*before), *after))
    await chain.send(chain.reader.contracts["PolicyLane"], "publishPolicy", head, before, after, quorum)
    return before, after


async def decreed(chain):
    """The council asks for it, through the access manager and its delay."""
    before, after = await stricter_policy(chain)
    manager, lane = chain.reader.contracts["AccessManager"], chain.reader.contracts["PolicyLane"]
    council = replace(chain, operator=(await chain.rpc.call("eth_accounts"))[3])
    data = lane.encode("setPolicy", bytes(32), after)
    await council.send(manager, "schedule", lane.address, data, 0)
    await later(chain, read_chain_config(LOCAL).governance.delay_seconds)
    await council.send(manager, "execute", lane.address, data)
    return before, after


async def notional(chain):
    return (await asked(chain, "PolicyLane", "policy"))["model"]["minimumNotionalBps"]


@pytest.mark.parametrize("asked_for", [tightened, decreed])
async def test_every_step_of_a_pending_policy_is_executed_when_its_time_has_come(chain, tmp_path, asked_for):
    index = Indexed(chain, tmp_path)
    one, ignorant = One(chain, tmp_path, 0, own=OwnKnowledge(index)), One(chain, tmp_path, 1)
    before, after = await asked_for(chain)
    await one.look()
    assert one.sent(ChoreKind.STEP) == 0
    least, most = await notional(chain), after[0][list_place(before, after)]
    assert least < most
    await later(chain, GRACE_SECONDS)
    await ignorant.look()
    assert ignorant.figures.counts.get(ChoreKind.STEP, 0) == 0  # who knows no contents makes no step
    for step in range(1, 9):
        await one.look()
        await one.look()  # the next one is not due yet
        assert one.sent(ChoreKind.STEP) == step
        assert await notional(chain) == least + (most - least) * step // 8
        await later(chain, STEP_SECONDS)
    assert await asked(chain, "PolicyLane", "pendingUpdates") == []
    await one.look()
    assert one.sent(ChoreKind.STEP) == 8


def list_place(before, after):
    (place,) = [i for i, (old, new) in enumerate(zip(before[0], after[0], strict=True)) if old != new]
    return place


async def test_a_step_whose_window_is_over_is_not_tried(chain, tmp_path):
    one = One(chain, tmp_path, 0, own=OwnKnowledge(Indexed(chain, tmp_path)))
    await tightened(chain)
    await later(chain, GRACE_SECONDS + 172_800 + 1)
    await one.look()
    assert one.figures.counts.get(ChoreKind.STEP, 0) == 0


async def test_an_auction_that_follows_a_step_is_charged_once(chain, tmp_path):
    one = One(chain, tmp_path, 0, own=OwnKnowledge(Indexed(chain, tmp_path)))
    await tightened(chain)
    await later(chain, GRACE_SECONDS)
    await chain.prices(FALL[-1])
    await one.look()
    assert one.sent(ChoreKind.STEP) == 1
    await crash(chain)
    await one.look()
    assert (one.sent(ChoreKind.START), one.sent(ChoreKind.CHARGE)) == (1, 0)
    await one.look()
    assert one.sent(ChoreKind.CHARGE) == 1
    (charged,) = await events(chain, "LiquidationCharged")
    auction = (await chain.reader.auctions([chain.victim]))[chain.victim]
    assert (charged.arguments["account"], charged.arguments["auctionId"]) == (chain.victim, auction.id)
    *_, daily, weekly = await asked(chain, "PolicyLane", "budgets")
    assert 0 < daily <= charged.arguments["base"]
    assert 0 < weekly <= charged.arguments["base"]
    await one.look()
    assert one.sent(ChoreKind.CHARGE) == 1


async def test_an_auction_without_a_step_before_it_is_charged_to_nobody(chain, tmp_path):
    one = One(chain, tmp_path, 0)
    await crash(chain)
    await one.look()
    await one.look()
    assert (one.sent(ChoreKind.START), one.figures.counts.get(ChoreKind.CHARGE, 0)) == (1, 0)


async def test_a_rise_that_nobody_takes_up_is_proven_and_a_fall_is_not(chain, tmp_path):
    states = await chain.reader.accounts(await chain.reader.block())
    nonces = {state.account: state.portfolio_nonce for state in states}
    seq = (await chain.reader.lanes()).sequences[LANE_MARGIN_ROOTS] + 1
    head = await header(chain, LANE_MARGIN_ROOTS, "SignedLanes", seq)

    def rows(ratio):
        return tuple(
            MarginRow(
                a, nonce, 15_000 if a == chain.victim else 9_500, ratio if a == chain.victim else 9_000, 0, 0
            )
            for a, nonce in sorted(nonces.items())
        )

    signed_root, rival = (seq, head.observed_at, rows(12_000)), (seq, head.observed_at, rows(13_000))
    root = margin_root(seq, signed_root[2])
    lanes = chain.reader.contracts["SignedLanes"]
    await chain.send(lanes, "publishMarginRoot", head, root, signed(chain, head, "SignedLanes", root))

    other = One(chain, tmp_path, 1, own=OwnKnowledge(newest_root=lambda: rival))
    await other.look()
    assert other.figures.counts.get(ChoreKind.PROVE, 0) == 0  # the chain has another root of this number
    one = One(chain, tmp_path, 0, own=OwnKnowledge(newest_root=lambda: signed_root))
    await one.look()
    assert one.sent(ChoreKind.PROVE) == 1
    attested = await chain.reader.attestations(nonces)
    assert {account: last.maintenance_ratio_bps for account, last in attested.items()} == {
        chain.victim: 12_000
    }
    await one.look()
    assert one.sent(ChoreKind.PROVE) == 1

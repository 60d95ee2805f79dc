"""Keepers that are given their chain, sources and neighbours by hand: one round from observation to publication."""

from __future__ import annotations

import dataclasses
from contextlib import asynccontextmanager
from decimal import Decimal
from types import SimpleNamespace

import aiohttp
import pytest

from keeper.alarms import Alarm
from keeper.daemon.alarms import notices_of
from keeper.daemon.keeper import Keeper
from keeper.daemon.memory import StoreMemory
from keeper.daemon.policy import KeeperPolicy
from keeper.daemon.ports import Published
from keeper.daemon.proposal import LaneRound
from keeper.daemon.quorum import Collected
from keeper.decide.cost import CostPolicy
from keeper.decide.preflight import Preflight
from keeper.decide.rounds import PublishThresholds
from keeper.errors import ChainUnreachable, ConsensusError, ProposalRefused, TransactionFailed
from keeper.messages import Proposal
from keeper.store import EvidenceStore, RoundStatus, Store
from keeper.types import Observation, Rejection, RejectionReason
from tests.keeper.daemon import daemon_cases as cases
from tests.keeper.market_cases import CONSENSUS, NOW, assessor, observation

CONTRACTS = {"SignedLanes": SimpleNamespace(address=cases.CONTRACT)}


class Chain:
    """A chain that never moves but for the sequences that `Publishes` counts up."""

    def __init__(self, threshold: int):
        self.view = cases.view(lanes=dataclasses.replace(cases.view().lanes, threshold=threshold))
        self.contracts = CONTRACTS

    async def block(self, number="latest"):
        return self.view.block

    async def parameters(self, block=None):
        return self.view.parameters

    async def parameters_digests(self, block=None):
        return self.view.parameters.digest, self.view.parameters.state_digest

    async def accounts(self, block):
        return self.view.accounts

    async def prices(self, underlyings, block=None):
        return {}

    async def surfaces(self, keys, block=None):
        return {}

    async def attestations(self, accounts, block=None):
        return {}

    async def accruals(self, keys, block):
        return {}

    async def lanes(self, block=None):
        return self.view.lanes


class Sources:
    def __init__(self, seen: Observation):
        self.seen, self.calls = seen, 0

    async def observe(self, *, underlyings, now):
        self.calls += 1
        return self.seen


class Publishes:
    def __init__(self, error: Exception | None = None):
        self.error, self.lanes, self.bounds, self.tended, self.unfinished = error, [], [], 0, 0

    async def publish(self, lane, quorum, *, most_cost_wei):
        if self.error is not None:
            raise self.error
        self.lanes.append((lane, quorum))
        self.bounds.append(most_cost_wei)
        return Published(lane.header.lane, lane.header.seq, lane.header.observed_at, "0x01", 1_000)

    async def tend(self):
        self.tended += 1
        if self.error is not None:
            raise self.error
        return max(0, self.unfinished - self.tended)


class Figures:
    def __init__(self):
        self.cycles, self.endorsements, self.rounds, self.stages = [], [], [], []
        self.unfinished = self.spent = self.wei = None

    def cycle(self, result, seconds):
        self.cycles.append(result)

    def observed(self, round_):
        self.rounds.append(round_)

    def published(self, published):
        self.rounds.append(published)

    def endorsed(self, result):
        self.endorsements.append(result)

    def stage(self, stage, seconds):
        self.stages.append(stage)

    def tended(self, unfinished):
        self.unfinished = unfinished

    def paid(self, *, spent_wei):
        self.spent = spent_wei

    def balance(self, wei):
        self.wei = wei


class Woken:
    """Who would be woken, and for what."""

    def __init__(self):
        self.alarms = []

    def raise_alarm(self, alarm, text, *, subject=""):
        self.alarms.append((alarm, subject))


class Present:
    def __init__(self, now: int):
        self.at = now

    async def now(self):
        return self.at


@dataclasses.dataclass
class Scene:
    keeper: Keeper
    sources: Sources
    publishes: Publishes
    figures: Figures
    present: Present
    woken: Woken
    store: Store
    chain: Chain


@pytest.fixture(scope="module", autouse=True)
def _computed_outside_the_event_loop():
    cases.own_round()


@pytest.fixture
def scene(tmp_path):
    @asynccontextmanager
    async def made(*, signer=None, seen=None, error=None, threshold=1, dry_run=False, now=NOW):
        number = NOW // cases.INTERVAL
        index = number % 3 if signer is None else signer
        folder = tmp_path / f"{index}"
        (folder / "evidence").mkdir(parents=True, exist_ok=True)
        store = Store.open(folder / "keeper.db")
        sources, publishes = Sources(observation() if seen is None else seen), Publishes(error)
        figures, present, woken, chain = Figures(), Present(now), Woken(), Chain(threshold)
        async with aiohttp.ClientSession() as session:
            keeper = Keeper(
                policy=policy(index, dry_run),
                time_source=present,
                reader=chain,
                observer=sources,
                assessor=assessor(),
                signer=cases.SIGNERS[index],
                publisher=publishes,
                memory=StoreMemory(store, EvidenceStore(folder / "evidence")),
                observability=figures,
                alarms=woken,
                session=session,
            )
            yield Scene(keeper, sources, publishes, figures, present, woken, store, chain)
        store.close()

    return made


def policy(signer: int, dry_run: bool) -> KeeperPolicy:
    return KeeperPolicy(
        signer=signer,
        chain_id=cases.CHAIN_ID,
        interval_seconds=cases.INTERVAL,
        takeover_seconds=20,
        validity_seconds=300,
        peer_timeout_seconds=1.0,
        dry_run=dry_run,
        consensus=CONSENSUS,
        publish=PublishThresholds(),
        modes=cases.MODES,
        budget=cases.BUDGET,
        endorsement=cases.POLICY,
        cost=CostPolicy(Decimal("0.001"), 10**16, 10**18),
        routine_wei_per_day=10**18,
        low_balance_wei=10**17,
        native_underlying=2,
        peers=(),
    )


NOTHING_SEEN = dataclasses.replace(
    observation(),
    quotes=(),
    rejections=(Rejection("kraken", 1, RejectionReason.UNREACHABLE, "HTTP 503"),),
)


async def test_the_leader_publishes_every_lane_once(scene):
    async with scene() as s:
        assert await s.keeper.tick() is True
        assert await s.keeper.tick() is False
        assert [lane.header.lane for lane, _ in s.publishes.lanes] == [0, 1, 4]
        assert {quorum.signer_bitmap.bit_count() for _, quorum in s.publishes.lanes} == {1}
        assert s.sources.calls == 1
        assert [r.status for lane in (0, 1, 4) for r in s.store.rounds(lane)] == [RoundStatus.PUBLISHED] * 3
        assert s.figures.cycles == ["done"]
        snapshot = s.publishes.lanes[0][0].header.snapshot
        assert s.keeper.evidence(snapshot.hex()) is not None


async def test_an_exceeded_preflight_withholds_margins_and_nothing_else(scene):
    over = Preflight((1, 2), 5.0, 900, "2 accounts, budget 1")
    async with scene() as s:
        number = NOW // cases.INTERVAL
        s.keeper.present.newest = dataclasses.replace(await s.keeper.present.of(number), preflight=over)
        assert await s.keeper.tick() is True
        assert [lane.header.lane for lane, _ in s.publishes.lanes] == [0, 1]
        assert s.figures.cycles == ["done"]


async def test_people_are_woken_for_what_a_keeper_cannot_mend(scene):
    over = Preflight((1, 2), 5.0, 900, "2 accounts, budget 1")
    exceeded = list(notices_of(dataclasses.replace(cases.own_round(), preflight=over)))
    assert [n.alarm for n in exceeded] == [Alarm.PREFLIGHT_EXCEEDED]
    assert "Accounts: 1, 2" in exceeded[0].text
    assert list(notices_of(cases.own_round())) == []
    many = dataclasses.replace(over, exceeded="", unknown=tuple(range(1, 13)))
    (unknown,) = notices_of(dataclasses.replace(cases.own_round(), preflight=many))
    assert unknown.alarm is Alarm.UNKNOWN_ACCOUNTS
    assert unknown.text.endswith("12 accounts failed: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more")
    async with scene(seen=NOTHING_SEEN) as s:
        await s.keeper.tick()
        assert s.woken.alarms == [(Alarm.HALTED, "")]
    async with scene(threshold=2, signer=(NOW // cases.INTERVAL + 1) % 3, now=NOW + 20) as s:
        await s.keeper.tick()
        assert s.woken.alarms == [(Alarm.NO_QUORUM, ""), (Alarm.CYCLE_FAILED, "ProposalRefused")]


async def test_an_outbox_that_cannot_be_tended_wakes_people(scene):
    async with scene(error=ChainUnreachable("no node answers")) as s:
        await s.keeper.tend()
        assert s.woken.alarms == [(Alarm.OUTBOX_UNTENDED, "ChainUnreachable")]


async def test_a_follower_waits_for_its_turn_and_takes_over(scene):
    following = (NOW // cases.INTERVAL + 1) % 3
    start = NOW // cases.INTERVAL * cases.INTERVAL
    async with scene(signer=following, now=start) as s:
        assert await s.keeper.tick() is False
        assert s.publishes.lanes == []
        s.present.at = start + 20
        assert await s.keeper.tick() is True
        assert len(s.publishes.lanes) == 3


async def test_without_a_quorum_nothing_is_published_and_the_round_is_tried_again(scene):
    async with scene(threshold=2) as s:
        assert await s.keeper.tick() is True
        assert (s.publishes.lanes, s.figures.cycles) == ([], ["failed"])
        assert await s.keeper.tick() is True
        assert s.sources.calls == 1
        with pytest.raises(ProposalRefused, match="2 are needed"):
            await s.keeper.once()
        assert [r.status for r in s.store.rounds(0)] == [RoundStatus.SIGNED]


async def test_a_refusing_chain_fails_the_cycle_and_once_says_so(scene):
    async with scene(error=TransactionFailed("reverted with WrongSequence()", "WrongSequence")) as s:
        await s.keeper.tick()
        assert s.figures.cycles == ["failed"]
        with pytest.raises(TransactionFailed, match="WrongSequence"):
            await s.keeper.once()


async def test_a_halted_round_is_over_and_once_names_what_is_missing(scene):
    async with scene(seen=NOTHING_SEEN) as s:
        assert await s.keeper.tick() is True
        assert s.keeper.status()["mode"] == "halted"
        with pytest.raises(ConsensusError, match=r"no consensus price of underlyings \[1, 2\]"):
            await s.keeper.once()


async def test_a_dry_run_writes_no_round_and_sends_nothing(scene):
    async with scene(dry_run=True) as s:
        assert await s.keeper.tick() is True
        assert s.publishes.lanes == []
        assert s.store.rounds(0) == []
        assert len(s.keeper.accounts()) == 4


def over_budget(own):
    return dataclasses.replace(own, preflight=Preflight((1, 2), 5.0, 900, "2 accounts, budget 1"))


def doubting(own):
    unknown = {own.margin_rows[0].account: "its legs are not those of its events"}
    seen = dataclasses.replace(own.context.view, unknown=unknown)
    return dataclasses.replace(own, context=dataclasses.replace(own.context, view=seen))


async def leaders_proposal(scene) -> Proposal:
    return cases.proposal_of(cases.own_round())


async def test_an_honest_proposal_is_signed_and_its_evidence_kept(scene):
    async with scene(signer=1) as s:
        answer = await s.keeper.endorse(await leaders_proposal(scene))
        assert (answer.refusal, [item.lane for item in answer.signatures]) == ("", [0, 1, 4])
        assert s.figures.endorsements == ["signed"]
        assert s.store.rounds(0, seq=5)[0].status is RoundStatus.SIGNED


@pytest.mark.parametrize("withhold", [over_budget, doubting], ids=["over budget", "unknown account"])
async def test_a_keeper_that_cannot_judge_verdicts_signs_prices_and_surfaces(scene, withhold):
    async with scene(signer=1) as s:
        s.keeper.present.newest = withhold(await s.keeper.present.of(NOW // cases.INTERVAL))
        answer = await s.keeper.endorse(await leaders_proposal(scene))
        assert [item.lane for item in answer.signatures] == [0, 1]
        assert answer.refusal.startswith("lane 4 is withheld: ")
        assert s.figures.endorsements == ["withheld"]
        assert [len(s.store.rounds(lane)) for lane in (0, 1, 4)] == [1, 1, 0]
        assert s.woken.alarms == []


async def test_a_proposal_of_nothing_but_withheld_lanes_is_refused_and_no_disagreement(scene):
    async with scene(signer=1) as s:
        s.keeper.present.newest = over_budget(await s.keeper.present.of(NOW // cases.INTERVAL))
        whole = await leaders_proposal(scene)
        answer = await s.keeper.endorse(whole.model_copy(update={"lanes": whole.lanes[2:]}))
        assert (answer.signatures, s.figures.endorsements, s.woken.alarms) == ([], ["refused"], [])
        assert answer.refusal.startswith("lane 4 is withheld: preflight")


async def test_a_leader_that_signed_something_else_is_reported_by_name_and_a_stranger_is_not(scene):
    """Whoever did not sign what it proposes could blame anybody."""
    row = cases.own_round().assessment.price_rows[0]
    lanes = cases.lanes_of(cases.own_round())
    wrong = dataclasses.replace(row, price=row.price * 103 // 100)
    lanes[0] = LaneRound(lanes[0].header, (wrong, *lanes[0].rows[1:]))
    lie = cases.proposal_of(cases.own_round(), lanes)
    async with scene(signer=1) as s:
        assert (await s.keeper.endorse(lie)).signatures == []
        assert s.woken.alarms == [(Alarm.PEER_DISAGREES, "signer 0")]
        await s.keeper.endorse(lie.model_copy(update={"leader": 2}))
        assert len(s.woken.alarms) == 1


async def test_lanes_with_a_quorum_are_published_beside_one_without(scene, monkeypatch):
    async def withheld(**given):
        own = {lane: {0: signature} for lane, signature in given["own"].items() if lane != 4}
        return Collected({**own, 4: {}}, {1: "lane 4 is withheld: preflight"})

    monkeypatch.setattr("keeper.daemon.lead.collect", withheld)
    async with scene() as s:
        with pytest.raises(ProposalRefused, match=r"lane 4: signers \[\], 1 are needed"):
            await s.keeper.once()
        assert [lane.header.lane for lane, _ in s.publishes.lanes] == [0, 1]
        assert (Alarm.NO_QUORUM, "") in s.woken.alarms


async def test_the_tail_of_the_last_round_renews_this_one_for_leader_and_follower(scene):
    """Surfaces of the last round are mined after this keeper looked: everybody else expects the next number."""
    lanes = cases.view().lanes
    moved = dataclasses.replace(lanes, threshold=1, sequences={**lanes.sequences, 1: 5})
    others = dataclasses.replace(cases.own_round(), context=cases.context(view=cases.view(lanes=moved)))
    proposal = cases.proposal_of(others)
    for signer in (1, NOW // cases.INTERVAL % 3):
        async with scene(signer=signer) as s:
            await s.keeper.present.of(NOW // cases.INTERVAL)
            s.chain.view = cases.view(lanes=moved)
            if signer == 1:
                assert [item.lane for item in (await s.keeper.endorse(proposal)).signatures] == [0, 1, 4]
            else:
                await s.keeper.tick()
                assert [(lane.header.lane, lane.header.seq) for lane, _ in s.publishes.lanes][:2] == [
                    (0, 5),
                    (1, 6),
                ]
            assert s.sources.calls == 2
            await s.keeper.endorse(proposal)
            assert s.sources.calls == 2


async def test_a_leader_knows_how_far_its_own_prices_came(scene):
    """It publishes 5; that is taken back before the next round is viewed, and returns after."""
    lanes = dataclasses.replace(cases.view().lanes, threshold=1)
    after = dataclasses.replace(lanes, sequences={**lanes.sequences, 0: 5})
    async with scene() as s:
        publish = s.publishes.publish

        async def published(lane, quorum, *, most_cost_wei):
            s.chain.view = cases.view(lanes=after)
            return await publish(lane, quorum, most_cost_wei=most_cost_wei)

        s.publishes.publish = published
        assert await s.keeper.tick() is True
        s.chain.view = cases.view(lanes=lanes)
        await s.keeper.present.of(NOW // cases.INTERVAL + 1)
        s.chain.view = cases.view(lanes=after)
        assert not await s.keeper.present.is_done()


async def test_prices_that_return_after_a_reorganisation_are_an_older_round_s(scene):
    """Seen at 4, taken back to 3 before the next round is viewed, back at 4 when its leader proposes 5."""
    lanes = cases.view().lanes
    gone = dataclasses.replace(lanes, threshold=1, sequences={**lanes.sequences, 0: 3})
    back = dataclasses.replace(lanes, threshold=1)
    proposal = cases.proposal_of(cases.own_round())
    async with scene(signer=1) as s:
        await s.keeper.present.lanes()
        s.chain.view = cases.view(lanes=gone)
        await s.keeper.present.of(NOW // cases.INTERVAL)
        refused = await s.keeper.endorse(proposal)
        assert refused.refusal == "lane 0: sequence 5, the chain expects 4"
        s.chain.view = cases.view(lanes=back)
        assert not await s.keeper.present.is_done()
        assert [item.lane for item in (await s.keeper.endorse(proposal)).signatures] == [0, 1, 4]


async def test_prices_that_return_after_a_restart_are_the_older_round_s_that_was_signed_before(scene):
    """It signs 5 and is restarted; 5 is taken back before the next round is viewed, and returns after."""
    lanes = dataclasses.replace(cases.view().lanes, threshold=1)
    after = dataclasses.replace(lanes, sequences={**lanes.sequences, 0: 5})
    async with scene(signer=1) as s:
        assert (await s.keeper.endorse(cases.proposal_of(cases.own_round()))).signatures
    async with scene(signer=1) as s:
        await s.keeper.present.of(NOW // cases.INTERVAL + 1)
        s.chain.view = cases.view(lanes=after)
        assert not await s.keeper.present.is_done()
        s.chain.view = cases.view(lanes=dataclasses.replace(after, sequences={**lanes.sequences, 0: 6}))
        assert await s.keeper.present.is_done()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda p: p.model_copy(update={"lanes": []}), "no lane"),
        (lambda p: p.model_copy(update={"bundle": "{}"}), "not an evidence bundle"),
        (lambda p: p.model_copy(update={"round_number": 1}), "round 1"),
        (lambda p: with_rows(p, []), "at least one row"),
        (lambda p: with_rows(p, [p.lanes[2].rows[0]] * 2), "strictly ascending"),
        (lambda p: with_rows(p, [["x"]]), "not a MarginRow"),
    ],
)
async def test_a_refused_proposal_leaves_nothing_behind(scene, tmp_path, spoil, reason):
    async with scene(signer=1) as s:
        spoiled = spoil(await leaders_proposal(scene))
        answer = await s.keeper.endorse(spoiled)
        assert reason in answer.refusal
        assert answer.signatures == []
        assert s.figures.endorsements == ["refused"]
        assert [s.store.rounds(lane) for lane in (0, 1, 4)] == [[], [], []]
        assert list((tmp_path / "1/evidence").iterdir()) == []


def with_rows(proposal: Proposal, rows) -> Proposal:
    margins = proposal.lanes[2].model_copy(update={"rows": rows})
    return proposal.model_copy(update={"lanes": [*proposal.lanes[:2], margins]})

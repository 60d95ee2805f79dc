"""What a leader signs, and what it does not: over budget, before the warm-up, when gas is dear, of unknown accounts."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keeper.alarms import Alarm
from keeper.daemon.common import Common
from keeper.daemon.lead import Leader
from keeper.daemon.ports import Published
from keeper.daemon.progress import Progress
from keeper.decide.mode import LastMode, ModeDecision
from keeper.decide.preflight import AccountEffect, Preflight, PreflightBudget, preflight
from keeper.decide.rounds import PublishedMargin
from keeper.decide.spending import DAY_SECONDS
from keeper.types import Mode
from keeper.wire import LANE_MARGIN_ROOTS, LANE_MARGINS, LANE_PRICES, LANE_SURFACES
from tests.keeper.daemon import daemon_cases as cases
from tests.keeper.daemon.test_keeper import Chain, Figures, Woken, policy
from tests.keeper.market_cases import MODEL, NOW, observation

MARGINS = {LANE_MARGINS, LANE_MARGIN_ROOTS}


class Pen:
    """A signer that counts what it signs."""

    def __init__(self):
        self.signer, self.signed = cases.SIGNERS[0], []

    @property
    def address(self):
        return self.signer.address

    async def sign(self, preimage: bytes) -> bytes:
        self.signed.append(preimage)
        return await self.signer.sign(preimage)


class Remembers:
    """The day's spending is given; what is proposed and published is kept."""

    def __init__(self, spent: int = 0):
        self.spent, self.proposed, self.since = spent, [], []

    def spent_wei(self, *, since: int) -> int:
        self.since.append(since)
        return self.spent

    def remember_proposed(self, lanes, bundle):
        self.proposed.extend(lanes)

    def remember_published(self, lane, published):
        pass


class Sends:
    def __init__(self):
        self.lanes = []

    async def publish(self, lane, quorum, *, most_cost_wei):
        self.lanes.append(lane)
        return Published(lane.header.lane, lane.header.seq, lane.header.observed_at, "0x01", 1_000)


@dataclasses.dataclass
class Led:
    pen: Pen
    memory: Remembers
    lanes: list

    @property
    def numbers(self) -> list[int]:
        return [lane.header.lane for lane in self.lanes]

    @property
    def accounts(self) -> set[int]:
        return {row.account for lane in self.lanes if lane.header.lane in MARGINS for row in lane.rows}


def led(own, *, spent: int = 0, **thresholds) -> Led:
    pen, memory, sends, woken = Pen(), Remembers(spent), Sends(), Woken()
    settled = policy(0, dry_run=False)
    common = Common(
        policy=dataclasses.replace(settled, publish=dataclasses.replace(settled.publish, **thresholds)),
        reader=Chain(threshold=1),
        memory=memory,
        observability=Figures(),
        alarms=woken,
        progress=Progress(),
    )
    leader = Leader(common, model=MODEL.digest(), signer=pen, publisher=sends, session=None)
    asyncio.run(leader.lead(_alone(own)))
    assert (Alarm.ROUTINE_WAITS in [alarm for alarm, _ in woken.alarms]) is (
        spent >= settled.routine_wei_per_day
    )
    assert len(pen.signed) == len(sends.lanes) == len(memory.proposed)
    return Led(pen, memory, sends.lanes)


def _alone(own):
    """One signature is a quorum."""
    seen = own.context.view
    lanes = dataclasses.replace(seen.lanes, threshold=1)
    context = dataclasses.replace(own.context, view=dataclasses.replace(seen, lanes=lanes))
    return dataclasses.replace(own, context=context)


def with_preflight(found: Preflight, **changes):
    return dataclasses.replace(cases.own_round(), preflight=found, **changes)


@settings(max_examples=25, deadline=None)
@given(
    equity=st.lists(st.floats(0, 2_000), min_size=1, max_size=5),
    after=st.integers(10_000, 20_000),
    accounts=st.integers(0, 3),
)
def test_over_budget_means_no_signature_on_any_verdict(equity, after, accounts):
    effects = [AccountEffect(n, e, 1_000.0, 10_000, after, (1e5,)) for n, e in enumerate(equity)]
    found = preflight(effects=effects, budget=PreflightBudget(accounts=accounts))
    result = led(with_preflight(found))
    assert (set(result.numbers) & MARGINS == set()) is (found.exceeded != "")
    assert len(result.pen.signed) == len(result.numbers)
    assert result.numbers[:2] == [LANE_PRICES, LANE_SURFACES]


def test_while_warming_up_a_ratio_alone_opens_nobody_to_liquidation():
    rows = cases.own_round().margin_rows
    hit = Preflight((rows[0].account,), 1.0, 100, "")
    cold = ModeDecision(Mode.SYNCING, "1 of 2 good rounds", 1, warmed_up=False)
    assert led(with_preflight(hit, mode=cold)).accounts == {row.account for row in rows[1:]}
    assert led(with_preflight(hit)).accounts == {row.account for row in rows}


def test_a_root_is_of_every_verdict_or_there_is_none():
    rows = cases.own_round().margin_rows
    cold = ModeDecision(Mode.SYNCING, "1 of 2 good rounds", 1, warmed_up=False)
    hit = with_preflight(Preflight((rows[0].account,), 1.0, 100, ""), mode=cold)
    assert LANE_MARGIN_ROOTS in led(cases.own_round(), margin_root_above=0).numbers
    assert led(hit, margin_root_above=0).accounts == set()
    assert led(hit, margin_root_above=1).accounts == {rows[1].account}


def attested(own, *, age: int, **change):
    """The same verdicts and prices on chain already, `age` seconds old."""
    held = {row.underlying: (row, NOW - age) for row in own.assessment.price_rows}
    margins = {
        row.account: PublishedMargin(dataclasses.replace(row, **change), NOW - age) for row in own.margin_rows
    }
    seen = dataclasses.replace(own.context.view, prices=held, margins=margins)
    return dataclasses.replace(own, context=dataclasses.replace(own.context, view=seen))


def test_heartbeats_wait_on_a_day_that_has_cost_its_budget_and_expiring_ones_do_not():
    once, twice = (attested(cases.own_round(), age=age) for age in (1_800, 3_600))
    budget = policy(0, dry_run=False).routine_wei_per_day
    assert LANE_PRICES in led(once, price_heartbeat_seconds=1_800).numbers
    dear = led(once, spent=budget, price_heartbeat_seconds=1_800)
    assert set(dear.numbers) & {LANE_PRICES, *MARGINS} == set()
    assert dear.memory.since == [NOW - DAY_SECONDS]
    assert set(led(twice, spent=budget, price_heartbeat_seconds=1_800).numbers) >= {LANE_PRICES, LANE_MARGINS}


def test_a_new_mode_is_pushed_before_any_heartbeat():
    own = attested(cases.own_round(), age=60)
    assert LANE_PRICES not in led(own).numbers
    changed = dataclasses.replace(own, mode=dataclasses.replace(own.mode, changed=True))
    assert LANE_PRICES in led(changed).numbers


def test_an_account_whose_data_failed_is_unknown_and_gets_no_verdict():
    blind = cases.computed(seen=dataclasses.replace(observation(), option_quotes=()))
    assert blind.preflight.unknown == (1, 2)
    assert led(blind).accounts == {row.account for row in blind.margin_rows}
    assert led(blind).accounts.isdisjoint(blind.preflight.unknown)


@pytest.mark.parametrize(("missed", "mode"), [(1, Mode.NORMAL), (4, Mode.SYNCING)])
def test_a_computed_round_knows_the_gap_before_it(monkeypatch, missed, mode):
    monkeypatch.setattr(cases, "MODES", dataclasses.replace(cases.MODES, warm_up_rounds=2))
    own = cases.computed(last=LastMode(Mode.NORMAL, 9, cases.NUMBER - missed))
    assert own.mode.mode is mode
    assert own.mode.changed is (mode is not Mode.NORMAL)


def test_the_deltas_of_the_cascade_are_those_of_the_books():
    """Account 3 holds a perpetual of underlying 2 alone: its equity moves one for one with that price."""
    own = cases.own_round()
    (perpetual,) = [a for a in own.assessment.accounts if a.account == 3]
    (held,) = [a for a in own.context.view.accounts if a.account == 3]
    price = float(own.prices[1].price)
    assert perpetual.delta == pytest.approx((0.0, held.legs[0].quantity / 10**18 * price), rel=1e-3)

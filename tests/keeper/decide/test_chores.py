"""Which calls are due: only those that change something, the most urgent first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keeper.decide.chore_facts import (
    AuctionFacts,
    ChoreFacts,
    ClockFacts,
    ExpiryFacts,
    InsolventFacts,
    MarkFacts,
    ProofFacts,
    StepFacts,
)
from keeper.decide.chores import (
    MOST_COUNTERPARTIES,
    MOST_PROOFS,
    ROUTINE,
    ChoreKind,
    ChorePolicy,
    counterparties,
    due_chores,
)
from keeper.types import WAD, LegState
from keeper.wire import MarginRow

NOW = 1_773_993_600
PERP = 7
POLICY = ChorePolicy(
    deficit_share_bps=1_000,
    least_deficit=100 * WAD,
    mark_bps=50,
    clock_margin_seconds=1_800,
    least_reserve=100 * WAD,
    ratio_bps=100,
)
MARK = MarkFacts(1, 50_000 * WAD, 1_800, 50_000 * WAD, 50_000 * WAD, NOW - 10)
AUCTION = AuctionFacts(
    account=9,
    auction=3,
    elapsed_seconds=0,
    duration_seconds=1_800,
    noted_deficit=1_000 * WAD,
    legs=(LegState(PERP, 10 * WAD),),
    equity_low=-1_100 * WAD,
    equity_high=-1_000 * WAD,
    maintenance=500 * WAD,
)
EXPIRY = ExpiryFacts(1, NOW - 10, 0, 1_800, 0, (4, 5))


def kinds(policy=POLICY, **facts):
    return [chore.kind for chore in due_chores(ChoreFacts(now=NOW, **facts), policy)]


@pytest.mark.parametrize(
    ("change", "due"),
    [
        ({}, False),
        ({"marked_at": 0}, True),
        ({"marked_at": 0, "half_life_seconds": 0}, False),
        # Against whoever has the credit: at once, for a fall that nobody marked is forgotten.
        ({"price": 49_700 * WAD}, True),
        ({"price": 49_800 * WAD}, False),
        ({"price": 50_300 * WAD}, True),
        # In favour of it: once no more time counts.
        ({"low": 49_000 * WAD, "high": 50_000 * WAD}, False),
        ({"low": 49_000 * WAD, "high": 50_000 * WAD, "marked_at": NOW - 225}, True),
        ({"low": 49_900 * WAD, "high": 50_000 * WAD, "marked_at": NOW - 10_000}, False),
    ],
)
def test_a_mark_is_due_when_it_moves_the_credit_price(change, due):
    assert kinds(marks=(replace(MARK, **change),)) == ([ChoreKind.MARK] if due else [])


@pytest.mark.parametrize(
    ("noted", "equity_high", "due"),
    [
        (1_000, -1_000, False),
        (1_000, -1_099, False),  # below the least change
        (1_000, -1_100, True),
        (1_000, -900, True),
        (5_000, -5_400, False),  # below a tenth
        (0, -99, False),
        (0, -100, True),
        (3, 20, True),  # gone: any known deficit keeps everybody's exits closed
        (0, 20, False),
    ],
)
def test_a_deficit_is_measured_when_it_has_moved_by_enough(noted, equity_high, due):
    auction = replace(
        AUCTION, noted_deficit=noted * WAD, equity_high=equity_high * WAD, equity_low=equity_high * WAD
    )
    assert kinds(auctions=(auction,)) == ([ChoreKind.MEASURE] if due else [])


@pytest.mark.parametrize(
    ("change", "due"),
    [
        ({"elapsed_seconds": 3_600}, True),
        ({"elapsed_seconds": 3_599}, False),
        ({"elapsed_seconds": 3_600, "equity_high": 0, "noted_deficit": 0}, False),
        ({"elapsed_seconds": 3_600, "equity_high": None}, False),
    ],
)
def test_legs_are_deleveraged_after_twice_the_curve_while_insolvent(change, due):
    facts = ChoreFacts(
        now=NOW, auctions=(replace(AUCTION, **change),), sides={PERP: {9: 10, 4: -3, 2: -7, 5: 1}}
    )
    found = due_chores(facts, POLICY)
    assert [(c.kind, c.arguments) for c in found] == (
        [(ChoreKind.DELEVERAGE, (9, PERP, (2, 4)))] if due else []
    )


@given(st.dictionaries(st.integers(1, 200), st.integers(-50, 50), max_size=80), st.sampled_from([1, -1]))
def test_counterparties_ascend_are_opposite_and_the_largest(held, sign):
    leg = LegState(PERP, sign * 10)
    named = counterparties(9, leg, ChoreFacts(now=NOW, sides={PERP: held}))
    opposite = {a: abs(q) for a, q in held.items() if q * sign < 0 and a != 9}
    assert list(named) == sorted(set(named))
    assert set(named) <= set(opposite)
    assert len(named) == min(len(opposite), MOST_COUNTERPARTIES)
    left_out = [size for a, size in opposite.items() if a not in named]
    assert not left_out or max(left_out) <= min(opposite[a] for a in named)


@pytest.mark.parametrize(
    ("runs", "would_run", "due"),
    [
        (NOW + 1_799, NOW + 7_200, True),
        (NOW + 1_800, NOW + 7_200, False),
        (NOW + 100, NOW + 100, False),  # a reading would vouch for no more
        (NOW + 100, 0, False),  # HALTED
    ],
)
def test_the_clock_is_read_while_an_auction_runs_and_a_reading_helps(runs, would_run, due):
    clock = ClockFacts(runs, would_run)
    assert kinds(auctions=(AUCTION,), clock=clock) == ([ChoreKind.TICK] if due else [])
    assert kinds(clock=clock) == []


def test_an_auction_that_is_over_is_ended():
    healthy = replace(AUCTION, equity_low=501 * WAD, equity_high=502 * WAD, noted_deficit=0)
    assert kinds(auctions=(healthy,)) == [ChoreKind.END]
    assert kinds(auctions=(replace(healthy, equity_low=500 * WAD),)) == []
    assert kinds(auctions=(replace(healthy, legs=(), equity_low=-WAD, equity_high=0),)) == [ChoreKind.END]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"price": 1}, [ChoreKind.SETTLE]),
        ({}, []),
        ({"expiry": NOW - 900}, [ChoreKind.FIX]),
        ({"expiry": NOW - 900, "covered_seconds": 0}, []),
        ({"expiry": NOW - 3_600, "covered_seconds": 0}, [ChoreKind.SAMPLE]),
        ({"expiry": NOW - 3_600, "covered_seconds": 0, "sampled_at": NOW - 299}, []),
        ({"expiry": NOW - 3_600, "covered_seconds": 0, "sampled_at": NOW - 300}, [ChoreKind.SAMPLE]),
    ],
)
def test_an_expiry_is_fixed_sampled_or_settled(change, expected):
    assert kinds(expiries=(replace(EXPIRY, **change),)) == expected


def test_settlements_come_in_pages():
    holders = tuple(range(1, 36))
    found = due_chores(ChoreFacts(now=NOW, expiries=(replace(EXPIRY, price=1, holders=holders),)), POLICY)
    assert [account for chore in found for account in chore.arguments[0]] == list(holders)
    assert max(len(chore.arguments[0]) for chore in found) == 16
    assert len({chore.key for chore in found}) == 3


def test_an_auction_that_a_step_caused_is_charged_before_it_can_end():
    caused = replace(AUCTION, chargeable=True, equity_low=501 * WAD, equity_high=502 * WAD, noted_deficit=0)
    assert kinds(auctions=(caused,)) == [ChoreKind.CHARGE, ChoreKind.END]
    unknown = replace(caused, equity_low=None, equity_high=None, maintenance=None)
    assert kinds(auctions=(unknown,)) == [ChoreKind.CHARGE]


def proof(account, initial, maintenance):
    row = MarginRow(account, 1, initial, maintenance, 0, 0)
    return ProofFacts(
        7, NOW - 60, row, (b"\x01" * 32,), initial_ratio_bps=11_000, maintenance_ratio_bps=10_500
    )


@pytest.mark.parametrize(
    ("initial", "maintenance", "due"),
    [(11_100, 10_500, True), (11_000, 10_600, True), (11_099, 10_599, False), (10_000, 10_000, False)],
)
def test_a_rise_is_proven_and_a_fall_left_to_whom_it_serves(initial, maintenance, due):
    assert kinds(proofs=(proof(4, initial, maintenance),)) == ([ChoreKind.PROVE] if due else [])
    assert kinds(replace(POLICY, ratio_bps=0), proofs=(proof(4, 11_000, 10_500),)) == []


def test_the_largest_rises_are_proven_first_and_no_more_than_a_look_can_make():
    proofs = tuple(proof(account, 11_000 + 100 * account, 10_500) for account in range(1, 20))
    found = due_chores(ChoreFacts(now=NOW, proofs=proofs), POLICY)
    assert [chore.arguments[2].account for chore in found] == list(range(19, 19 - MOST_PROOFS, -1))
    assert found[0].arguments == (7, NOW - 60, proofs[-1].row, proofs[-1].path)


def test_each_step_of_a_policy_is_a_call_of_its_own():
    step = StepFacts("0x" + "ab" * 32, 3, ((1,), ((2, 3, 4),)), ((5,), ((2, 3, 6),)))
    (chore,) = due_chores(ChoreFacts(now=NOW, step=step), POLICY)
    assert (chore.kind, chore.arguments) == (ChoreKind.STEP, (step.source, step.destination))
    (following,) = due_chores(ChoreFacts(now=NOW, step=replace(step, done=4)), POLICY)
    assert following.key != chore.key


def test_interest_of_the_fund_is_booked_once_it_is_worth_it():
    assert kinds(pending_reserve=100 * WAD) == [ChoreKind.ACCRUE]
    assert kinds(pending_reserve=100 * WAD - 1) == []
    assert kinds(replace(POLICY, least_reserve=0), pending_reserve=0) == []


def test_the_most_urgent_comes_first_and_what_nobody_loses_by_last():
    broke = InsolventFacts(11, 4, (True, 3))
    found = due_chores(
        ChoreFacts(
            now=NOW,
            marks=(replace(MARK, marked_at=0),),
            auctions=(replace(AUCTION, elapsed_seconds=3_600, noted_deficit=0),),
            insolvent=(broke,),
            expiries=(replace(EXPIRY, price=1),),
            pending_reserve=100 * WAD,
            sides={PERP: {2: -7}},
        ),
        POLICY,
    )
    assert [chore.kind for chore in found] == [
        ChoreKind.START,
        ChoreKind.MEASURE,
        ChoreKind.DELEVERAGE,
        ChoreKind.SETTLE,
        ChoreKind.MARK,
        ChoreKind.ACCRUE,
    ]
    assert found[0].arguments == (11, (True, 3), 0)
    assert {chore.kind for chore in found[-2:]} == ROUTINE
    assert len({chore.key for chore in found}) == len(found)

"""Modes from observations; budgets on what ratios alone may do."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keeper.decide.cascade import Depth
from keeper.decide.mode import LastMode, ModeThresholds, next_mode
from keeper.decide.preflight import AccountEffect, PreflightBudget, preflight
from keeper.types import ConsensusPrice, Mode


def price(dispersion: float) -> ConsensusPrice:
    return ConsensusPrice(1, Decimal(50_000), Decimal(10), 1000, dispersion, (), ())


@pytest.mark.parametrize(
    ("dispersion", "missing", "good", "mode", "good_after"),
    [
        (0.001, [], 0, Mode.SYNCING, 1),
        (0.001, [], 1, Mode.NORMAL, 2),
        (0.2, [], 5, Mode.DEGRADED, 5),
        (0.001, [2], 5, Mode.HALTED, 0),
    ],
)
def test_mode_follows_what_could_be_observed(
    dispersion: float, missing: list[int], good: int, mode: Mode, good_after: int
) -> None:
    decision = next_mode(
        prices=[price(dispersion)],
        missing=missing,
        last=LastMode(Mode.NORMAL, good, 9),
        number=10,
        head_age_seconds=0,
        thresholds=ModeThresholds(),
    )
    assert (decision.mode, decision.good_rounds) == (mode, good_after)


def effect(account: int, equity: float, before: int, after: int) -> AccountEffect:
    return AccountEffect(account, equity, 1000.0, before, after)


def test_only_accounts_that_ratios_alone_tip_over_count() -> None:
    effects = [
        effect(1, 1050.0, 10_000, 11_000),
        effect(2, 900.0, 10_000, 11_000),
        effect(3, 2000.0, 10_000, 11_000),
    ]
    result = preflight(effects=effects, budget=PreflightBudget(accounts=1))
    assert result.newly_liquidatable == (1,)
    assert result.largest_change_bps == 1000
    assert result.exceeded == ""


def test_over_budget_says_which() -> None:
    effects = [effect(i, 1050.0, 10_000, 11_000) for i in range(3)]
    assert "3 accounts" in preflight(effects=effects, budget=PreflightBudget(accounts=2)).exceeded
    money = preflight(effects=effects, budget=PreflightBudget(accounts=9, own_requirement=2_999.0))
    assert "3000.00" in money.exceeded


def decided(last: LastMode, number: int = 10, *, age: int = 0, dispersion: float = 0.001, missing=()):
    return next_mode(
        prices=[price(dispersion)],
        missing=missing,
        last=last,
        number=number,
        head_age_seconds=age,
        thresholds=ModeThresholds(),
    )


@pytest.mark.parametrize(
    ("last", "mode", "good"),
    [
        (LastMode(), Mode.SYNCING, 1),
        (LastMode(Mode.NORMAL, 50, 9), Mode.NORMAL, 51),
        (LastMode(Mode.NORMAL, 50, 10), Mode.NORMAL, 50),  # the same round again, after a restart
        (LastMode(Mode.SYNCING, 1, 10), Mode.SYNCING, 1),
        (LastMode(Mode.NORMAL, 50, 7), Mode.NORMAL, 51),
        (LastMode(Mode.NORMAL, 50, 6), Mode.SYNCING, 1),
        (LastMode(Mode.NORMAL, 50, 11), Mode.SYNCING, 1),  # another rhythm or another clock
        (LastMode(Mode.HALTED, 0, 9), Mode.SYNCING, 1),
        (LastMode(Mode.DEGRADED, 0, 9), Mode.SYNCING, 1),
    ],
)
def test_after_a_gap_the_keeper_warms_up(last: LastMode, mode: Mode, good: int) -> None:
    decision = decided(last)
    assert (decision.mode, decision.good_rounds) == (mode, good)
    assert decision.warmed_up is (mode is Mode.NORMAL)


def test_blocks_that_stop_degrade_and_are_a_gap() -> None:
    before = LastMode(Mode.NORMAL, 50, 9)
    assert decided(before, age=300).mode is Mode.NORMAL
    stopped = decided(before, age=301)
    assert (stopped.mode, stopped.good_rounds, stopped.warmed_up) == (Mode.DEGRADED, 0, False)
    assert "301 s old" in stopped.reason
    assert decided(LastMode(stopped.mode, stopped.good_rounds, 10), 11).mode is Mode.SYNCING


def test_dispersion_while_warming_up_owes_the_rounds_still() -> None:
    decision = decided(LastMode(Mode.SYNCING, 1, 9), dispersion=0.2)
    assert (decision.mode, decision.good_rounds, decision.warmed_up) == (Mode.DEGRADED, 1, False)
    assert decided(LastMode(Mode.NORMAL, 5, 9), dispersion=0.2).warmed_up is True


def test_a_new_mode_is_told_from_a_first_one() -> None:
    assert decided(LastMode()).changed is False
    assert decided(LastMode(Mode.SYNCING, 5, 9)).changed is True
    assert decided(LastMode(Mode.NORMAL, 5, 9)).changed is False
    assert decided(LastMode(Mode.NORMAL, 5, 9), missing=[2]).changed is True


def test_every_exceeded_budget_is_named() -> None:
    effects = [
        AccountEffect(1, 1_050.0, 1_000.0, 10_000, 21_000, (1e6,)),
        AccountEffect(2, 1_050.0, 1_000.0, 10_000, 10_000, (1e6,)),
    ]
    none = PreflightBudget(0, 0.0, 10_999, 0, 0.01, Depth({}, 2e4))
    found = preflight(effects=effects, budget=none)
    assert found.newly_liquidatable == (1,)
    assert found.cascade.drawn_in == (2,)
    assert found.exceeded.split("; ") == [
        "1 accounts would become liquidatable by ratios alone, budget 0",
        "1000.00 of own requirement would become liquidatable, budget 0.00",
        "a ratio would change by 11000 bps, budget 10999",
        "closing them would draw in 1 more accounts, budget 0",
        "closing them would move a price by 1.0000, budget 0.01",
    ]


effects_drawn = st.lists(
    st.builds(
        AccountEffect,
        account=st.integers(1, 99),
        equity=st.floats(-1e6, 1e6),
        own_requirement=st.floats(0, 1e6),
        ratio_before_bps=st.integers(8_000, 20_000),
        ratio_after_bps=st.integers(8_000, 20_000),
        delta=st.tuples(st.floats(-1e7, 1e7), st.floats(-1e7, 1e7)),
    ),
    max_size=8,
    unique_by=lambda effect: effect.account,
)


@given(
    effects=effects_drawn,
    accounts=st.integers(0, 4),
    requirement=st.floats(0, 1e6),
    change=st.integers(0, 12_000),
    drawn=st.integers(0, 4),
    move=st.floats(0, 1),
)
def test_exceeded_says_nothing_exactly_when_every_figure_is_within(
    effects, accounts, requirement, change, drawn, move
) -> None:
    budget = PreflightBudget(accounts, requirement, change, drawn, move)
    found = preflight(effects=effects, budget=budget, unknown=[7])
    within = (
        len(found.newly_liquidatable) <= accounts
        and found.own_requirement <= requirement
        and found.largest_change_bps <= change
        and len(found.cascade.drawn_in) <= drawn
        and found.cascade.largest_move <= move
    )
    assert (found.exceeded == "") is within
    assert found.unknown == (7,)


@given(effects=effects_drawn)
def test_ratios_that_do_not_rise_open_nobody_to_liquidation(effects) -> None:
    falling = [replace(e, ratio_after_bps=min(e.ratio_before_bps, e.ratio_after_bps)) for e in effects]
    found = preflight(effects=falling, budget=PreflightBudget())
    assert (found.newly_liquidatable, found.cascade.drawn_in, found.own_requirement) == ((), (), 0)

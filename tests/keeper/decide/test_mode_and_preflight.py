"""Modes from observations; budgets on what ratios alone may do."""

from __future__ import annotations

from decimal import Decimal

import pytest

from keeper.decide.mode import ModeThresholds, next_mode
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
        prices=[price(dispersion)], missing=missing, good_rounds=good, thresholds=ModeThresholds()
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

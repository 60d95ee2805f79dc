"""The ledger's replay on hand-made events: cash, funding, shared losses, legs; and the events it refuses to believe."""

from __future__ import annotations

import pytest

from keeper.audit.ledger import GENERATION_SCALE, SURVIVAL_ONE, Ledger, Survival, with_leg
from keeper.types import LegState
from risk.instruments import CALL, PERPETUAL, Instrument

from .events import WAD, cash, created, event, position, socialised

PERP = Instrument(1, 0, 0, PERPETUAL).encode()
OPTION = Instrument(1, 1_704_700_800, 50_000 * 10**6, CALL).encode()


def replayed(*events, funding=None):
    ledger = Ledger()
    problems = [problem for one in events for problem in ledger.apply(one, funding or {})]
    return ledger, problems


def test_cash_is_what_the_changes_add_up_to():
    ledger, problems = replayed(
        created(1), cash(1, 100 * WAD, 100 * WAD), cash(1, -30 * WAD, 70 * WAD, reason=1)
    )
    assert problems == []
    assert ledger.cash(1, {}) == 70 * WAD
    assert ledger.total_positive == 70 * WAD


def test_a_change_that_does_not_add_up_is_named():
    _, problems = replayed(created(1), cash(1, 100 * WAD, 101 * WAD))
    assert len(problems) == 1
    assert "do not make" in problems[0]


def test_an_account_that_was_never_created_is_named():
    _, problems = replayed(cash(7, WAD, WAD))
    assert problems == ["account 7 was never created"]


def test_a_skipped_account_id_is_named():
    _, problems = replayed(created(2))
    assert problems == ["account 2 is not the next id"]


def test_funding_is_owed_up_to_the_present_index_and_rounded_against_the_account():
    ledger = Ledger()
    for one in (created(1), created(2), cash(1, WAD, WAD), cash(2, WAD, WAD)):
        assert ledger.apply(one, {1: 5}) == []
    ledger.apply(position(1, PERP, 3 * WAD // 2, 1, entry=60 * WAD), {1: 5})
    ledger.apply(position(2, PERP, -3 * WAD // 2, 1, entry=-60 * WAD), {1: 5})
    index = {1: 5 + 3}  # 1.5 x 3 = 4.5 units
    assert ledger.cash(1, index) == WAD - 5
    assert ledger.cash(2, index) == WAD + 4
    assert ledger.state(1, index, 2).entry_values == (60 * WAD, 0)


def test_booked_funding_must_follow_from_the_index():
    ledger, _ = replayed(created(1), cash(1, WAD, WAD), position(1, PERP, WAD, 1, entry=WAD))
    copied = ledger.copy()
    assert ledger.apply(cash(1, -7, WAD - 7, reason=3), {1: 7}) == []
    problems = copied.apply(cash(1, -6, WAD - 6, reason=3), {1: 7})
    assert problems == ["funding -6 does not follow from the funding index"]


def test_a_shared_loss_takes_the_same_share_from_every_positive_account():
    ledger, problems = replayed(
        created(1),
        created(2),
        created(3),
        cash(1, 300 * WAD, 300 * WAD),
        cash(2, 100 * WAD, 100 * WAD),
        cash(3, -40 * WAD, -40 * WAD, reason=6),
        cash(3, 40 * WAD, 0, reason=9),
        socialised(40 * WAD, 9 * WAD // 10, 400 * WAD),
    )
    assert problems == []
    assert [ledger.cash(account, {}) for account in (1, 2, 3)] == [270 * WAD, 90 * WAD, 0]
    assert ledger.total_positive == 360 * WAD
    assert ledger.apply(cash(1, WAD, 271 * WAD), {}) == []
    assert ledger.cash(1, {}) == 271 * WAD


@pytest.mark.parametrize(
    ("survival", "total", "named"),
    [(WAD // 2, 400 * WAD, "survival"), (9 * WAD // 10, 401 * WAD, "positive cash")],
)
def test_a_shared_loss_that_does_not_follow_is_named(survival, total, named):
    _, problems = replayed(created(1), cash(1, 400 * WAD, 400 * WAD), socialised(40 * WAD, survival, total))
    assert any(problem.startswith(named) for problem in problems)


def test_survival_keeps_its_precision_through_many_heavy_losses():
    survival = Survival()
    for _ in range(4):
        survival = survival.after(10**12)  # each leaves a millionth
    assert survival.generation > 0
    assert WAD <= survival.factor <= SURVIVAL_ONE
    assert survival.applied(10**45, Survival()) == 10**45 // 10**24


def test_nothing_survives_a_total_loss():
    gone = Survival().after(0)
    assert gone.applied(10**45, Survival()) == 0
    assert gone.applied(-5, Survival()) == -5
    assert GENERATION_SCALE**gone.generation >= 10**54


def test_a_removed_leg_leaves_its_place_to_the_last():
    legs = tuple(LegState(i, WAD) for i in (10, 20, 30))
    assert with_leg(legs, LegState(10, 0)) == (LegState(30, WAD), LegState(20, WAD))
    assert with_leg(legs, LegState(30, 0)) == legs[:2]
    assert with_leg(legs, LegState(20, 5)) == (legs[0], LegState(20, 5), legs[2])
    assert with_leg(legs, LegState(99, 0)) == legs


def test_a_portfolio_nonce_that_skips_is_named():
    _, problems = replayed(created(1), position(1, OPTION, WAD, 2))
    assert problems == ["portfolio nonce 2 after 0"]


def test_a_copy_stands_still():
    ledger, _ = replayed(created(1), cash(1, WAD, WAD))
    still = ledger.copy()
    ledger.apply(cash(1, WAD, 2 * WAD), {})
    assert (still.cash(1, {}), ledger.cash(1, {})) == (WAD, 2 * WAD)
    assert ledger.apply(event("DelegateSet", account=1), {}) == []

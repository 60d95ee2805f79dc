"""Interest replayed: the contract's worked examples, and the events that are not believed."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from keeper.audit.interest import INDEX_ONE, Accrual, InterestModel
from keeper.audit.ledger import REASON_RESERVE, Ledger

from .events import WAD, cash, created, event

YEAR = 365 * 86_400
MODEL = InterestModel(10_000, 40_000, 750_000, 8_000, 1_000, WAD)


def test_the_rate_is_kinked():
    rates = [MODEL.rate(0, debt * WAD, 100 * WAD) for debt in (40, 80, 90, 100, 200)]
    assert rates == [r * WAD // 1_000 for r in (30, 50, 425, 800, 800)]
    assert MODEL.rate(WAD // 50, 40 * WAD, 100 * WAD) == WAD // 20


@given(debt=st.integers(0, 2**96), positive=st.integers(0, 2**96), elapsed=st.integers(0, 2**32))
def test_what_is_shared_out_is_what_is_owed_less_dust(debt, positive, elapsed):
    now = Accrual(debt=debt, positive=positive).at(elapsed, MODEL, 0)
    owed, received = now.debt - debt, now.positive - positive + now.reserve
    assert received <= owed + 1 <= received + positive // 10**26 + 3


def owing():
    """50 owed to one who holds 100, at 2.5% a year, a tenth of it kept."""
    ledger = Ledger()
    ledger.model = InterestModel(0, 40_000, 750_000, 8_000, 1_000, WAD)
    for one in (created(1), created(2), cash(1, 100 * WAD, 100 * WAD), cash(2, -50 * WAD, -50 * WAD)):
        assert ledger.apply(one, {}) == []
    ledger.now = YEAR
    return ledger


def accrued(accrual):
    return event(
        "InterestAccrued",
        debtIndex=accrual.debt_index,
        supplyFactor=accrual.factor,
        totalDebt=accrual.debt,
        totalPositiveCash=accrual.positive,
        reserve=accrual.reserve,
    )


def test_cash_counts_interest_up_to_now():
    ledger = owing()
    assert ledger.cash(2, {}) == -5_125 * WAD // 100
    assert 0 <= 101_125 * WAD // 1_000 - ledger.cash(1, {}) < 10
    assert ledger.stored.debt_index == INDEX_ONE


def test_booked_interest_must_be_the_one_that_ran():
    ledger = owing()
    now = ledger.accrued
    assert ledger.apply(accrued(now), {}) == []
    assert ledger.apply(cash(2, WAD, -5_125 * WAD // 100 + WAD), {}) == []
    other = owing()
    assert "replayed" in other.apply(accrued(replace(now, debt_index=now.debt_index + 1)), {})[0]


def test_the_reserve_is_paid_once():
    ledger = owing()
    reserve = ledger.accrued.reserve
    assert ledger.apply(created(3), {}) == []
    assert ledger.apply(cash(3, reserve, reserve, reason=REASON_RESERVE), {}) == []
    assert ledger.accrued.reserve == 0
    assert "reserve" in ledger.apply(cash(3, 1, reserve + 1, reason=REASON_RESERVE), {})[0]


def test_a_changed_model_counts_from_its_time_on():
    ledger = owing()
    before = ledger.cash(2, {})
    ledger.set_model(InterestModel(200_000, 0, 0, 5_000, 0, WAD))
    assert ledger.cash(2, {}) == before
    ledger.now += YEAR
    assert before * 121 // 100 < ledger.cash(2, {}) < before * 119 // 100


def test_a_premium_counts_up_to_the_models_bound():
    ledger = owing()
    ledger.premium = WAD // 10
    assert ledger.cash(2, {}) == -5_625 * WAD // 100
    ledger.premium = 5 * WAD
    assert ledger.cash(2, {}) == -(50 + 50) * WAD - 125 * WAD // 100


def test_a_model_is_what_its_event_says():
    said = event(
        "InterestModelSet",
        "InterestRates",
        baseMicros=1,
        slopeMicros=2,
        steepSlopeMicros=3,
        kinkBps=4,
        reserveBps=5,
        mostPremium=6,
    )
    assert InterestModel.of(said) == InterestModel(1, 2, 3, 4, 5, 6)

"""One call from prices and marks to signable rows: deterministic, rounded to the wire, honest about what it lacks."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest

from keeper.assess import Assessor, ChargePolicy, ModelConfig, parse_history, price_row
from keeper.engine import thread_executor
from keeper.errors import AssessmentFailed
from keeper.symbols import BTC
from keeper.types import WAD
from risk.instruments import CALL, PERPETUAL, PUT
from tests.keeper.market_cases import (
    ACCOUNTS,
    HISTORY_DOCUMENT,
    MODEL,
    NEAR,
    account,
    assessor,
    inputs,
    leg,
    parameters,
    prices,
)

OTHER_VALUES = {
    "confidence": 0.99,
    "horizon_steps": 12,
    "historical": 61,
    "filtered_historical": 121,
    "student_t": 61,
    "seed": 6,
    "initial_multiplier": 1.2,
    "maintenance_share": 0.9,
    "history": "0x" + "00" * 32,
    "charges": ChargePolicy(short_option_share=0.1),
}


def test_every_field_of_the_model_changes_its_digest():
    assert set(OTHER_VALUES) == {field.name for field in dataclasses.fields(ModelConfig)}
    digests = {dataclasses.replace(MODEL, **{k: v}).digest() for k, v in OTHER_VALUES.items()}
    assert len(digests | {MODEL.digest()}) == len(OTHER_VALUES) + 1


def test_the_model_reads_back_from_its_canonical_form():
    assert ModelConfig.from_canonical(MODEL.canonical()) == MODEL
    with pytest.raises(ValueError, match="version 1 cannot be recomputed"):
        ModelConfig.from_canonical({**MODEL.canonical(), "version": 1})


def test_two_keepers_with_equal_inputs_compute_equal_rows():
    other = Assessor(model=MODEL, history=parse_history(HISTORY_DOCUMENT))
    assert assessor().assess(inputs(), parameters()) == other.assess(inputs(), parameters())


def test_the_engine_changes_no_figure():
    with thread_executor(workers=2) as executor:
        other = Assessor(model=MODEL, history=parse_history(HISTORY_DOCUMENT), executor=executor)
        assert other.assess(inputs(), parameters()) == assessor().assess(inputs(), parameters())


def test_an_account_is_assessed_the_same_whoever_stands_beside_it():
    alone = assessor().assess(inputs(accounts=ACCOUNTS[1:2]), parameters()).accounts[0]
    among = assessor().assess(inputs(), parameters()).accounts[1]
    for field in ("own_requirement", "expected_shortfall", "value_at_risk", "equity_low"):
        assert getattr(alone, field) == pytest.approx(getattr(among, field), rel=1e-9)


def test_every_account_with_legs_gets_a_row_inside_the_corridor():
    whole = assessor().assess(inputs(), parameters())
    assert [row.account for row in whole.margin_rows] == [1, 2, 3]
    for row in whole.margin_rows:
        assert 8_000 <= row.maintenance_ratio_bps <= row.initial_ratio_bps <= 20_000
        assert row.expected_shortfall >= row.value_at_risk > 0
    idle = whole.accounts[3]
    assert (idle.equity_low, idle.own_requirement, idle.row()) == (100_000.0, 0.0, None)


def test_without_a_surface_an_account_is_unknown_and_the_others_are_not():
    blind = dataclasses.replace(
        inputs(), option_quotes=tuple(q for q in inputs().option_quotes if q.underlying != BTC)
    )
    whole = assessor().assess(blind, parameters())
    assert [row.account for row in whole.margin_rows] == [3]
    first = whole.accounts[0]
    assert (first.own_requirement, first.equity_low, first.row()) == (None, None, None)
    assert first.reason == f"no surface for {BTC}/{NEAR}"
    assert whole.accounts[2].own_requirement > 0
    assert whole.accounts[3].equity_low == 100_000.0


def test_an_underlying_without_a_surface_keeps_its_last_volatility():
    blind = dataclasses.replace(inputs(), option_quotes=())
    mark = assessor().assess(blind, parameters()).mark
    assert mark.volatilities == tuple(HISTORY_DOCUMENT["volatilities"][-1])
    earlier = dataclasses.replace(mark, at=mark.at - 60, volatilities=(0.11, 0.22))
    again = assessor().assess(dataclasses.replace(blind, recent=(earlier,)), parameters()).mark
    assert again.volatilities == (0.11, 0.22)


def test_a_surface_outside_the_contracts_band_is_left_out():
    wild = tuple(
        dataclasses.replace(q, mark_volatility=6.0) if q.underlying == BTC else q
        for q in inputs().option_quotes
    )
    whole = assessor().assess(dataclasses.replace(inputs(), option_quotes=wild), parameters())
    assert {row.underlying for row in whole.surface_rows} == {2}
    assert whole.accounts[0].row() is None


def test_prices_are_rounded_to_the_wire_and_intervals_never_shrink():
    price = dataclasses.replace(
        prices()[0], price=Decimal("7900.0000000000000000015"), confidence=Decimal("3.0000000000000000001")
    )
    row = price_row(price)
    assert row.price == 7_900 * WAD + 2
    assert row.confidence == 3 * WAD + 1


def test_tails_are_rounded_up_and_a_tail_that_gains_counts_as_no_loss():
    known = assessor().assess(inputs(), parameters()).accounts[0]
    row = dataclasses.replace(known, value_at_risk=1e-19, expected_shortfall=-5.0).row()
    assert (row.value_at_risk, row.expected_shortfall) == (1, 0)
    huge = dataclasses.replace(known, value_at_risk=1e40).row()
    assert huge.value_at_risk == 2**96 - 1


def test_a_covered_call_needs_less_than_the_naked_one():
    naked = account(1, leg("-3", CALL, strike=8_500))
    covered = account(2, leg("-3", CALL, strike=8_500), leg("3", PERPETUAL))
    whole = assessor().assess(inputs(accounts=(naked, covered)), parameters())
    assert whole.accounts[1].expected_shortfall < whole.accounts[0].expected_shortfall * 2
    protected = account(1, leg("-3", PUT, strike=8_000), leg("3", PUT, strike=7_500))
    bare = account(2, leg("-3", PUT, strike=8_000))
    spread, short = assessor().assess(inputs(accounts=(protected, bare)), parameters()).accounts
    assert spread.own_requirement < short.own_requirement
    assert spread.expected_shortfall < short.expected_shortfall


def test_a_history_too_short_for_the_model_is_a_designed_refusal():
    short = {k: v[-10:] if isinstance(v, list) else v for k, v in HISTORY_DOCUMENT.items()}
    with pytest.raises(AssessmentFailed, match="at block 77"):
        Assessor(model=MODEL, history=parse_history(short)).assess(inputs(), parameters())


def test_what_accrued_of_a_settlement_price_is_neither_at_risk_nor_at_the_index():
    """Half of the window at 1,000 above the spot: half of the option stays, the other half is cash."""
    spot = float(prices()[0].price)
    held = account(9, leg("2", CALL, strike=1_000), cash=0)
    plain = inputs(accounts=(held,))
    average = int((spot + 1_000.0) * WAD)
    known = dataclasses.replace(plain, accruals={(BTC, NEAR): (900, 900 * average)})
    (whole,) = assessor().assess(plain, parameters()).accounts
    (half,) = assessor().assess(known, parameters()).accounts
    width = whole.equity_high - whole.equity_low
    assert half.equity_high - half.equity_low == pytest.approx(width / 2, rel=1e-3)
    middle = (whole.equity_low + whole.equity_high) / 2
    expected = (middle + 2 * (spot + 1_000.0 - 1_000.0)) / 2
    assert (half.equity_low + half.equity_high) / 2 == pytest.approx(expected, rel=1e-6)
    assert half.expected_shortfall == pytest.approx(whole.expected_shortfall / 2, rel=1e-3)
    assert half.own_requirement < 0.51 * whole.own_requirement

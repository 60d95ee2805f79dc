"""What the keeper charges beyond one horizon's CVaR: off by default, never lowering a margin, each by its formula."""

from __future__ import annotations

import dataclasses
import math

import pytest

from keeper.assess import Assessor, ChargePolicy, parse_history
from keeper.types import WAD
from risk.instruments import CALL, PERPETUAL, PUT
from tests.keeper.market_cases import (
    HISTORY_DOCUMENT,
    MODEL,
    account,
    assessor,
    inputs,
    leg,
    parameters,
)

ON = {
    "horizon": ChargePolicy(daily_volume=50_000.0),
    "concentration": ChargePolicy(concentration_notional=5_000.0),
    "oracle age": ChargePolicy(oracle_age_multiplier=3.0),
    "minimum": ChargePolicy(short_option_share=2.0),
    "stressed": ChargePolicy(stressed_weight=0.25),
    "operational": ChargePolicy(operational_hazard_per_day=0.01),
    "basis": ChargePolicy(basis_deviation_daily=0.01),
}
BOOKS = (
    account(1, leg("20", PERPETUAL), leg("-20", CALL, strike=8_000), cash=400_000),
    account(2, leg("5", PERPETUAL), cash=100_000),
    account(3, leg("-3", PUT, strike=7_000), cash=100_000),
    account(4, cash=100_000),
)


def charged(policy: ChargePolicy, accounts=BOOKS):
    model = dataclasses.replace(MODEL, charges=policy)
    found = Assessor(model=model, history=parse_history(HISTORY_DOCUMENT))
    return found.assess(inputs(accounts=accounts), parameters()).accounts


PLAIN = assessor().assess(inputs(accounts=BOOKS), parameters()).accounts


def test_without_charges_the_margin_is_the_multiple_of_cvar() -> None:
    for found in PLAIN[:3]:
        assert found.initial == pytest.approx(MODEL.initial_multiplier * found.expected_shortfall, rel=1e-15)
        assert found.raw_initial_ratio_bps == found.initial_ratio_bps
        assert found.add_ons == 0.0
    assert (PLAIN[3].initial, PLAIN[3].row()) == (0.0, None)


@pytest.mark.parametrize("name", ON)
def test_each_charge_raises_some_margin_and_lowers_none(name: str) -> None:
    found = charged(ON[name])
    assert ON[name].changes_margin
    assert all(f.initial >= p.initial * (1 - 1e-12) for f, p in zip(found, PLAIN, strict=True))
    assert any(f.initial > 1.0001 * p.initial for f, p in zip(found, PLAIN, strict=True))
    for f, p in zip(found, PLAIN, strict=True):
        assert f.maintenance == pytest.approx(MODEL.maintenance_share * f.initial)
        # The plain figures stay on record beside what is charged.
        assert (f.expected_shortfall, f.raw_initial_ratio_bps) == (
            p.expected_shortfall,
            p.raw_initial_ratio_bps,
        )
        assert f.initial_ratio_bps >= f.raw_initial_ratio_bps


def test_the_horizon_grows_with_the_root_of_the_days_to_close() -> None:
    index = float(inputs().prices[0].price)
    policy = ChargePolicy(daily_volume=5 * index, participation=0.25, most_liquidation_days=30.0)
    found = charged(policy)[1]  # five coins at a quarter of five coins a day: four days
    assert found.initial == pytest.approx(2.0 * PLAIN[1].initial, rel=1e-9)


def test_the_age_of_a_price_is_charged_by_its_volatility() -> None:
    given = inputs(accounts=BOOKS)
    whole = assessor().assess(given, parameters())
    age = given.now - given.prices[0].observed_at
    assert age > 0
    found = charged(ON["oracle age"])[1]
    notional = 5.0 * whole.price_rows[0].price / WAD
    hidden = whole.mark.volatilities[0] * math.sqrt(age / (365 * 86_400))
    assert found.add_ons == pytest.approx(3.0 * notional * hidden, rel=1e-9)


def test_a_hedge_across_index_and_forward_pays_the_basis_and_an_outright_position_does_not() -> None:
    found = charged(ON["basis"])
    assert found[0].add_ons > 0.0
    assert found[1].add_ons == found[2].add_ons == 0.0


def test_the_minimum_binds_for_sold_options_alone() -> None:
    found = charged(ON["minimum"])
    index = float(inputs().prices[0].price)
    assert found[2].initial == pytest.approx(2.0 * 3.0 * index, rel=1e-6)
    assert found[1].initial == pytest.approx(PLAIN[1].initial, rel=1e-12)


def test_an_operational_loss_enters_by_the_mixture_not_by_a_sum() -> None:
    """Chance 1% a day against a tail of 2.5%: the CVaR of both is below CVaR plus the whole loss, and above CVaR."""
    found, plain = charged(ON["operational"])[1], PLAIN[1]
    lost = 100_000.0
    assert plain.initial < found.initial < plain.initial + MODEL.initial_multiplier * lost


def test_the_engine_changes_no_charged_figure() -> None:
    every = ChargePolicy(
        **{
            field.name: getattr(policy, field.name)
            for policy in ON.values()
            for field in dataclasses.fields(policy)
            if getattr(policy, field.name) != field.default
        }
    )
    assert charged(every) == charged(every)
    assert len({dataclasses.replace(MODEL, charges=policy).digest() for policy in ON.values()}) == len(ON)

"""The parts of a requirement add up to it, and each Greek is found where it is the only one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.errors import InvalidInput
from risk.instruments import InstrumentTable
from risk.measures import conditional_value_at_risk
from risk.revaluation import (
    explain_requirement,
    horizon_decay,
    instrument_state,
    marks_at,
    profit_and_loss_matrix,
    unit_values,
)
from risk.scenarios import ScenarioSet
from tests.risk.requirement_cases import PARAMETERS, market, option, perpetual

TABLE = InstrumentTable.of(
    [
        perpetual(1),
        perpetual(2),
        option(7_500, is_call=False),
        option(8_000, is_call=True),
        option(200, is_call=True, underlying=2),
    ]
)


def explained(quantities, *, size=0.05, volatility=0.1, decay=None, seed=0):
    rng = np.random.default_rng(seed)
    scenarios = ScenarioSet(
        spot_returns=size * np.clip(rng.standard_normal((2_000, 2)), -4, 4),
        volatility_moves=volatility * np.clip(rng.standard_normal((2_000, 2)), -4, 4),
        label="test",
    )
    matrix = profit_and_loss_matrix(table=TABLE, market=market(), scenarios=scenarios, term_floor_days=1.0)
    state = instrument_state(table=TABLE, market=market())
    found = explain_requirement(
        table=TABLE,
        quantities=quantities,
        profit_and_loss=matrix,
        values=unit_values(table=TABLE, state=state, parameters=PARAMETERS),
        scenarios=scenarios,
        confidence=0.99,
        decay=decay,
    )
    return found, np.asarray(quantities) @ matrix


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(-10, 10), min_size=5, max_size=5), st.integers(0, 100))
def test_parts_add_up_to_the_requirement(quantities, seed) -> None:
    found, profit = explained(quantities, seed=seed)
    want = conditional_value_at_risk(profit_and_loss=profit, confidence=0.99)
    size = 1e-12 * (1.0 + float(np.abs(quantities).sum()) * 8_000)  # rounding of sums of that size
    assert found.conditional_value_at_risk == pytest.approx(want, abs=size)
    assert sum(found.by_greek.values()) == pytest.approx(want, abs=size)
    assert found.by_underlying.sum() == pytest.approx(want, abs=size)


def test_a_perpetual_is_delta_alone() -> None:
    found, _ = explained([2.0, 0.0, 0.0, 0.0, 0.0])
    whole = found.conditional_value_at_risk
    assert found.by_greek["delta"] == pytest.approx(whole, rel=1e-12)
    assert found.by_underlying == pytest.approx([whole, 0.0], rel=1e-12)


def test_a_volatility_move_alone_is_vega() -> None:
    found, _ = explained([0.0, 0.0, 0.0, -1.0, 0.0], size=0.0, volatility=0.02)
    parts = found.by_greek
    assert parts["delta"] == parts["gamma"] == 0.0
    assert parts["vega"] == pytest.approx(
        found.conditional_value_at_risk, rel=0.02
    )  # convexity in volatility
    assert found.conditional_value_at_risk > 0.0


def test_residual_vanishes_faster_than_the_move() -> None:
    """A short straddle, delta by and large hedged: the rest after two orders is of third order."""
    shares = []
    for size in (0.02, 0.01, 0.005):
        found, _ = explained([0.0, 0.0, -1.0, -1.0, 0.0], size=size, volatility=0.0)
        shares.append(abs(found.by_greek["residual"]) / found.by_greek["gamma"])
    assert shares[0] > 1.5 * shares[1] > 2.25 * shares[2]


def test_theta_is_the_time_decay_of_the_marks() -> None:
    hour = 1.0 / 8_760
    state = instrument_state(table=TABLE, market=market())
    decay = horizon_decay(table=TABLE, state=state, horizon_years=hour)
    remaining = np.where(
        state.years > 0.0, np.sqrt(1.0 - hour / np.where(state.years > 0, state.years, 1)), 1.0
    )
    rolled = marks_at(table=TABLE, state=state, spot_factor=1.0, deviation_factor=remaining)
    exact = rolled - marks_at(table=TABLE, state=state, spot_factor=1.0)
    assert decay == pytest.approx(exact, rel=2e-3, abs=1e-9)  # second order: h / (4 T) is 3e-4
    assert decay[0] == 0.0 > decay[3]
    found, profit = explained([0.0, 0.0, 0.0, 3.0, 0.0], decay=decay)
    assert found.by_greek["theta"] == pytest.approx(-3.0 * decay[3])
    want = conditional_value_at_risk(profit_and_loss=profit + 3.0 * decay[3], confidence=0.99)
    assert found.conditional_value_at_risk == pytest.approx(want, rel=1e-10)


def test_limits_and_refusals() -> None:
    found, _ = explained(np.zeros(5))
    assert found.conditional_value_at_risk == 0.0
    assert set(found.by_greek.values()) == {0.0}
    with pytest.raises(InvalidInput, match="5 instruments"):
        explained(np.zeros(5), decay=np.zeros(3))
    with pytest.raises(InvalidInput, match="horizon_years"):
        horizon_decay(table=TABLE, state=instrument_state(table=TABLE, market=market()), horizon_years=-1.0)

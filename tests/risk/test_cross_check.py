"""The parametric tail starts from the contract's own aggregates and agrees with a simulation of full prices."""

from dataclasses import replace

import numpy as np
import pytest

from risk.instruments import InstrumentTable
from risk.margin.requirement import own_requirement
from risk.parametric import multiplier_tail
from risk.parametric.cross_check import account_loss, parametric_tails
from risk.revaluation.sensitivities import instrument_state, marks_at, unit_values
from risk.units import WAD
from tests.risk.requirement_cases import PARAMETERS, market, option, perpetual

TABLE = InstrumentTable.of(
    [perpetual(), option(8_000, is_call=True), option(7_000, is_call=False), perpetual(2)]
)
BOOKS = [[1.0, 0, 0, 0], [0, -2.0, -1.0, 0], [1.0, -1.0, 0, 0], [0, 3.0, 1.0, -20.0], [-1.0, 0.5, 0, 30.0]]


@pytest.fixture(scope="module")
def own():
    return own_requirement(table=TABLE, market=market(), parameters=PARAMETERS, quantities=BOOKS)


def test_the_contracts_figure_is_the_multiplier_form_of_the_same_loss(own) -> None:
    multiplier = PARAMETERS.expected_shortfall_multiplier / WAD
    for row in range(len(BOOKS)):
        tail = multiplier_tail(
            account_loss(own=own, account=row, parameters=PARAMETERS),
            value_at_risk_multiplier=PARAMETERS.value_at_risk_multiplier / WAD,
            expected_shortfall_multiplier=multiplier,
        )
        assert max(0.0, tail.expected_shortfall) == pytest.approx(own.delta_gamma_vega[row], rel=1e-9)


def test_a_linear_book_has_the_normal_figures(own) -> None:
    tails = parametric_tails(own=own, parameters=PARAMETERS, confidence=0.99)
    assert tails.value_at_risk[0] == pytest.approx(2.3263478740408408 * 0.12 * 8_000.0, rel=1e-8)
    assert tails.expected_shortfall[0] == pytest.approx(2.6652142203458064 * 0.12 * 8_000.0, rel=1e-8)


def test_for_small_moves_it_agrees_with_full_revaluation() -> None:
    """A hundredth of the covariance: what is left of the difference is the third order and the sample's error."""
    small = tuple(loading // 10 for loading in PARAMETERS.loadings)
    parameters = replace(PARAMETERS, loadings=small)
    own = own_requirement(table=TABLE, market=market(), parameters=parameters, quantities=BOOKS)
    tails = parametric_tails(own=own, parameters=parameters, confidence=0.99)
    losses = simulated_losses(parameters, size=60_000)
    for row in range(len(BOOKS)):
        deviation = float(losses[:, row].std())
        ranked = np.sort(losses[:, row])[-600:]
        assert tails.value_at_risk[row] == pytest.approx(ranked[0], abs=0.06 * deviation)
        assert tails.expected_shortfall[row] == pytest.approx(ranked.mean(), abs=0.08 * deviation)


def simulated_losses(parameters, *, size: int) -> np.ndarray:
    state = instrument_state(table=TABLE, market=market())
    mark = unit_values(table=TABLE, state=state, parameters=parameters).mark
    draws = np.random.default_rng(7).multivariate_normal(np.zeros(4), parameters.covariance(), size=size)
    spot = 1.0 + draws[:, 0::2][:, TABLE.underlying]
    volatility = 1.0 + draws[:, 1::2][:, TABLE.underlying] * parameters.term_weight(state.years)
    moved = marks_at(table=TABLE, state=state, spot_factor=spot, deviation_factor=volatility)
    return (mark - moved) @ np.array(BOOKS).T

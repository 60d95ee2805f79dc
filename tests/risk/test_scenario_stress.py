"""Time-weighted history against a printed table, and one-block attacks against the pool's invariant."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.errors import InvalidInput, NotEnoughObservations
from risk.measures import conditional_value_at_risk, value_at_risk
from risk.scenarios import (
    WeightedScenarios,
    blend,
    effective_observations,
    flash_loan,
    flash_loan_scenarios,
    oracle_bias_scenarios,
    time_weighted_historical,
    time_weights,
)
from tests.risk.market_history import hourly_history

HISTORY = hourly_history()
# Hull, Options, Futures, and Other Derivatives, 9th edition, table 22.5: scenario number of 500, loss in $000.
HULL_LOSSES = {
    494: 477.841,
    339: 345.435,
    349: 282.204,
    329: 277.041,
    487: 253.385,
    227: 217.974,
    131: 202.256,
}
HULL_WEIGHTS = {
    494: 0.00528,
    339: 0.00243,
    349: 0.00255,
    329: 0.00231,
    487: 0.00510,
    227: 0.00139,
    131: 0.00086,
}


def test_weights_are_boudoukh_richardson_and_whitelaws():
    weights = time_weights(observations=500, decay=0.995)
    exact = [0.995 ** (500 - i) * 0.005 / (1.0 - 0.995**500) for i in range(1, 501)]
    assert weights == pytest.approx(exact, rel=1e-12)  # the closed form, rounding only
    for scenario, printed in HULL_WEIGHTS.items():
        assert weights[scenario - 1] == pytest.approx(printed, abs=5e-6)  # five digits printed
    assert time_weights(observations=4, decay=1.0) == pytest.approx([0.25] * 4)


def test_hulls_example_of_weighted_history():
    """VaR 99% $282,204, ES $400,914 as printed; ES to $150, since the losses beyond print three digits."""
    profit = np.zeros(500)
    for scenario, loss in HULL_LOSSES.items():
        profit[scenario - 1] = -loss
    weights = time_weights(observations=500, decay=0.995)
    assert value_at_risk(profit_and_loss=profit, confidence=0.99, weights=weights) == 282.204
    shortfall = conditional_value_at_risk(profit_and_loss=profit, confidence=0.99, weights=weights)
    assert shortfall == pytest.approx(400.914, abs=0.15)
    assert value_at_risk(profit_and_loss=profit, confidence=0.99) == 217.974  # unweighted: the sixth worst


def test_time_weighted_scenarios_are_the_newest_windows():
    got = time_weighted_historical(history=HISTORY, horizon_steps=24, count=500, decay=0.998, confidence=0.99)
    assert got.scenarios.scenarios == 500
    assert got.scenarios.spot_returns[-1] == pytest.approx(HISTORY.spots[-1] / HISTORY.spots[-25] - 1)
    assert got.weights[-1] == got.weights.max()
    assert got.weights.sum() == pytest.approx(1.0, abs=1e-14)


@given(count=st.integers(1, 400), decay=st.floats(0.5, 1.0))
@settings(max_examples=50, deadline=None)
def test_effective_observations_lie_between_one_and_all(count, decay):
    """Kish in closed form for geometric weights: (1 + d)(1 - d^n) / ((1 - d)(1 + d^n))."""
    got = effective_observations(weights=time_weights(observations=count, decay=decay))
    assert 1.0 - 1e-9 <= got <= count * (1.0 + 1e-12)
    if decay < 0.999:
        power = decay**count
        assert got == pytest.approx((1 + decay) * (1 - power) / ((1 - decay) * (1 + power)), rel=1e-9)


def test_a_decay_that_forgets_the_tail_is_refused_with_the_number_needed():
    with pytest.raises(NotEnoughObservations, match="19 equal ones; at least 100 are needed"):
        time_weighted_historical(history=HISTORY, horizon_steps=24, count=500, decay=0.9, confidence=0.99)
    with pytest.raises(InvalidInput, match=r"decay .* 1\.1"):
        time_weights(observations=3, decay=1.1)
    with pytest.raises(InvalidInput, match="sum"):
        WeightedScenarios(flash(), np.array([0.5, 0.4]))
    with pytest.raises(InvalidInput, match="shape"):
        WeightedScenarios(flash(), np.array([1.0]))


def pool(**changes):
    return flash_loan(**({"reserve_in": 2e6, "reserve_out": 1e3, "amount": 1e6, "fee": 0.0} | changes))


def flash(**changes):
    base = {"attack": pool(), "underlyings": 2, "affected": [1]}
    return flash_loan_scenarios(**(base | changes))


def test_without_fee_the_round_trip_is_free_and_exact():
    """Half the reserve moves the price by 1.5^2 - 1; back where it began. Rounding only."""
    attack = pool()
    assert attack.price_move == pytest.approx(1.25, rel=1e-14)
    assert attack.cost == pytest.approx(0.0, abs=1e-8)
    assert attack.residual_move == pytest.approx(0.0, abs=1e-14)


@given(x=st.integers(1, 10**9), y=st.integers(1, 10**9), a=st.integers(0, 10**9), fee=st.integers(0, 99))
@settings(max_examples=80, deadline=None)
def test_the_attack_agrees_with_rational_arithmetic(x, y, a, fee):
    """Uniswap's own formula in fractions; 1e-9 relative."""
    share = 1 - Fraction(fee, 100)
    bought = y * (a * share) / (x + a * share)
    peak_x, peak_y = x + a, y - bought
    returned = peak_x * (bought * share) / (peak_y + bought * share)
    got = flash_loan(reserve_in=x, reserve_out=y, amount=a, fee=fee / 100)
    assert 1.0 + got.price_move == pytest.approx(float(peak_x * y / (peak_y * x)), rel=1e-9)
    assert got.cost == pytest.approx(float(a - returned), rel=1e-9, abs=1e-9 * (a + x))
    assert got.residual_move == pytest.approx(float((peak_x - returned) / x - 1), abs=1e-9 * (1 + a / x))
    assert got.cost >= -1e-9 * (a + x)


def test_the_loans_own_fee_is_a_cost():
    assert pool(loan_fee=0.0009).cost == pytest.approx(900.0, rel=1e-9)
    assert pool(fee=0.003).cost > 3_000.0
    assert pool(amount=0.0).price_move == 0.0


def test_flash_scenarios_push_up_and_as_far_down():
    got = flash()
    assert got.spot_returns == pytest.approx(np.array([[0.0, 1.25], [0.0, 1 / 2.25 - 1]]), rel=1e-13)
    assert got.volatility_moves.max() == 0.0
    averaged = flash(window_blocks=150)
    assert averaged.spot_returns[0, 1] == pytest.approx(2.25 ** (1 / 150) - 1, rel=1e-12)
    assert blend(parts=[got, averaged]).scenarios == 4


def test_oracle_bias_names_every_column_alone_and_all_together():
    got = oracle_bias_scenarios(underlyings=3, affected=[0, 2], bias=0.05)
    expected = [[1, 0, 0], [-1, 0, 0], [0, 0, 1], [0, 0, -1], [1, 0, 1], [-1, 0, -1]]
    assert got.spot_returns == pytest.approx(0.05 * np.array(expected))
    assert oracle_bias_scenarios(underlyings=1, affected=[0], bias=0.05).scenarios == 2


def test_bad_attacks_are_refused_with_the_value():
    for bad in ({"reserve_in": 0.0}, {"amount": -1.0}, {"fee": 1.0}, {"fee": math.nan}, {"loan_fee": -0.1}):
        with pytest.raises(InvalidInput):
            pool(**bad)
    for affected in ([], [0, 0], [2], [-1]):
        with pytest.raises(InvalidInput, match="distinct columns below 2"):
            flash(affected=affected)
        with pytest.raises(InvalidInput, match="distinct columns below 2"):
            oracle_bias_scenarios(underlyings=2, affected=affected, bias=0.1)
    for bias in (0.0, 1.0, math.nan):
        with pytest.raises(InvalidInput, match="bias"):
            oracle_bias_scenarios(underlyings=1, affected=[0], bias=bias)
    with pytest.raises(InvalidInput, match="window_blocks"):
        flash(window_blocks=0)

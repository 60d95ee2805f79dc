"""Forms that are often written wrong, each with its numbers: ours is right, the erroneous one is seen to fail.

The numbers of the items are those of the list of formula errors in the project's reference of systems and formulas.
"""

import math

import numpy as np
import pytest
from scipy import integrate, stats

from risk.errors import NotEnoughObservations
from risk.estimates import mean_estimate, observations_for_interval, tail_estimates
from risk.returns.history import window_moves
from risk.scenarios import (
    first_passage,
    flash_loan,
    flash_loan_scenarios,
    gbm_paths,
    horizon_scenarios,
    normals,
    random_stream,
)
from tests.risk.market_history import hourly_history


def test_item_13_thirty_observations_hold_no_95_percent_tail():
    """ "30 obs => 1.5 tail points; asymptotic SE ~ 0.39 sigma on 1.645 sigma (365 obs: 0.11 sigma)"."""
    for count, expected in ((30, 0.39), (365, 0.11)):
        asymptotic = math.sqrt(0.05 * 0.95 / count) / stats.norm.pdf(stats.norm.ppf(0.95))
        assert asymptotic == pytest.approx(expected, abs=0.005)  # two digits printed
    assert 30 < observations_for_interval(confidence=0.95, confidence_level=0.95) == 72
    thirty = random_stream(seed=13, stream=1).standard_normal(30)
    with pytest.raises(NotEnoughObservations, match="at least 72 are needed"):
        tail_estimates(profit_and_loss=thirty, confidence=0.95)
    # What the refusal spares us: the largest of 30 is below the true VaR in 21% of samples.
    assert stats.binom(30, 0.05).pmf(0) == pytest.approx(0.2146, abs=1e-4)


def test_item_13_the_reported_error_of_365_observations_is_the_asymptotic_one():
    """Mean over 200 samples; order statistics of 18 tail points lie 15% around 0.1106."""
    draws = random_stream(seed=13, stream=2).standard_normal((200, 365))
    errors = [
        tail_estimates(profit_and_loss=row, confidence=0.95).value_at_risk.standard_error for row in draws
    ]
    assert np.mean(errors) == pytest.approx(0.1106, rel=0.15)


def test_item_13_a_window_of_thirty_days_holds_one_return_of_thirty_days():
    """ "exactly one non-overlapping 30-day return in the window": two bars more are needed for a second."""
    history = hourly_history(bars=31)
    assert window_moves(history=history, steps=30).shape[0] == 1
    with pytest.raises(NotEnoughObservations, match="31 bars, got 30"):
        window_moves(history=hourly_history(bars=30), steps=30)


def test_item_15_a_portfolio_moves_by_simple_returns():
    """ "portfolio return is sum w (simple return), not sum w log return; revalue with exp"."""
    z = normals(technique="plain", seed=15, stream=1, rows=2_000, shape=(1, 2))
    paths = gbm_paths(spot=[100.0, 50.0], volatility=[1.0, 1.5], correlation=np.eye(2), years=0.25, normals=z)
    scenarios = horizon_scenarios(paths=paths, label="gbm")
    units = np.array([2.0, 4.0])  # worth 200 each: weights one half
    truth = (paths[:, -1] @ units) / (paths[:, 0] @ units) - 1.0
    assert scenarios.spot_returns @ [0.5, 0.5] == pytest.approx(truth, abs=1e-14)
    erroneous = np.log1p(scenarios.spot_returns) @ [0.5, 0.5]
    assert np.abs(erroneous - truth).max() > 0.3
    mean = mean_estimate(values=truth, confidence_level=0.95)
    assert abs(mean.value) < 4.0 * mean.standard_error
    drift = mean_estimate(values=erroneous, confidence_level=0.95)
    assert drift.value + 4.0 * drift.standard_error < -0.1  # -(1 + 2.25) / 16 = -0.203


def test_item_18_margin_needs_the_minimum_of_equity_not_its_end():
    """ "margin needs first-passage": without drift P(touch) is twice P(end below), by reflection."""
    years, deviation, barrier = 1.0, 1.0, -1.0
    z = random_stream(seed=18, stream=1).standard_normal((20_000, 4))
    equity = np.concatenate([np.zeros((20_000, 1)), np.cumsum(0.5 * z, axis=1)], axis=1)
    got = first_passage(equity=equity, step_variance=deviation**2 * years / 4, barrier=barrier, years=years)
    exact = 2.0 * stats.norm.cdf(barrier)
    assert abs(got.touched.value - exact) < 4.0 * got.touched.standard_error
    assert abs(got.ended_below.value - 0.5 * exact) < 4.0 * got.ended_below.standard_error
    # The end of the path misses half of the liquidations; the observed minimum still misses a part.
    seen = mean_estimate(values=(equity.min(axis=1) <= barrier).astype(float), confidence_level=0.95)
    assert got.ended_below.high < seen.low
    assert seen.high < got.touched.low


def test_item_18_a_flash_loan_is_no_diffusion_path():
    """ "single-block, strategic; need adversarial scenarios": one block of diffusion never moves so far."""
    seconds = 12.0
    z = normals(technique="plain", seed=18, stream=2, rows=50_000, shape=(1, 1))
    paths = gbm_paths(
        spot=[1.0], volatility=[1.0], correlation=np.eye(1), years=seconds / (365 * 86_400), normals=z
    )
    diffusion = horizon_scenarios(paths=paths, label="gbm").spot_returns
    attack = flash_loan(reserve_in=1e6, reserve_out=1e3, amount=5e5, fee=0.003)
    rows = flash_loan_scenarios(attack=attack, underlyings=1, affected=[0]).spot_returns
    assert np.abs(diffusion).max() < 0.005
    assert rows.max() > 1.0
    assert rows.min() < -0.5


def t4_asymptotic_errors():
    """Standard errors of VaR and ES 99% from 10,000 draws of the unit-variance t(4), by quadrature."""
    law = stats.t(4, scale=math.sqrt(0.5))
    quantile = law.ppf(0.99)

    def moment(power):
        return integrate.quad(lambda x: (x - quantile) ** power * law.pdf(x), quantile, np.inf)[0]

    first, second = moment(1), moment(2)
    var_error = math.sqrt(0.99 * 0.01 / 10_000) / law.pdf(quantile)
    return var_error, math.sqrt((second - first**2) / 10_000) / 0.01, quantile + first / 0.01


def test_item_21_es_from_ten_thousand_t4_draws_has_an_error_of_4_7_percent():
    """ "for unit t(4), sd of VaR99 0.082 (3.1 %), of ES99 0.175 (4.7 %) over 400 repeats => print CI"."""
    var_error, es_error, shortfall = t4_asymptotic_errors()
    assert shortfall == pytest.approx(3.692, abs=5e-4)  # the golden value, as printed
    assert var_error == pytest.approx(0.082, rel=0.1)
    assert es_error / shortfall == pytest.approx(0.047, abs=0.002)
    draws = random_stream(seed=21, stream=1).standard_t(4, size=(400, 10_000)) * math.sqrt(0.5)
    estimates = [tail_estimates(profit_and_loss=row, confidence=0.99) for row in draws]
    for name, expected in (("value_at_risk", 0.082), ("conditional_value_at_risk", 0.175)):
        values = np.array([getattr(e, name).value for e in estimates])
        # t(4) has no fourth moment, so one repeat may own the sample's standard deviation (0.207 here for ES):
        # half the middle 68% has none of that, and is known to about 8% from 400; two of those are allowed.
        spread = 0.5 * np.diff(np.quantile(values, stats.norm.cdf([-1.0, 1.0])))[0]
        assert spread == pytest.approx(expected, rel=0.16)
        claimed = np.mean([getattr(e, name).standard_error for e in estimates])
        assert claimed == pytest.approx(expected, rel=0.16)
    covered = np.mean(
        [e.conditional_value_at_risk.low <= shortfall <= e.conditional_value_at_risk.high for e in estimates]
    )
    assert covered > 0.90  # nominal 95%; a symmetric interval of a skewed figure falls a little short


def test_item_21_gbm_gains_no_fat_tail():
    """ "GBM has Gaussian log returns": its 99% log loss is the normal one, not that of t(4), 14% further out."""
    z = normals(technique="sobol", seed=21, stream=2, rows=16_384, shape=(1, 1))
    paths = gbm_paths(spot=[1.0], volatility=[1.0], correlation=np.eye(1), years=1.0, normals=z)
    loss = -(np.log(paths[:, -1, 0]) + 0.5)
    assert np.quantile(loss, 0.99) == pytest.approx(stats.norm.ppf(0.99), abs=0.01)
    assert stats.t(4).ppf(0.99) * math.sqrt(0.5) > 1.13 * np.quantile(loss, 0.99)

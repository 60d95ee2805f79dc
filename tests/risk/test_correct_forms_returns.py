"""Widely copied wrong forms about returns and samples, each beside ours. Numbers name the reviewed list."""

import math

import numpy as np
import pytest

from risk.errors import InvalidInput, NotEnoughObservations
from risk.returns import (
    GapPolicy,
    SupplyBehaviour,
    SupplyEvent,
    adjusted_prices,
    log_from_simple,
    log_returns,
    normal_quantile_deviation,
    portfolio_simple_return,
    quality_report,
    require_tail_observations,
    supply_behaviour,
)

HOUR = 3_600


def test_13_thirty_days_are_refused_with_the_number_that_is_needed():
    # "30-day window for 95 %": 1.5 points in the tail; deviation 0.39 sigma on 1.645 sigma, 0.11 with 365.
    assert normal_quantile_deviation(count=30, confidence=0.95) == pytest.approx(0.39, abs=0.005)
    assert normal_quantile_deviation(count=365, confidence=0.95) == pytest.approx(0.11, abs=0.005)
    with pytest.raises(NotEnoughObservations, match=r"needs 200 observations .* got 30"):
        require_tail_observations(count=30, confidence=0.95)
    # "90-day training for 99 %": 0.9 expected exceptions.
    with pytest.raises(NotEnoughObservations, match="needs 100 observations"):
        require_tail_observations(count=90, confidence=0.99, tail_points=1)


def test_13_thirty_days_hold_one_independent_thirty_day_return():
    with pytest.raises(NotEnoughObservations, match=r"needs 6000 .* \(1 independent in all\)"):
        require_tail_observations(count=30, confidence=0.95, horizon_steps=30)
    require_tail_observations(count=6000, confidence=0.95, horizon_steps=30)


def test_13_the_deviation_is_that_of_simulated_samples():
    generator = np.random.Generator(np.random.Philox(key=13))
    samples = np.sort(generator.standard_normal((20_000, 365)), axis=1)
    spread = samples[:, math.ceil(0.95 * 365) - 1].std()
    # Asymptotic, and 20,000 repeats know a deviation to 0.5 %.
    assert normal_quantile_deviation(count=365, confidence=0.95) == pytest.approx(spread, rel=0.03)


def test_15_weights_multiply_simple_returns_not_log_returns():
    weights, before, after = np.array([0.5, 0.5]), np.array([100.0, 50.0]), np.array([150.0, 20.0])
    units = 1_000.0 * weights / before
    revalued = units @ after / 1_000.0 - 1.0
    simple = after / before - 1.0
    assert float(portfolio_simple_return(weights=weights, simple_returns=simple)) == pytest.approx(revalued)
    wrong = float(weights @ log_from_simple(simple_return=simple))
    assert revalued == pytest.approx(-0.05)
    assert wrong < -0.25  # a loss of a quarter that did not happen


def test_17_yfi_does_not_rebase_and_what_does_is_adjusted():
    assert supply_behaviour(symbol="YFI") is SupplyBehaviour.FIXED
    for symbol in ("AMPL", "stETH", "OHM"):
        assert supply_behaviour(symbol=symbol) is SupplyBehaviour.REBASING
    with pytest.raises(InvalidInput, match="not known"):
        supply_behaviour(symbol="NEWCOIN")
    # Supply and balances double at the second bar and the price halves: nobody lost half.
    times = HOUR * np.arange(3)
    raw = np.array([2.0, 1.0, 1.1])
    wealth = adjusted_prices(timestamps=times, prices=raw, events=[SupplyEvent(HOUR, 2.0)])
    assert np.log(wealth[1] / wealth[0]) == 0.0
    assert np.log(raw[1] / raw[0]) < -0.69


def test_17_days_without_data_are_kept_because_they_are_the_stress():
    # "Remove days with missing data": the venue is down while the price falls by a third.
    generator = np.random.Generator(np.random.Philox(key=17))
    prices = 100.0 * np.exp(np.cumsum(0.005 * generator.standard_normal(200)))
    prices[100:] *= 2.0 / 3.0
    times = HOUR * np.arange(200)
    prices[97:103] = np.nan
    report = quality_report(timestamps=times, prices=prices, step_seconds=HOUR)
    assert report.missing_bars == 6
    assert report.outliers == (int(times[103]),)  # seen and reported, not removed
    moves = np.diff(np.log(prices))
    dropped = moves[~np.isnan(moves)]
    kept = log_returns(timestamps=times, prices=prices, step_seconds=HOUR, policy=GapPolicy.BRIDGE).values
    assert kept.min() < -0.35
    assert dropped.min() > -0.05
    assert dropped.std() < 0.3 * kept.std()
    assert kept.sum() == pytest.approx(math.log(prices[-1] / prices[0]))


def test_20_weights_may_be_negative_and_need_not_sum_to_one():
    # "w >= 0, sum w = 1" has no borrowed leg and no short: 1.5 long, 0.8 short, the rest cash.
    got = portfolio_simple_return(weights=[1.5, -0.8], simple_returns=[[0.1, 0.2], [-0.1, 0.0]])
    assert got == pytest.approx([0.15 - 0.16, -0.15])

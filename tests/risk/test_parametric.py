"""Parametric tails against closed forms, against simulation with its standard error, and against each other."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from risk.errors import InvalidInput
from risk.parametric import (
    ParametricTail,
    exact_tail,
    exceedance_probability,
    expected_excess,
    multiplier_tail,
    quadratic_loss,
    saddlepoint_value_at_risk,
)

TAIL_Z, TAIL_ES = 2.3263478740408408, 2.6652142203458064  # standard normal, 99%


def random_loss(seed: int):
    """A book of 2 to 8 factors: any mixture of slopes and curvatures over several orders of magnitude."""
    rng = np.random.default_rng(seed)
    factors = int(rng.integers(2, 9))
    root = rng.normal(size=(factors, factors)) * np.exp(rng.normal(size=factors))
    curvature = rng.normal(size=(factors, factors)) * math.exp(2.0 * rng.normal())
    return quadratic_loss(
        delta=rng.normal(size=factors) * np.exp(2.0 * rng.normal(size=factors)),
        gamma=curvature + curvature.T,
        covariance=root @ root.T,
        drift=float(rng.normal()),
    )


def simulate(loss, *, size: int = 400_000) -> np.ndarray:
    z = np.random.default_rng(99).normal(size=(size, loss.slope.size))
    return np.sort(loss.mean + loss.deviation * (z @ loss.slope + (z * z - 1.0) @ loss.curvature))


def test_a_linear_book_has_the_normal_tail() -> None:
    loss = quadratic_loss(
        delta=[3.0, -1.0], gamma=np.zeros((2, 2)), covariance=[[4.0, 1.0], [1.0, 2.0]], drift=5.0
    )
    deviation = math.sqrt(9 * 4 - 6 + 2)
    assert loss.mean == -5.0
    tail = exact_tail(loss, confidence=0.99)
    assert tail.value_at_risk == pytest.approx(-5.0 + TAIL_Z * deviation, rel=1e-9)
    assert tail.expected_shortfall == pytest.approx(-5.0 + TAIL_ES * deviation, rel=1e-9)
    assert saddlepoint_value_at_risk(loss, confidence=0.99) == pytest.approx(tail.value_at_risk, rel=1e-9)
    simple = multiplier_tail(loss, value_at_risk_multiplier=TAIL_Z, expected_shortfall_multiplier=TAIL_ES)
    assert simple.value_at_risk == pytest.approx(tail.value_at_risk, rel=1e-9)


@pytest.mark.parametrize("factors", [1, 2, 5])
@pytest.mark.parametrize("confidence", [0.9, 0.975, 0.99, 0.999])
def test_a_short_gamma_book_has_the_chi_square_tail(factors, confidence) -> None:
    loss = quadratic_loss(delta=np.zeros(factors), gamma=-2.0 * np.eye(factors), covariance=np.eye(factors))
    law = stats.chi2(factors)
    quantile = law.ppf(confidence)
    # E[X; X > q] of a chi-square with n degrees is n P(chi-square with n + 2 > q).
    shortfall = factors * stats.chi2(factors + 2).sf(quantile) / (1 - confidence)
    tail = exact_tail(loss, confidence=confidence)
    assert tail.value_at_risk == pytest.approx(quantile, rel=1e-7)
    assert tail.expected_shortfall == pytest.approx(shortfall, rel=1e-7)
    assert saddlepoint_value_at_risk(loss, confidence=confidence) == pytest.approx(quantile, rel=0.02)


def test_a_long_gamma_book_loses_at_most_its_premium() -> None:
    loss = quadratic_loss(delta=[0.0], gamma=[[2.0]], covariance=[[1.0]], drift=-3.0)
    assert exceedance_probability(loss, threshold=3.0) == 0.0
    assert exceedance_probability(loss, threshold=2.0) == pytest.approx(stats.chi2(1).cdf(1.0), rel=1e-7)
    tail = exact_tail(loss, confidence=0.99)
    assert tail.value_at_risk == pytest.approx(3.0 - stats.chi2(1).ppf(0.01), abs=1e-6)
    assert tail.value_at_risk <= tail.expected_shortfall <= 3.0


def test_the_whole_law_of_a_shifted_square_is_non_central_chi_square() -> None:
    loss = quadratic_loss(delta=[-3.0], gamma=[[-2.0]], covariance=[[1.0]])  # (z + 3/2)^2 - 9/4
    law = stats.ncx2(1, 2.25)
    for threshold in (-2.0, -1.0, 0.0, 1.0, 5.0, 20.0):
        found = exceedance_probability(loss, threshold=threshold)
        assert found == pytest.approx(law.sf(threshold + 2.25), rel=1e-6)
    assert exceedance_probability(loss, threshold=-2.26) == 1.0
    assert expected_excess(loss, threshold=-4.0) == pytest.approx(loss.mean + 4.0, rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_exact_tail_agrees_with_simulation_within_its_error(seed) -> None:
    loss = random_loss(seed)
    tail = exact_tail(loss, confidence=0.99)
    sample = simulate(loss)
    beyond = float(np.mean(sample > tail.value_at_risk))
    assert beyond == pytest.approx(0.01, abs=5.0 * math.sqrt(0.01 * 0.99 / sample.size))
    excess = np.maximum(sample - tail.value_at_risk, 0.0)
    estimate = tail.value_at_risk + excess.mean() / 0.01
    error = float(excess.std() / math.sqrt(sample.size) / 0.01)
    assert tail.expected_shortfall == pytest.approx(estimate, abs=5.0 * error)


def test_saddlepoint_is_within_its_stated_error() -> None:
    losses = [random_loss(seed) for seed in range(150)]
    errors = np.array(
        [
            saddlepoint_value_at_risk(loss, confidence=0.99) - exact_tail(loss, confidence=0.99).value_at_risk
            for loss in losses
        ]
    ) / [loss.deviation for loss in losses]
    mostly_linear = np.array([float(np.sum(loss.slope**2)) > 0.9 for loss in losses])
    assert mostly_linear.sum() > 20
    assert float(np.max(np.abs(errors))) < 0.08
    assert float(np.median(np.abs(errors[mostly_linear]))) < 0.001


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32))
def test_tails_are_ordered_and_grow_with_confidence(seed) -> None:
    loss = random_loss(seed)
    tails = [exact_tail(loss, confidence=confidence) for confidence in (0.95, 0.975, 0.99)]
    figures = [tail.value_at_risk for tail in tails]
    assert figures == sorted(figures)
    assert all(tail.expected_shortfall >= tail.value_at_risk for tail in tails)


def test_tail_scales_with_the_book() -> None:
    terms = {"covariance": [[0.01, 0.002], [0.002, 0.04]]}
    one = exact_tail(
        quadratic_loss(delta=[5.0, 1.0], gamma=[[-30.0, 0.0], [0.0, 0.0]], **terms), confidence=0.99
    )
    many = exact_tail(
        quadratic_loss(delta=[5e6, 1e6], gamma=[[-30e6, 0.0], [0.0, 0.0]], **terms), confidence=0.99
    )
    assert many.value_at_risk == pytest.approx(1e6 * one.value_at_risk, rel=1e-7)
    assert many.expected_shortfall == pytest.approx(1e6 * one.expected_shortfall, rel=1e-7)


def test_a_book_without_risk_loses_its_drift_for_certain() -> None:
    loss = quadratic_loss(delta=[0.0], gamma=[[0.0]], covariance=[[1.0]], drift=-7.0)
    assert exact_tail(loss, confidence=0.99) == ParametricTail(value_at_risk=7.0, expected_shortfall=7.0)
    assert saddlepoint_value_at_risk(loss, confidence=0.99) == 7.0
    assert exceedance_probability(loss, threshold=6.9) == 1.0
    assert expected_excess(loss, threshold=6.0) == 1.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"delta": [math.nan, 0.0]}, "delta must be finite, got nan"),
        ({"gamma": [[1.0, 0.5], [0.0, 1.0]]}, "gamma must be symmetric"),
        ({"covariance": [[1.0, 2.0], [2.0, 1.0]]}, r"positive semidefinite, least eigenvalue -1\.0"),
        ({"delta": [1.0]}, r"must be \(n,\)"),
        ({"drift": math.inf}, "drift must be finite"),
    ],
)
def test_bad_input_is_refused(change, message) -> None:
    good = {"delta": [1.0, 0.0], "gamma": np.eye(2), "covariance": np.eye(2)}
    with pytest.raises(InvalidInput, match=message):
        quadratic_loss(**{**good, **change})


@pytest.mark.parametrize("confidence", [0.0, 0.4, 1.0, math.nan])
def test_a_confidence_outside_its_range_is_refused(confidence) -> None:
    loss = quadratic_loss(delta=[1.0], gamma=[[0.0]], covariance=[[1.0]])
    with pytest.raises(InvalidInput, match=f"got {confidence!r}"):
        exact_tail(loss, confidence=confidence)

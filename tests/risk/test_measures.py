"""VaR and CVaR are the Rockafellar-Uryasev forms, coherent where they should be, with honest errors."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from risk.errors import InvalidInput, NotEnoughObservations
from risk.measures import (
    conditional_value_at_risk,
    conditional_value_at_risk_standard_error,
    required_observations,
    tail_measures,
    value_at_risk,
    value_at_risk_standard_error,
)

ATOM_VECTOR = -np.array([0.0] * 96 + [1.0, 2.0, 3.0, 10.0])

# Standardised Student-t with 4 degrees of freedom: confidence, VaR, CVaR.
STUDENT_T_4 = [(0.95, 1.507, 2.265), (0.975, 1.963, 2.824), (0.99, 2.650, 3.692)]
NORMAL_CVAR = [(0.95, 2.0627), (0.975, 2.3378), (0.99, 2.6652)]

rows = st.lists(st.floats(-1e6, 1e6), min_size=40, max_size=80)


def quantile_grid(law, *, size=200_000):
    """A sample whose empirical law is the given one: its quantiles at mid-masses."""
    return law.ppf((np.arange(size) + 0.5) / size)


def linear_program_cvar(*, profit_and_loss, weights, confidence):
    """The defining linear program: min c + sum w u / (1 - alpha), u >= L - c, u >= 0."""
    losses = -np.asarray(profit_and_loss)
    n = losses.size
    objective = np.concatenate([[1.0], np.asarray(weights) / (1.0 - confidence)])
    constraint = np.hstack([-np.ones((n, 1)), -np.eye(n)])
    solution = optimize.linprog(
        objective, A_ub=constraint, b_ub=-losses, bounds=[(None, None)] + [(0, None)] * n, method="highs"
    )
    return solution.fun


def test_the_published_atom_vector():
    assert value_at_risk(profit_and_loss=ATOM_VECTOR, confidence=0.95) == 0.0
    assert conditional_value_at_risk(profit_and_loss=ATOM_VECTOR, confidence=0.95) == pytest.approx(3.2)


@pytest.mark.parametrize(("confidence", "var", "cvar"), STUDENT_T_4)
def test_student_t_closed_form(confidence, var, cvar):
    sample = quantile_grid(stats.t(4, scale=math.sqrt(0.5)))
    assert value_at_risk(profit_and_loss=sample, confidence=confidence) == pytest.approx(var, abs=1e-3)
    # The largest mid-mass quantile stands for an unbounded tail cell: 200,000 points lose about 2e-3 of it.
    assert conditional_value_at_risk(profit_and_loss=sample, confidence=confidence) == pytest.approx(
        cvar, abs=3e-3
    )


@pytest.mark.parametrize(("confidence", "cvar"), NORMAL_CVAR)
def test_normal_closed_form(confidence, cvar):
    sample = quantile_grid(stats.norm())
    assert value_at_risk(profit_and_loss=sample, confidence=confidence) == pytest.approx(
        stats.norm.ppf(confidence), abs=1e-3
    )
    assert conditional_value_at_risk(profit_and_loss=sample, confidence=confidence) == pytest.approx(
        cvar, abs=5e-4
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-100, 100), min_size=12, max_size=30), st.sampled_from([0.5, 0.8, 0.9]))
def test_cvar_solves_the_linear_program(profit_and_loss, confidence):
    n = len(profit_and_loss)
    got = conditional_value_at_risk(profit_and_loss=profit_and_loss, confidence=confidence)
    want = linear_program_cvar(
        profit_and_loss=profit_and_loss, weights=np.full(n, 1 / n), confidence=confidence
    )
    assert got == pytest.approx(want, rel=1e-7, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(-100, 100), st.floats(0.5, 1.5)), min_size=15, max_size=30))
def test_weighted_cvar_solves_the_linear_program(pairs):
    profit_and_loss, weights = np.array(pairs).T
    shares = weights / weights.sum()
    got = conditional_value_at_risk(profit_and_loss=profit_and_loss, confidence=0.9, weights=weights)
    want = linear_program_cvar(profit_and_loss=profit_and_loss, weights=shares, confidence=0.9)
    assert got == pytest.approx(want, rel=1e-7, abs=1e-6)


@settings(max_examples=50, deadline=None)
@given(rows, st.sampled_from([0.9, 0.95, 0.97]))
def test_var_is_the_least_loss_exceeded_with_at_most_the_tail(profit_and_loss, confidence):
    losses = -np.array(profit_and_loss)
    allowed = len(losses) * (1 - confidence) + 1e-9
    admissible = [x for x in losses if np.sum(losses > x) <= allowed]
    assert value_at_risk(profit_and_loss=profit_and_loss, confidence=confidence) == min(admissible)


@settings(max_examples=50, deadline=None)
@given(rows)
def test_equal_weights_and_repetition_change_nothing(profit_and_loss):
    plain = tail_measures(profit_and_loss=profit_and_loss, confidence=0.95)
    weighted = tail_measures(
        profit_and_loss=profit_and_loss, confidence=0.95, weights=np.full(len(profit_and_loss), 7.0)
    )
    doubled = conditional_value_at_risk(profit_and_loss=profit_and_loss * 2, confidence=0.95)
    scale = np.abs(profit_and_loss).max()
    assert weighted.value_at_risk == plain.value_at_risk
    assert weighted.conditional_value_at_risk == pytest.approx(
        plain.conditional_value_at_risk, rel=1e-9, abs=1e-9 * scale
    )
    assert doubled == pytest.approx(plain.conditional_value_at_risk, rel=1e-9, abs=1e-9 * scale)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=40, max_size=80))
def test_cvar_is_subadditive(pairs):
    first, second = np.array(pairs).T
    total = conditional_value_at_risk(profit_and_loss=first + second, confidence=0.95)
    apart = sum(conditional_value_at_risk(profit_and_loss=x, confidence=0.95) for x in (first, second))
    assert total <= apart + 1e-6


def test_var_is_not_subadditive():
    """Two bonds that default in different 4 of 100 states: each alone is safe at 95%, the pair is not."""
    first, second = np.zeros(100), np.zeros(100)
    first[:4] = second[4:8] = -100.0
    assert value_at_risk(profit_and_loss=first, confidence=0.95) == 0.0
    assert value_at_risk(profit_and_loss=second, confidence=0.95) == 0.0
    assert value_at_risk(profit_and_loss=first + second, confidence=0.95) == 100.0
    assert conditional_value_at_risk(profit_and_loss=first, confidence=0.95) == pytest.approx(80.0)


@settings(max_examples=50, deadline=None)
@given(rows, st.floats(0.01, 100), st.floats(-1e5, 1e5))
def test_translation_and_homogeneity(profit_and_loss, factor, gain):
    base = tail_measures(profit_and_loss=profit_and_loss, confidence=0.95)
    moved = tail_measures(profit_and_loss=np.array(profit_and_loss) * factor + gain, confidence=0.95)
    tolerance = 1e-9 * (1e6 * factor + abs(gain))
    assert moved.value_at_risk == pytest.approx(base.value_at_risk * factor - gain, abs=tolerance)
    assert moved.conditional_value_at_risk == pytest.approx(
        base.conditional_value_at_risk * factor - gain, abs=tolerance
    )
    assert moved.conditional_value_at_risk >= moved.value_at_risk - tolerance


def test_a_gain_in_every_state_is_a_negative_loss():
    assert value_at_risk(profit_and_loss=np.full(100, 5.0), confidence=0.99) == -5.0


def test_all_equal_outcomes_have_no_error():
    got = tail_measures(profit_and_loss=np.full(200, -3.0), confidence=0.99)
    assert got.value_at_risk == 3.0
    assert got.conditional_value_at_risk == pytest.approx(3.0, rel=1e-14)
    assert got.value_at_risk_standard_error == 0.0
    assert got.conditional_value_at_risk_standard_error == pytest.approx(0.0, abs=1e-12)


def test_standard_errors_match_the_scatter_of_repeated_samples():
    generator = np.random.Generator(np.random.Philox(key=7))
    samples = [generator.standard_t(5, size=4_000) for _ in range(300)]
    runs = [tail_measures(profit_and_loss=sample, confidence=0.975) for sample in samples]
    scatter_var = np.std([run.value_at_risk for run in runs])
    scatter_cvar = np.std([run.conditional_value_at_risk for run in runs])
    # 300 repeats know a standard deviation within 4%: three of those.
    assert np.mean([run.value_at_risk_standard_error for run in runs]) == pytest.approx(scatter_var, rel=0.12)
    assert np.mean([run.conditional_value_at_risk_standard_error for run in runs]) == pytest.approx(
        scatter_cvar, rel=0.12
    )


def test_normal_standard_errors_match_the_asymptotic_formulas():
    n, confidence = 200_000, 0.99
    z = stats.norm.ppf(confidence)
    tail = 1 - confidence
    sample = quantile_grid(stats.norm(), size=n)
    var_error = math.sqrt(tail * confidence / n) / stats.norm.pdf(z)
    first = stats.norm.pdf(z) - z * tail
    second = (1 + z * z) * tail - z * stats.norm.pdf(z)
    cvar_error = math.sqrt((second - first**2) / n) / tail
    assert value_at_risk_standard_error(profit_and_loss=sample, confidence=confidence) == pytest.approx(
        var_error, rel=5e-3
    )
    assert conditional_value_at_risk_standard_error(
        profit_and_loss=sample, confidence=confidence
    ) == pytest.approx(cvar_error, rel=5e-3)


@pytest.mark.parametrize(("confidence", "needed"), [(0.99, 100), (0.95, 20), (0.9, 10), (0.975, 40)])
def test_a_tail_without_an_observation_says_how_many_it_needs(confidence, needed):
    assert required_observations(confidence=confidence) == needed
    value_at_risk(profit_and_loss=np.arange(float(needed)), confidence=confidence)
    with pytest.raises(NotEnoughObservations, match=f"at least {needed} are needed"):
        value_at_risk(profit_and_loss=np.arange(needed - 1.0), confidence=confidence)


def test_one_scenario_is_not_a_sample():
    with pytest.raises(NotEnoughObservations):
        tail_measures(profit_and_loss=[-1.0], confidence=0.99)


def test_weights_on_one_state_are_not_a_sample():
    weights = np.zeros(1_000)
    weights[3] = 1.0
    with pytest.raises(NotEnoughObservations):
        value_at_risk(profit_and_loss=np.arange(1_000.0), confidence=0.99, weights=weights)


@pytest.mark.parametrize("confidence", [0.0, 1.0, -0.1, 99.0, math.nan, math.inf])
def test_a_confidence_outside_its_interval_is_refused(confidence):
    with pytest.raises(InvalidInput, match="confidence"):
        value_at_risk(profit_and_loss=np.arange(1_000.0), confidence=confidence)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_outcomes_that_are_not_finite_are_refused(bad):
    sample = np.arange(1_000.0)
    sample[17] = bad
    with pytest.raises(InvalidInput, match="position 17"):
        conditional_value_at_risk(profit_and_loss=sample, confidence=0.99)


@pytest.mark.parametrize("weights", [[1.0] * 99, [-1.0] + [1.0] * 99, [0.0] * 100, [math.nan] * 100])
def test_weights_that_are_no_distribution_are_refused(weights):
    with pytest.raises(InvalidInput, match="weights"):
        value_at_risk(profit_and_loss=np.arange(100.0), confidence=0.9, weights=weights)

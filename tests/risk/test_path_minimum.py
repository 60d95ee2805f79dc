"""The least equity along the way, against the reflection principle and the law of the continuous minimum."""

import math

import numpy as np
import pytest
from scipy import stats

from risk.errors import InvalidInput, NotEnoughObservations
from risk.scenarios import (
    first_passage,
    gbm_paths,
    linear_equity,
    minimum_along,
    normals,
    observed_minimum,
    random_stream,
    uniforms,
)

EYE = np.eye(1)


def brownian(*, steps, paths, drift, deviation, years, stream):
    z = random_stream(seed=9, stream=stream).standard_normal((paths, steps))
    step = years / steps
    moves = drift * step + deviation * math.sqrt(step) * z
    return np.concatenate([np.zeros((paths, 1)), np.cumsum(moves, axis=1)], axis=1)


def touching_probability(*, barrier, drift, deviation, years):
    """Reflection principle: P(min_[0,T] (m t + s W) <= b), b < 0."""
    root = deviation * math.sqrt(years)
    image = np.exp(2.0 * drift * barrier / deviation**2)
    return stats.norm.cdf((barrier - drift * years) / root) + image * stats.norm.cdf(
        (barrier + drift * years) / root
    )


@pytest.mark.parametrize("steps", [1, 4])
@pytest.mark.parametrize("drift", [-0.5, 0.0, 0.8])
def test_bridge_minimum_has_the_law_of_the_continuous_minimum(steps, drift):
    """Whole distribution by Kolmogorov-Smirnov at the 1e-3 level, from one step or four alike."""
    years, deviation, paths = 0.5, 0.9, 20_000
    equity = brownian(steps=steps, paths=paths, drift=drift, deviation=deviation, years=years, stream=steps)
    u = uniforms(technique="plain", seed=9, stream=100 + steps, rows=paths, dimensions=steps)
    variance = deviation**2 * years / steps
    got = minimum_along(equity=equity, step_variance=variance, uniforms=u)

    def law(b):
        below = np.minimum(b, 0.0)
        return touching_probability(barrier=below, drift=drift, deviation=deviation, years=years)

    assert stats.kstest(got, law).pvalue > 1e-3
    assert (got <= observed_minimum(equity=equity)).all()
    assert stats.kstest(observed_minimum(equity=equity), law).pvalue < 1e-12


@pytest.mark.parametrize("steps", [1, 8])
def test_first_passage_agrees_with_the_reflection_principle(steps):
    """Within 4 standard errors, which the closed-form bridge keeps below those of counting."""
    equity = brownian(steps=steps, paths=20_000, drift=0.2, deviation=0.9, years=0.5, stream=31)
    got = first_passage(equity=equity, step_variance=0.81 * 0.5 / steps, barrier=-0.6, years=0.5)
    exact = touching_probability(barrier=-0.6, drift=0.2, deviation=0.9, years=0.5)
    assert abs(got.touched.value - exact) < 4.0 * got.touched.standard_error
    assert got.touched.standard_error < math.sqrt(exact * (1.0 - exact) / 20_000)
    assert 0.0 < got.passage_years < 0.5


def test_equity_of_a_leveraged_perpetual_touches_as_often_as_the_price():
    """Long 2 at 100 with 50 of margin dies at 75: P(min S <= 75) in closed form (ln S is Brownian), 4 standard errors
    and 1e-3 for the linearisation of 32 steps."""
    z = normals(technique="antithetic", seed=6, stream=1, rows=20_000, shape=(32, 1))
    paths = gbm_paths(spot=[100.0], volatility=[0.8], correlation=EYE, years=0.1, normals=z)
    equity, variance = linear_equity(
        paths=paths, quantities=[2.0], cash=50.0 - 200.0, volatility=[0.8], correlation=EYE, years=0.1
    )
    got = first_passage(equity=equity, step_variance=variance, barrier=0.0, years=0.1, group_size=2)
    exact = touching_probability(barrier=math.log(0.75), drift=-0.32, deviation=0.8, years=0.1)
    assert abs(got.touched.value - exact) < 4.0 * got.touched.standard_error + 1e-3
    assert got.ended_below.value < 0.65 * exact


def test_a_hedged_pair_has_the_variance_of_its_spread():
    paths = np.array([[[100.0, 50.0], [100.0, 50.0]]])
    for rho, expected in ((1.0, 0.0), (0.0, 2.0), (-1.0, 4.0)):
        equity, variance = linear_equity(
            paths=paths,
            quantities=[1.0, -2.0],
            cash=7.0,
            volatility=[0.5, 0.5],
            correlation=[[1.0, rho], [rho, 1.0]],
            years=0.1,
        )
        assert equity[0] == pytest.approx([7.0, 7.0])
        assert variance[0, 0] == pytest.approx(50.0**2 * 0.1 * expected, abs=1e-9)
    with pytest.raises(InvalidInput, match="must match"):
        linear_equity(paths=paths, quantities=[1.0], cash=0.0, volatility=[1.0], correlation=EYE, years=0.1)


def test_a_path_that_starts_below_has_touched_and_one_without_variance_keeps_its_values():
    equity = np.array([[-1.0, 3.0], [2.0, 1.0], [2.0, 2.0]])
    got = first_passage(equity=equity, step_variance=0.0, barrier=0.0, years=1.0)
    assert got.touched.value == pytest.approx(1.0 / 3.0)
    assert (
        minimum_along(equity=equity, step_variance=0.0, uniforms=np.full((3, 1), 0.3)) == [-1, 1, 2]
    ).all()
    never = first_passage(equity=equity[1:], step_variance=0.0, barrier=0.0, years=1.0)
    assert (never.touched.value, never.passage_years) == (0.0, None)


def test_bad_input_is_refused():
    with pytest.raises(InvalidInput, match="path"):
        observed_minimum(equity=np.zeros((3, 1)))
    with pytest.raises(InvalidInput, match="uniforms"):
        minimum_along(equity=np.zeros((1, 2)), step_variance=1.0, uniforms=[[0.0]])
    with pytest.raises(InvalidInput, match="broadcast"):
        minimum_along(equity=np.zeros((1, 3)), step_variance=[1.0, 2.0, 3.0], uniforms=[[0.5, 0.5]])
    with pytest.raises(NotEnoughObservations, match="2 groups"):
        first_passage(equity=[[1.0, 2.0]], step_variance=1.0, barrier=0.0, years=1.0)

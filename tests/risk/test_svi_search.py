"""The compiled search against scipy's on the same objective; stale quotes, spreads and the floor."""

import math

import numpy as np
import pytest
from scipy.optimize import approx_fprime, least_squares

from risk.errors import InvalidInput
from risk.surface import SviSlice, butterfly_violation, calendar_violation, fit_svi
from risk.surface.svi_problem import slice_of, smile_problem, solve
from risk.surface.svi_search import _descend, _evaluate
from tests.bench.surface_cases import problems, residuals, scipy_loss, svi_case


def test_same_loss_as_scipy_from_the_same_starts() -> None:
    """1e-6: scipy stops at a relative change of 1e-8 of its cost."""
    for problem in problems():
        assert solve(problem)[1] <= scipy_loss(problem) * (1.0 + 1e-6)


def test_the_bench_case_agrees() -> None:
    case = svi_case()
    assert case.disagreement(case.ours(), case.peer()) < 1e-6


@pytest.mark.parametrize("seed", range(20))
def test_the_derivatives_are_those_of_the_numpy_twin(seed) -> None:
    """Forward differences of step 1e-7 are exact to about 1e-6 of the gradient's size."""
    problem = problems()[seed % 12]
    rng = np.random.default_rng(seed)
    x = np.array([rng.uniform(0.01, 1), *rng.uniform(0.01, 1.5, 2), rng.uniform(-2, 2), rng.uniform(0.05, 2)])
    gradient, normal = np.empty(5), np.empty((5, 5))
    cost = _evaluate(
        x,
        problem.quotes,
        problem.guard,
        problem.unit,
        math.inf,
        gradient,
        normal,
        np.empty((6, 3)),
        np.empty(5),
    )

    def twin(at):
        return 0.5 * float(np.sum(residuals(at, problem=problem) ** 2))

    assert cost == pytest.approx(twin(x), rel=1e-9)
    numeric = approx_fprime(x, twin, 1e-7 * np.maximum(1e-2, np.abs(x)))
    np.testing.assert_allclose(gradient, numeric, rtol=1e-4, atol=1e-4 * np.max(np.abs(numeric)))


@pytest.mark.parametrize("threshold", [0.002, 0.01, 0.05])
def test_huber_loss_as_scipys(threshold) -> None:
    """scipy's huber weighs the residual, so equal shares make the thresholds equal up to their root."""
    rng = np.random.default_rng(4)
    k = np.linspace(-0.6, 0.6, 30)
    truth = SviSlice(a=0.01, b=0.1, rho=-0.3, m=0.0, sigma=0.2)
    deviation = np.sqrt(truth.total_variance(k)) * np.exp(0.01 * rng.standard_normal(30))
    deviation[[3, 17]] *= 1.5
    problem = smile_problem(log_moneyness=k, deviation=deviation, weight=np.ones(30), threshold=threshold)

    def misfit(x):
        return residuals(x, problem=problem)[:30]

    bounds = (problem.lower, problem.upper)
    scale = problem.threshold / math.sqrt(30)
    costs = [
        least_squares(misfit, start, bounds=bounds, loss="huber", f_scale=scale, xtol=1e-12, ftol=1e-12).cost
        for start in problem.starts
    ]
    assert solve(problem)[1] <= min(costs) * (1.0 + 1e-6)
    assert solve(problem)[1] == pytest.approx(min(costs), rel=1e-5)


def test_a_stale_quote_hardly_moves_a_robust_fit() -> None:
    k = np.linspace(-0.5, 0.5, 21)
    truth = SviSlice(a=0.01, b=0.08, rho=-0.3, m=0.0, sigma=0.15)
    clean = truth.implied_volatility(k, years=0.1)
    stale = clean.copy()
    stale[5] += 0.30

    def worst(**options):
        fit = fit_svi(log_moneyness=k, implied_volatility=stale, years=0.1, **options)
        return float(np.max(np.abs(fit.slice.implied_volatility(k, years=0.1) - clean)))

    assert worst() > 0.02
    assert worst(stale_beyond=0.005) < 0.004


def test_a_floor_keeps_the_later_expiry_above() -> None:
    near = SviSlice(a=0.01, b=0.12, rho=-0.2, m=0.0, sigma=0.1)
    k = np.linspace(-0.3, 0.3, 15)
    quotes = {
        "log_moneyness": k,
        "implied_volatility": np.sqrt((near.total_variance(k) * 1.02 - 0.1 * k * k) / 0.2),
        "years": 0.2,
    }
    free, held = fit_svi(**quotes), fit_svi(**quotes, floor=near)
    assert calendar_violation(near, free.slice) > 1e-3
    assert calendar_violation(near, held.slice) < 1e-5
    assert butterfly_violation(held.slice) == 0.0
    assert held.slice.b * (1.0 - held.slice.rho) >= near.b * (1.0 - near.rho) * (1.0 - 1e-12)
    assert held.slice.b * (1.0 + held.slice.rho) >= near.b * (1.0 + near.rho) * (1.0 - 1e-12)


def test_the_search_never_leaves_its_bounds_or_climbs() -> None:
    for problem in problems():
        for start in problem.starts:
            x = start.copy()
            begin = 0.5 * np.sum(residuals(x, problem=problem) ** 2)
            arguments = (problem.quotes, problem.guard, problem.unit, math.inf, problem.lower, problem.upper)
            assert _descend(x, *arguments) <= begin
            assert np.all((x >= problem.lower) & (x <= problem.upper))
            assert slice_of(x, unit=problem.unit).b >= 0.0


@pytest.mark.parametrize("stale_beyond", [0.0, -0.1, math.nan])
def test_a_threshold_is_positive(stale_beyond) -> None:
    with pytest.raises(InvalidInput):
        fit_svi(log_moneyness=[0.0, 0.1], implied_volatility=[0.5, 0.5], years=0.1, stale_beyond=stale_beyond)

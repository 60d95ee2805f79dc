"""The compiled search for a smile beside scipy's on the same quotes, from the same starts, to the same loss."""

import functools
import math
from collections.abc import Callable, Iterator

import numpy as np
from scipy.optimize import least_squares

from risk.arrays import FloatArray
from risk.surface import SviSlice, butterfly_density
from risk.surface.svi_problem import SmileProblem, slice_of, smile_problem, solve
from risk.surface.svi_search import DENSITY_MARGIN, PENALTY
from tests.bench.cases import Case, generator

EXPIRIES, STRIKES = 12, 40


def cases() -> Iterator[Case]:
    yield svi_case()


def problems() -> list[SmileProblem]:
    """Twelve expiries from a day to a year, forty strikes within 3 deviations, quotes off by 1%."""
    random = generator(11)
    found = []
    for years in np.geomspace(1 / 365, 1.0, EXPIRIES):
        root = math.sqrt(years)
        truth = SviSlice(a=0.2 * years, b=0.3 * root, rho=-0.3, m=0.03 * root, sigma=0.4 * root)
        k = np.sort(random.uniform(-1.8, 1.8, STRIKES)) * root
        noise = np.exp(0.01 * random.standard_normal(STRIKES))
        deviation = np.sqrt(truth.total_variance(k)) * noise
        found.append(smile_problem(log_moneyness=k, deviation=deviation, weight=np.ones(STRIKES)))
    return found


def residuals(unknowns: FloatArray, *, problem: SmileProblem) -> FloatArray:
    """The search's residuals by numpy, from the slice itself."""
    candidate = slice_of(unknowns, unit=problem.unit)
    y, target, share = problem.quotes
    total = candidate.total_variance(y * problem.unit)
    misfit = (np.sqrt(total) / problem.unit - target) * np.sqrt(share)
    density = butterfly_density(candidate, log_moneyness=problem.guard[0] * problem.unit)
    return np.concatenate([misfit, PENALTY * np.minimum(0.0, density - DENSITY_MARGIN)])


def scipy_loss(problem: SmileProblem) -> float:
    task: Callable[[FloatArray], FloatArray] = functools.partial(residuals, problem=problem)
    bounds = (problem.lower, problem.upper)
    return min(float(least_squares(task, start, bounds=bounds).cost) for start in problem.starts)


def svi_case() -> Case:
    tasks = problems()
    return Case(
        "svi_vs_scipy",
        "scipy least_squares per slice",
        "slices",
        EXPIRIES,
        lambda: [solve(task)[1] for task in tasks],
        lambda: [scipy_loss(task) for task in tasks],
        lambda ours, peer: max(abs(a / b - 1.0) for a, b in zip(ours, peer, strict=True)),
    )

"""The least equity along a path: what a margin must survive, not what is left at the end.

Between two observed values a, b of a Brownian motion with variance v over the step, whatever its drift, the minimum m
of the bridge has P(m <= c) = exp(-2 (a - c)(b - c) / v) for c <= min(a, b); inverted at a uniform u,

    m = (a + b - sqrt((b - a)^2 - 2 v ln u)) / 2.

So the minimum over [0, T] comes out exactly in law from any number of steps, while the least of the observed values is
too high by about 0.5826 s sqrt(dt) (Broadie, Glasserman and Kou 1997). For equity that is not Brownian v is that of its
local linearisation, delta' S delta dt, right to first order in dt. Source: Glasserman, Monte Carlo Methods in
Financial Engineering, 2003, section 6.4.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from risk._checks import finite_array
from risk.arrays import FloatArray, finite, non_negative
from risk.errors import InvalidInput
from risk.estimates.estimate import Estimate, mean_estimate
from risk.scenarios.diffusion import correlation_root

__all__ = ["FirstPassage", "first_passage", "linear_equity", "minimum_along", "observed_minimum"]


@dataclass(frozen=True, slots=True)
class FirstPassage:
    """touched: probability that equity falls to the barrier at some time; ended_below: that it is below at the end.
    passage_years: mean time of the first passage among the paths that touch, to the middle of its step."""

    touched: Estimate
    ended_below: Estimate
    passage_years: float | None


def linear_equity(
    *,
    paths: ArrayLike,
    quantities: ArrayLike,
    cash: float,
    volatility: ArrayLike,
    correlation: ArrayLike,
    years: float,
) -> tuple[FloatArray, FloatArray]:
    """(equity (paths, steps + 1), step_variance (paths, steps)) of a book of perpetuals and cash along price paths.

    Equity cash + q'S, quote currency; variance |L' (q s S)|^2 dt at the mean of the step's ends, first order in dt.
    paths: (paths, steps + 1, n) as of `gbm_paths`; quantities, volatility: (n,); years: of the whole path.
    Raises InvalidInput.
    """
    prices = finite_array(name="paths", values=paths, dimensions=3)
    held = finite_array(name="quantities", values=quantities, dimensions=1)
    deviation = non_negative("volatility", finite_array(name="volatility", values=volatility, dimensions=1))
    if prices.shape[1] < 2 or not prices.shape[2] == held.size == deviation.size:
        raise InvalidInput(
            f"paths {prices.shape}, quantities {held.shape} and volatility {deviation.shape} must match"
        )
    root = correlation_root(correlation=correlation, underlyings=held.size)
    exposure = (0.5 * (prices[:, 1:] + prices[:, :-1]) * held * deviation) @ root
    step = float(non_negative("years", years)) / (prices.shape[1] - 1)
    return float(finite("cash", cash)) + prices @ held, np.asarray(np.sum(exposure**2, axis=2) * step)


def observed_minimum(*, equity: ArrayLike) -> FloatArray:
    """(paths,) least value of each row of equity (paths, steps + 1), at the observed times only."""
    return np.asarray(_paths(equity).min(axis=1))


def minimum_along(*, equity: ArrayLike, step_variance: ArrayLike, uniforms: ArrayLike) -> FloatArray:
    """(paths,) minimum over continuous time, never above the observed one.

    equity: (paths, steps + 1), quote currency. step_variance: of each step, its square, broadcast to
    (paths, steps); 0 gives the observed minimum. uniforms: (paths, steps) inside (0, 1]. Raises InvalidInput.
    """
    values, variance = _with_variance(equity=equity, step_variance=step_variance)
    u = finite_array(name="uniforms", values=uniforms, dimensions=2)
    if u.shape != variance.shape or u.min(initial=1.0) <= 0.0 or u.max(initial=0.0) > 1.0:
        raise InvalidInput(f"uniforms must be {variance.shape} inside (0, 1], got shape {u.shape}")
    start, end = values[:, :-1], values[:, 1:]
    minima = 0.5 * (start + end - np.sqrt((end - start) ** 2 - 2.0 * variance * np.log(u)))
    return np.asarray(np.minimum(minima.min(axis=1), values.min(axis=1)))


def first_passage(
    *,
    equity: ArrayLike,
    step_variance: ArrayLike,
    barrier: float,
    years: float,
    confidence_level: float = 0.95,
    group_size: int = 1,
) -> FirstPassage:
    """Probability of touching the barrier, each step's bridge crossing taken in closed form (no further draws).

    Survival of a path is the product of 1 - exp(-2 (a - c)(b - c) / v), 0 once a value is at or below c. Arguments as
    `minimum_along`; group_size as `mean_estimate`. Raises NotEnoughObservations for one path, InvalidInput.
    """
    values, variance = _with_variance(equity=equity, step_variance=step_variance)
    survival = _survival(values=values, variance=variance, barrier=float(finite("barrier", barrier)))
    step = float(non_negative("years", years)) / variance.shape[1]
    touched = 1.0 - survival[:, -1]
    stepwise = -np.diff(survival, axis=1).sum(axis=0)
    mass, middles = float(touched.sum()), step * (np.arange(variance.shape[1]) + 0.5)
    return FirstPassage(
        touched=mean_estimate(values=touched, confidence_level=confidence_level, group_size=group_size),
        ended_below=mean_estimate(
            values=(values[:, -1] <= barrier).astype(np.float64),
            confidence_level=confidence_level,
            group_size=group_size,
        ),
        passage_years=float(stepwise @ middles) / mass if mass > 0.0 else None,
    )


def _survival(*, values: FloatArray, variance: FloatArray, barrier: float) -> FloatArray:
    """(paths, steps + 1): probability not to have touched up to each observed time."""
    above = np.maximum(values - barrier, 0.0)
    product = above[:, :-1] * above[:, 1:]
    # Without variance a step between two values above the barrier cannot cross it.
    ratio = np.divide(product, variance, out=np.full_like(product, np.inf), where=variance > 0.0)
    stays = np.where(product > 0.0, -np.expm1(-2.0 * ratio), 0.0)
    first = (above[:, :1] > 0.0).astype(np.float64)
    return np.concatenate([first, first * np.cumprod(stays, axis=1)], axis=1)


def _paths(equity: ArrayLike) -> FloatArray:
    values = finite_array(name="equity", values=equity, dimensions=2)
    if values.shape[0] == 0 or values.shape[1] < 2:
        raise InvalidInput(f"equity must hold a path of a step, (paths, steps + 1), got {values.shape}")
    return values


def _with_variance(*, equity: ArrayLike, step_variance: ArrayLike) -> tuple[FloatArray, FloatArray]:
    values = _paths(equity)
    variance = non_negative("step_variance", step_variance)
    shape = (values.shape[0], values.shape[1] - 1)
    try:
        return values, np.broadcast_to(variance, shape)
    except ValueError:
        raise InvalidInput(f"step_variance {variance.shape} does not broadcast to {shape}") from None

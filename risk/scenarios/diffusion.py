"""Geometric Brownian motion, exact in law at every step.

ln S(t + dt) - ln S(t) = (growth - s^2 / 2) dt + s sqrt(dt) L z, L L' = correlation: E S(t) = S(0) e^(growth t), so
that at growth 0 every price is a martingale. Log returns are Gaussian: no fat tail is gained over the normal
formula (Black and Scholes 1973); tails come from `jump_diffusion`, `student_t_moves` and the histories.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from risk._checks import finite_array
from risk.arrays import FloatArray, non_negative, positive
from risk.dependence.covariance import loadings
from risk.errors import InvalidInput
from risk.scenarios.blend import ScenarioSet

__all__ = ["correlation_root", "gbm_paths", "horizon_scenarios"]


class _Shape(NamedTuple):
    paths: int
    steps: int
    underlyings: int


def gbm_paths(
    *,
    spot: ArrayLike,
    volatility: ArrayLike,
    correlation: ArrayLike,
    years: float,
    normals: ArrayLike,
    growth: ArrayLike = 0.0,
) -> FloatArray:
    """Price paths (paths, steps + 1, n), the first column the spot; equal steps over `years`.

    spot, volatility: (n,), quote currency and per 1.00 and sqrt(year), volatility 0 allowed. correlation: (n, n).
    normals: (paths, steps, n), from `risk.scenarios.sampling`. growth: (n,) or one number, per year. Error: rounding
    of steps additions. Raises InvalidInput for shapes, values or a correlation that is none.
    """
    z = finite_array(name="normals", values=normals, dimensions=3)
    shape = _Shape(*z.shape)
    start = positive("spot", finite_array(name="spot", values=spot, dimensions=1))
    deviation = non_negative("volatility", finite_array(name="volatility", values=volatility, dimensions=1))
    if min(z.shape) == 0 or start.shape != deviation.shape or start.size != shape.underlyings:
        raise InvalidInput(f"spot {start.shape}, volatility {deviation.shape}, normals {z.shape} must match")
    step = float(non_negative("years", years)) / shape.steps
    drift = np.broadcast_to(
        finite_array(name="growth", values=growth, dimensions=np.ndim(growth)), start.shape
    )
    root = correlation_root(correlation=correlation, underlyings=shape.underlyings)
    moves = (drift - 0.5 * deviation**2) * step + deviation * np.sqrt(step) * (z @ root.T)
    logs = np.concatenate([np.zeros((shape.paths, 1, shape.underlyings)), np.cumsum(moves, axis=1)], axis=1)
    return np.asarray(start * np.exp(logs))


def horizon_scenarios(*, paths: ArrayLike, label: str, volatility_elasticity: ArrayLike = 0.0) -> ScenarioSet:
    """The relative moves from first to last column of price paths (paths, steps + 1, n).

    volatility_elasticity: (n,) or one number, d ln(30-day volatility) / d ln(spot); 0: volatility stays, -1: it
    doubles when spot halves. Not centred: a martingale stays one up to sampling error. Raises InvalidInput.
    """
    prices = positive("paths", finite_array(name="paths", values=paths, dimensions=3))
    if prices.shape[1] < 1:
        raise InvalidInput(f"paths need at least their start, got shape {prices.shape}")
    ratios = prices[:, -1, :] / prices[:, 0, :]
    elasticity = finite_array(
        name="volatility_elasticity", values=volatility_elasticity, dimensions=np.ndim(volatility_elasticity)
    )
    return ScenarioSet(
        spot_returns=ratios - 1.0,
        volatility_moves=np.expm1(elasticity * np.log(ratios)),
        label=label,
    )


def correlation_root(*, correlation: ArrayLike, underlyings: int) -> FloatArray:
    """Lower triangular L with L L' = correlation, singular ones included. Raises InvalidInput."""
    matrix = finite_array(name="correlation", values=correlation, dimensions=2)
    if matrix.shape != (underlyings, underlyings):
        raise InvalidInput(f"correlation must be ({underlyings}, {underlyings}), got shape {matrix.shape}")
    if np.abs(np.diag(matrix) - 1.0).max(initial=0.0) > 1e-12:
        raise InvalidInput(f"the diagonal of a correlation must be 1, got {np.diag(matrix)}")
    return loadings(covariance=matrix)

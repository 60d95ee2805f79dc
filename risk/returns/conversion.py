"""Simple and log returns: simple ones add across holdings, log ones add across time.

    simple R = P1 / P0 - 1,   log r = ln(P1 / P0),   r = ln(1 + R),   R = exp(r) - 1
    portfolio over one step:  R_p = sum_j w_j R_j     (never sum_j w_j r_j: that is below it, by Jensen)
    one holding over time:    1 + R = prod_t (1 + R_t) = exp(sum_t r_t)

Weights are shares of equity of either sign and need not sum to 1: the rest is cash, or a borrowed leg. Error: a
few units in the last place (log1p, expm1). Source: Meucci, "Risk and Asset Allocation", 2005, section 3.1.
"""

import numpy as np
from numpy.typing import ArrayLike

from risk._checks import finite_array
from risk.arrays import FloatArray, finite
from risk.errors import InvalidInput, NotEnoughObservations

__all__ = ["compound_simple", "log_from_simple", "portfolio_simple_return", "simple_from_log"]


def simple_from_log(*, log_return: ArrayLike) -> FloatArray:
    """exp(r) - 1, of the shape of `log_return`. Raises InvalidInput where it overflows (r above 709)."""
    r = finite("log_return", log_return)
    if np.any(r > 709.0):
        raise InvalidInput(f"log_return {float(np.max(r))} is beyond float64 as a simple return")
    return np.asarray(np.expm1(r))


def log_from_simple(*, simple_return: ArrayLike) -> FloatArray:
    """ln(1 + R) for R > -1, of the shape of `simple_return`. A total loss has no log return: refused."""
    simple = finite("simple_return", simple_return)
    if np.any(simple <= -1.0):
        raise InvalidInput(f"simple_return must be above -1, got {float(np.min(simple))}")
    return np.asarray(np.log1p(simple))


def portfolio_simple_return(*, weights: ArrayLike, simple_returns: ArrayLike) -> FloatArray:
    """sum_j w_j R_j: weights (n,), simple_returns (..., n) at least -1, result (...)."""
    shares = finite_array(name="weights", values=weights, dimensions=1)
    table = finite("simple_returns", simple_returns)
    if table.ndim == 0 or table.shape[-1] != shares.size:
        raise InvalidInput(f"simple_returns must be (..., {shares.size}), got {table.shape}")
    if np.any(table < -1.0):
        raise InvalidInput(f"a simple return is at least -1, got {float(np.min(table))}")
    return np.asarray(table @ shares)


def compound_simple(*, simple_returns: ArrayLike) -> FloatArray:
    """prod_t (1 + R_t) - 1 over the first axis: (T, ...) -> (...), every R_t at least -1."""
    table = finite("simple_returns", simple_returns)
    if table.ndim == 0 or table.shape[0] == 0:
        raise NotEnoughObservations(f"compounding needs at least 1 return, got shape {table.shape}")
    if np.any(table < -1.0):
        raise InvalidInput(f"a simple return is at least -1, got {float(np.min(table))}")
    return np.asarray(np.expm1(np.sum(np.log1p(table), axis=0)) if np.all(table > -1.0) else _plain(table))


def _plain(table: FloatArray) -> FloatArray:
    """With a total loss among the returns, where logarithms end."""
    return np.asarray(np.prod(1.0 + table, axis=0) - 1.0)

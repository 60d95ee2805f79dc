"""Bounds of equity over the price interval that need no repricing, as the contract takes them at a liquidation's start.

With x the larger relative distance of the interval's two ends from the price, at either end a call differs from
its tangent by no less than 0 and no more than

    F min(x, x^2 pdf(0) / (2 s (1 - x)))      (the second only for x <= 1/2 and s >= 1e-9)

for d2V/dF2 <= pdf(0) / (s F) and F changes by no more than x. A put is a call, a short forward and cash, so options
of one expiry and strike count by their net quantity. Per underlying, with V the value and D the delta in money:

    least = V - |D| x - sum over net sold of the above       most = V + |D| x + sum over net bought

Source: convexity of the price in the forward, and Taylor's remainder; `contracts/libraries/PriceEnds.sol`.
"""

import numpy as np
import numpy.typing as npt
from scipy import sparse

from risk.arrays import FloatArray, finite, non_negative
from risk.instruments import InstrumentTable
from risk.margin.requirement import EquityInterval
from risk.market import MarketState
from risk.parameters import MarginParameters
from risk.positions import as_position_matrix
from risk.revaluation.sensitivities import InstrumentState, instrument_state, unit_values

__all__ = ["equity_bounds"]

_PEAK = 1.0 / np.sqrt(2.0 * np.pi)  # pdf(0)
_LEAST_DEVIATION = 1e-9  # below it the contract knows no density
_LARGEST_MOVE = 65_536.0
_NOTHING_KNOWN = 2.0**127 / 1e18  # the ends of int128, in quote


def equity_bounds(
    *,
    table: InstrumentTable,
    market: MarketState,
    parameters: MarginParameters,
    quantities: "npt.ArrayLike | sparse.csr_array[np.float64]",
    cash: npt.ArrayLike,
    entry_values: npt.ArrayLike,
    low: npt.ArrayLike,
    high: npt.ArrayLike,
) -> EquityInterval:
    """At most `equity_interval(...).low` and at least its `high`, both of (accounts,) in quote currency.

    Arguments as of `equity_interval`; of `parameters` only the number of underlyings matters. An interval wider than
    65,536 times the price bounds nothing: the ends of int128 are returned. Raises InvalidInput, MissingMarketData.
    """
    matrix = as_position_matrix(quantities, instruments=len(table))
    state = instrument_state(table=table, market=market)
    unit = unit_values(table=table, state=state, parameters=parameters)
    down = 1.0 - non_negative("low", low) / market.index
    up = non_negative("high", high) / market.index - 1.0
    moves = np.maximum(np.maximum(down, up), 0.0)
    base = np.atleast_1d(finite("cash", cash))
    base = base - np.atleast_2d(finite("entry_values", entry_values)).sum(axis=1)
    if np.any(moves[np.unique(table.underlying)] > _LARGEST_MOVE):
        return EquityInterval(low=base - _NOTHING_KNOWN, high=base + _NOTHING_KNOWN)
    value = base + matrix @ unit.mark
    slope = np.zeros(matrix.shape[0])
    for underlying, move in enumerate(moves):
        slope += np.abs(matrix @ np.where(table.underlying == underlying, unit.delta, 0.0)) * move
    bought, sold = _curvature(matrix, table=table, state=state, moves=moves)
    return EquityInterval(low=value - slope - sold, high=value + slope + bought)


def _curvature(
    matrix: "sparse.csr_array[np.float64]",
    *,
    table: InstrumentTable,
    state: InstrumentState,
    moves: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """What net bought, and net sold, options may differ from their tangents by."""
    living = np.flatnonzero(~table.is_perpetual & ~state.is_fixed & ~state.is_certain)
    terms = np.stack([table.underlying, table.expiry_seconds, table.strike], axis=1)[living]
    _, first, group = np.unique(terms, axis=0, return_index=True, return_inverse=True)
    ones = (np.ones(living.size), (living, group.reshape(-1)))
    net = np.asarray((matrix @ sparse.csr_array(ones, shape=(len(table), first.size))).todense())
    chosen = living[first]
    move, deviation = moves[table.underlying[chosen]], state.deviation[chosen]
    is_small = (move <= 0.5) & (deviation >= _LEAST_DEVIATION)
    narrow = np.where(is_small, move, 0.0)
    square = narrow * narrow * _PEAK / (2.0 * np.where(is_small, deviation, 1.0) * (1.0 - narrow))
    share = np.where(is_small, np.minimum(move, square), move)
    money = state.forward[chosen] * state.remaining[chosen] * share
    return np.maximum(net, 0.0) @ money, np.maximum(-net, 0.0) @ money

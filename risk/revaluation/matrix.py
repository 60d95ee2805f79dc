"""Full revaluation of the listed instruments, shared by every account: profit and loss of one unit, per
scenario.

The conventions of the chain's grid (`IMarginEngine`): a scenario moves the index and every forward of an
underlying by (1 + r), and each option's volatility, read from the smile at its unshocked log-moneyness, by
(1 + v w(T)), floored at 0, with w(T) = sqrt(30 days / max(T, term floor)). A perpetual earns index r. An
expired option without settlement price is worth its intrinsic value at the moved index; a settled one no
longer moves.
"""

import math
from typing import Final

import numpy as np

from risk.arrays import BoolArray, FloatArray, IntArray
from risk.compilation import compiled
from risk.errors import InvalidInput
from risk.instruments import InstrumentTable
from risk.market import MarketState
from risk.revaluation.instrument_rows import (
    ProfitAndLoss,
    empty_matrix,
    linear_row,
    option_row,
    require_underlyings,
    scale_to_remaining,
)
from risk.revaluation.sensitivities import InstrumentState, instrument_state, marks_at, remaining_marks
from risk.scenarios.blend import ScenarioSet
from risk.units import DAYS_PER_YEAR, SECONDS_PER_DAY

__all__ = ["ProfitAndLoss", "profit_and_loss_matrix", "profit_and_loss_matrix_reference", "term_weight"]

_REFERENCE_DAYS: Final = 30.0


def term_weight(*, years: FloatArray, term_floor_days: float) -> FloatArray:
    """w(T) = sqrt(30 / max(T in days, floor)): how far volatility at T moves with that of 30 days.

    A floor below one second counts as one second. Raises InvalidInput for a negative or infinite floor.
    """
    if not (math.isfinite(term_floor_days) and term_floor_days >= 0.0):
        raise InvalidInput(f"term_floor_days must be at least 0, got {term_floor_days!r}")
    floor = max(term_floor_days, 1.0 / SECONDS_PER_DAY)
    return np.asarray(np.sqrt(_REFERENCE_DAYS / np.maximum(years * DAYS_PER_YEAR, floor)))


def profit_and_loss_matrix(
    *,
    table: InstrumentTable,
    market: MarketState,
    scenarios: ScenarioSet,
    term_floor_days: float,
    single_precision: bool = False,
) -> ProfitAndLoss:
    """(instruments, scenarios) profit of one unit long over the horizon, quote currency, by the compiled
    kernel.

    single_precision: float32 entries, half the memory and about twice the speed of `book_risk`, each
    within 6e-8 of its own size; books of large offsetting legs should not use it. Error of a float64
    entry: 1e-15 (F + K). Raises MissingMarketData for an unexpired option without surface, InvalidInput
    when the scenarios cover other underlyings than the market.
    """
    require_underlyings(market=market, underlyings=scenarios.underlyings)
    state = instrument_state(table=table, market=market)
    weights = term_weight(years=state.years, term_floor_days=term_floor_days)
    now = remaining_marks(table=table, state=state)
    matrix = empty_matrix((len(table), scenarios.scenarios), single_precision=single_precision)
    _fill(
        table.underlying,
        table.is_perpetual,
        table.is_call,
        state.is_fixed,
        state.forward,
        state.strike,
        state.deviation,
        weights,
        now,
        np.ascontiguousarray(scenarios.spot_returns.T),
        np.ascontiguousarray(scenarios.volatility_moves.T),
        matrix,
    )
    scale_to_remaining(matrix, state.remaining)
    return matrix


def profit_and_loss_matrix_reference(
    *, table: InstrumentTable, market: MarketState, scenarios: ScenarioSet, term_floor_days: float
) -> FloatArray:
    """The same through `marks_at`, the function the chain's grid is mirrored with: the twin that judges
    the kernel."""
    require_underlyings(market=market, underlyings=scenarios.underlyings)
    state: InstrumentState = instrument_state(table=table, market=market)
    weights = term_weight(years=state.years, term_floor_days=term_floor_days)
    moved = marks_at(
        table=table,
        state=state,
        spot_factor=1.0 + scenarios.spot_returns[:, table.underlying],
        deviation_factor=1.0 + scenarios.volatility_moves[:, table.underlying] * weights,
    )
    return np.asarray((moved - marks_at(table=table, state=state, spot_factor=1.0)).T)


@compiled
def _fill(
    underlying: IntArray,
    is_perpetual: BoolArray,
    is_call: BoolArray,
    is_fixed: BoolArray,
    forward: FloatArray,
    strike: FloatArray,
    deviation: FloatArray,
    weight: FloatArray,
    now: FloatArray,
    spot_returns: FloatArray,
    volatility_moves: FloatArray,
    out: ProfitAndLoss,
) -> None:
    """One row for each instrument; the logarithm of a spot move is taken once for all strikes."""
    log_spot, moved = np.log1p(spot_returns), np.empty(out.shape[1])
    work = np.empty((2, out.shape[1]))
    for i in range(out.shape[0]):
        u = underlying[i]
        if is_fixed[i] or is_perpetual[i]:
            linear_row(0.0 if is_fixed[i] else forward[i], spot_returns[u], out[i])
        else:
            for s in range(moved.size):
                moved[s] = deviation[i] * (1.0 + volatility_moves[u, s] * weight[i])
            terms = forward[i], strike[i], 1.0 if is_call[i] else -1.0, now[i]
            option_row(terms, spot_returns[u], log_spot[u], moved, work, out[i])

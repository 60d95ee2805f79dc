"""Full revaluation under joint moves of spot and of the whole volatility surface: level, skew and term structure.

Index and every forward of an underlying move by (1 + r); the deviation of an option, read from its smile at its
unshocked log-moneyness k, is multiplied by exp(level - skew x + term ln(T / 30 days)) with x = k / sqrt(T / 30 days)
clipped to +-2 (`risk.scenarios.surface_moves`). Perpetuals, expired and settled options as in
`risk.revaluation.matrix`. A moved smile is not repaired: a scenario asks what the book is worth there, not whether
quotes there would leave arbitrage.
"""

import math

import numpy as np

from risk.arrays import BoolArray, FloatArray, IntArray
from risk.compilation import compiled
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
from risk.revaluation.sensitivities import InstrumentState, instrument_state, remaining_marks
from risk.scenarios.surface_moves import SurfaceMoves, surface_coordinates

__all__ = ["surface_profit_and_loss_matrix"]


def surface_profit_and_loss_matrix(
    *,
    table: InstrumentTable,
    market: MarketState,
    moves: SurfaceMoves,
    term_floor_days: float,
    single_precision: bool = False,
) -> ProfitAndLoss:
    """(instruments, scenarios) profit of one unit long over the horizon, quote currency, by the compiled kernel.

    term_floor_days: positive; shorter expiries count as that long. With skew and term 0 and level ln(1 + m) it is
    a `profit_and_loss_matrix` whose term weight is 1. Error of a float64 entry: 1e-15 (F + K); single_precision
    as there. Raises MissingMarketData for an unexpired option without surface, InvalidInput when the moves cover
    other underlyings than the market or the floor is not positive.
    """
    require_underlyings(market=market, underlyings=moves.underlyings)
    state = instrument_state(table=table, market=market)
    moneyness, log_term = _places(table=table, state=state, term_floor_days=term_floor_days)
    factors = np.ascontiguousarray(moves.factors.transpose(2, 1, 0))
    matrix = empty_matrix((len(table), moves.scenarios), single_precision=single_precision)
    _fill(
        table.underlying,
        table.is_perpetual,
        table.is_call,
        state.is_fixed,
        state.forward,
        state.strike,
        state.deviation,
        moneyness,
        log_term,
        remaining_marks(table=table, state=state),
        factors,
        matrix,
    )
    scale_to_remaining(matrix, state.remaining)
    return matrix


def _places(
    *, table: InstrumentTable, state: InstrumentState, term_floor_days: float
) -> tuple[FloatArray, FloatArray]:
    """x and ln(T / 30 days) of each instrument; what has no smile stands at the money."""
    strike = np.where(table.is_perpetual, state.forward, state.strike)
    return surface_coordinates(
        years=state.years, log_moneyness=np.log(strike / state.forward), term_floor_days=term_floor_days
    )


@compiled
def _fill(
    underlying: IntArray,
    is_perpetual: BoolArray,
    is_call: BoolArray,
    is_fixed: BoolArray,
    forward: FloatArray,
    strike: FloatArray,
    deviation: FloatArray,
    moneyness: FloatArray,
    log_term: FloatArray,
    now: FloatArray,
    factors: FloatArray,
    out: ProfitAndLoss,
) -> None:
    """One row for each instrument. factors: (4, underlyings, scenarios) spot return, level, skew, term."""
    spot_returns, level, skew, term = factors[0], factors[1], factors[2], factors[3]
    log_spot, moved = np.log1p(spot_returns), np.empty(out.shape[1])
    work = np.empty((2, out.shape[1]))
    for i in range(out.shape[0]):
        u, x, far = underlying[i], moneyness[i], log_term[i]
        if is_fixed[i] or is_perpetual[i]:
            linear_row(0.0 if is_fixed[i] else forward[i], spot_returns[u], out[i])
        else:
            for s in range(moved.size):
                moved[s] = deviation[i] * math.exp(level[u, s] - skew[u, s] * x + term[u, s] * far)
            terms = forward[i], strike[i], 1.0 if is_call[i] else -1.0, now[i]
            option_row(terms, spot_returns[u], log_spot[u], moved, work, out[i])

"""Full revaluation of the listed instruments, shared by every account: profit and loss of one unit, per
scenario.

The conventions of the chain's grid (`IMarginEngine`): a scenario moves the index and every forward of an
underlying by (1 + r), and each option's volatility, read from the smile at its unshocked log-moneyness, by
(1 + v w(T)), floored at 0, with w(T) = sqrt(30 days / max(T, term floor)). A perpetual earns index r. An
expired option without settlement price is worth its intrinsic value at the moved index; a settled one no
longer moves.
"""

import math
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from risk.arrays import BoolArray, FloatArray, IntArray
from risk.compilation import compiled
from risk.errors import InvalidInput
from risk.instruments import InstrumentTable
from risk.market import MarketState
from risk.revaluation.sensitivities import InstrumentState, instrument_state, marks_at
from risk.scenarios.blend import ScenarioSet
from risk.units import DAYS_PER_YEAR, SECONDS_PER_DAY

__all__ = ["ProfitAndLoss", "profit_and_loss_matrix", "profit_and_loss_matrix_reference", "term_weight"]

ProfitAndLoss: TypeAlias = NDArray[np.float64] | NDArray[np.float32]

_REFERENCE_DAYS: Final = 30.0
_INVERSE_SQRT_2: Final = 0.7071067811865475244


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
    _require_underlyings(market=market, scenarios=scenarios)
    state = instrument_state(table=table, market=market)
    weights = term_weight(years=state.years, term_floor_days=term_floor_days)
    now = marks_at(table=table, state=state, spot_factor=1.0)
    shape = (len(table), scenarios.scenarios)
    matrix: ProfitAndLoss = (
        np.empty(shape, dtype=np.float32) if single_precision else np.empty(shape, dtype=np.float64)
    )
    _fill(
        table.underlying,
        table.is_perpetual,
        table.is_call,
        state.is_fixed,
        state.forward,
        table.strike,
        state.deviation,
        weights,
        now,
        np.ascontiguousarray(scenarios.spot_returns.T),
        np.ascontiguousarray(scenarios.volatility_moves.T),
        matrix,
    )
    return matrix


def profit_and_loss_matrix_reference(
    *, table: InstrumentTable, market: MarketState, scenarios: ScenarioSet, term_floor_days: float
) -> FloatArray:
    """The same through `marks_at`, the function the chain's grid is mirrored with: the twin that judges
    the kernel."""
    _require_underlyings(market=market, scenarios=scenarios)
    state: InstrumentState = instrument_state(table=table, market=market)
    weights = term_weight(years=state.years, term_floor_days=term_floor_days)
    moved = marks_at(
        table=table,
        state=state,
        spot_factor=1.0 + scenarios.spot_returns[:, table.underlying],
        deviation_factor=1.0 + scenarios.volatility_moves[:, table.underlying] * weights,
    )
    return np.asarray((moved - marks_at(table=table, state=state, spot_factor=1.0)).T)


def _require_underlyings(*, market: MarketState, scenarios: ScenarioSet) -> None:
    if scenarios.underlyings != market.index.size:
        raise InvalidInput(
            f"scenarios move {scenarios.underlyings} underlyings, the market has {market.index.size}"
        )


@compiled
def _normal_cdf(x: float) -> float:
    return 0.5 * math.erfc(-x * _INVERSE_SQRT_2)


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
    log_spot = np.log1p(spot_returns)
    for i in range(out.shape[0]):
        u = underlying[i]
        if is_fixed[i]:
            out[i, :] = 0.0
        elif is_perpetual[i]:
            for s in range(out.shape[1]):
                out[i, s] = forward[i] * spot_returns[u, s]
        else:
            sign = 1.0 if is_call[i] else -1.0
            log_moneyness = math.log(forward[i] / strike[i])
            for s in range(out.shape[1]):
                f = forward[i] * (1.0 + spot_returns[u, s])
                v = deviation[i] * (1.0 + volatility_moves[u, s] * weight[i])
                if v > 0.0:
                    d1 = (log_moneyness + log_spot[u, s]) / v + 0.5 * v
                    value = f * _normal_cdf(sign * d1) - strike[i] * _normal_cdf(sign * (d1 - v))
                    out[i, s] = sign * value - now[i]
                else:
                    out[i, s] = max(sign * (f - strike[i]), 0.0) - now[i]

"""The contract's own requirement, mirrored for whole sets of accounts.

Exact definitions: `IMarginEngine` and `IRiskParameters`. Per underlying the legs' delta D, gamma G and vega N add up;
with d = (D_1, N_1, D_2, ...), Gm = diag(G_1, 0, G_2, 0, ...) and covariance S:

    mean = tr(Gm S) / 2      variance = d' S d + tr((Gm S)^2) / 2
    delta_gamma_vega = max(0, expected_shortfall_multiplier sqrt(variance) - mean)
    scenario_loss = sum over underlyings of max(0, worst weighted loss over the grid), less a capped offset
    own = max(max(delta_gamma_vega, scenario_loss) + charges, minimum share of gross notional)

with the offset of `risk.margin.loss_offset` and the charges of `risk.margin.charges`. An account of bought options
alone cannot lose more than they are worth: there own is at most their mark, settled legs left out.

An option's gamma is F pdf(d1) / max(s, sqrt(S_uu)): its own deviation s = sigma sqrt(T), but at least that of the
spot move, for a quadratic cannot describe a kink narrower than the move it is integrated over.

Float64 inside; agreement with the chain is 1e-9 relative. `risk.units` turns results into WAD.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from risk.arrays import BoolArray, FloatArray, IntArray, finite, non_negative
from risk.errors import InvalidInput
from risk.instruments import InstrumentTable
from risk.margin.charges import own_charges
from risk.margin.loss_offset import combined_loss
from risk.market import MarketState
from risk.parameters import MarginParameters, ScenarioPoint
from risk.positions import as_position_matrix
from risk.revaluation.sensitivities import (
    InstrumentState,
    UnitValues,
    instrument_state,
    marks_at,
    unit_values,
)
from risk.units import BASIS_POINTS, WAD

__all__ = [
    "EquityInterval",
    "MarginParameters",
    "OwnRequirement",
    "ScenarioPoint",
    "Witness",
    "delta_gamma_vega_requirement",
    "equity_interval",
    "own_requirement",
]


@dataclass(frozen=True, slots=True)
class Witness:
    """Names a lower bound of the own requirement, in the contract's encoding.

    points: 8 bits for each underlying, the first lowest; read only if is_scenario.
    """

    is_scenario: bool
    points: int


@dataclass(frozen=True, slots=True, eq=False)
class OwnRequirement:
    """Everything the contract computes, for each account; money in quote currency.

    (accounts,): mark, delta_gamma_vega, scenario_loss, charges, gross_notional, own; most, which own never exceeds.
    (accounts, underlyings): delta, gamma, vega as in the module's formulas, linear_delta (delta where no option is
    held, else 0), point_loss (worst weighted loss, at least 0) and worst_point (index into the grid, the first of
    equals, 0 without a loss).
    """

    mark: FloatArray
    delta: FloatArray
    gamma: FloatArray
    vega: FloatArray
    linear_delta: FloatArray
    delta_gamma_vega: FloatArray
    point_loss: FloatArray
    worst_point: IntArray
    scenario_loss: FloatArray
    charges: FloatArray
    gross_notional: FloatArray
    most: FloatArray
    own: FloatArray

    @property
    def scenario_binds(self) -> BoolArray:
        """(accounts,) whether the grid asks for at least as much as delta-gamma-vega."""
        return np.asarray(self.scenario_loss >= self.delta_gamma_vega, dtype=np.bool_)

    def worst_witness(self, account: int) -> Witness:
        """The witness that maximises the bound of one account row."""
        if not self.scenario_binds[account]:
            return Witness(is_scenario=False, points=0)
        points = sum(int(point) << (8 * u) for u, point in enumerate(self.worst_point[account]))
        return Witness(is_scenario=True, points=points)


@dataclass(frozen=True, slots=True, eq=False)
class EquityInterval:
    """Equity with each underlying at the worse (low) and better (high) end of its interval, (accounts,)."""

    low: FloatArray
    high: FloatArray


def own_requirement(
    *,
    table: InstrumentTable,
    market: MarketState,
    parameters: MarginParameters,
    quantities: "npt.ArrayLike | sparse.csr_array[np.float64]",
) -> OwnRequirement:
    """The own requirement of each account.

    quantities: (accounts, instruments) in units, dense or sparse; a vector is one account.
    Raises InvalidInput on shapes, NaN or infinity, MissingMarketData for an unexpired option without surface.
    """
    _require_underlyings(market=market, parameters=parameters)
    matrix = as_position_matrix(quantities, instruments=len(table))
    state = instrument_state(table=table, market=market)
    unit = unit_values(table=table, state=state, parameters=parameters)
    members = _membership(table, parameters.underlyings)
    delta, gamma, vega = (
        _aggregate(matrix, column, members) for column in (unit.delta, unit.gamma, unit.vega)
    )
    approximate = delta_gamma_vega_requirement(delta=delta, gamma=gamma, vega=vega, parameters=parameters)
    losses = _grid_losses(matrix, table=table, state=state, unit=unit, parameters=parameters)
    point_loss = np.maximum(losses.max(axis=2), 0.0)
    charged = own_charges(
        matrix, table=table, market=market, state=state, delta=unit.delta, parameters=parameters
    )
    linear_delta = _linear_delta(matrix, table=table, state=state, delta=delta, members=members)
    scenario_loss = combined_loss(losses=point_loss, linear_delta=linear_delta, parameters=parameters)
    least = charged.gross_notional * (parameters.minimum_notional_bps / BASIS_POINTS)
    most = _most_loss(matrix, table=table, state=state, mark=unit.mark)
    return OwnRequirement(
        mark=np.asarray(matrix @ unit.mark),
        delta=delta,
        gamma=gamma,
        vega=vega,
        linear_delta=linear_delta,
        delta_gamma_vega=approximate,
        point_loss=point_loss,
        worst_point=np.where(point_loss > 0.0, losses.argmax(axis=2), 0).astype(np.int64),
        scenario_loss=scenario_loss,
        charges=charged.total,
        gross_notional=charged.gross_notional,
        most=most,
        own=np.minimum(np.maximum(np.maximum(approximate, scenario_loss) + charged.total, least), most),
    )


def delta_gamma_vega_requirement(
    *, delta: FloatArray, gamma: FloatArray, vega: FloatArray, parameters: MarginParameters
) -> FloatArray:
    """max(0, expected_shortfall_multiplier sqrt(variance) - mean) of each account, quote currency.

    Shapes: (accounts, underlyings) each, money per relative move. Errors: InvalidInput if not finite.
    """
    covariance = parameters.covariance()
    direction = np.empty((delta.shape[0], parameters.factors))
    direction[:, 0::2], direction[:, 1::2] = finite("delta", delta), finite("vega", vega)
    spot = covariance[0::2, 0::2]
    curvature = finite("gamma", gamma)
    mean = 0.5 * curvature @ np.diag(spot)
    variance = np.einsum("ai,ij,aj->a", direction, covariance, direction)
    variance += 0.5 * np.einsum("ai,ij,aj->a", curvature, spot * spot, curvature)
    multiplier = parameters.expected_shortfall_multiplier / WAD
    return np.asarray(np.maximum(0.0, multiplier * np.sqrt(np.maximum(variance, 0.0)) - mean))


def equity_interval(
    *,
    table: InstrumentTable,
    market: MarketState,
    quantities: "npt.ArrayLike | sparse.csr_array[np.float64]",
    cash: npt.ArrayLike,
    entry_values: npt.ArrayLike,
    low: npt.ArrayLike,
    high: npt.ArrayLike,
) -> EquityInterval:
    """Cash plus marks less entry values, each underlying at the worse and at the better end of its interval.

    cash: (accounts,). entry_values: (accounts, underlyings), what the perpetuals cost, funding owed included.
    low, high: (underlyings,) ends of the price intervals, at least 0; forwards move with the index and the
    smile with the forward. Money in quote currency. Raises InvalidInput, MissingMarketData.
    """
    matrix = as_position_matrix(quantities, instruments=len(table))
    state = instrument_state(table=table, market=market)
    members = _membership(table, market.index.size)
    entries = np.atleast_2d(finite("entry_values", entry_values))
    ends = []
    for name, price in (("low", low), ("high", high)):
        factor = (non_negative(name, price) / market.index)[table.underlying]
        marks = marks_at(table=table, state=state, spot_factor=factor)
        ends.append(_aggregate(matrix, marks, members) - entries)
    base = np.atleast_1d(finite("cash", cash))
    return EquityInterval(low=base + np.minimum(*ends).sum(axis=1), high=base + np.maximum(*ends).sum(axis=1))


def _require_underlyings(*, market: MarketState, parameters: MarginParameters) -> None:
    if market.index.size != parameters.underlyings:
        raise InvalidInput(
            f"the market has {market.index.size} underlyings, the covariance {parameters.underlyings}"
        )


def _membership(table: InstrumentTable, underlyings: int) -> FloatArray:
    """(instruments, underlyings) ones where an instrument belongs to an underlying."""
    return np.asarray(table.underlying[:, np.newaxis] == np.arange(underlyings), dtype=np.float64)


def _aggregate(matrix: "sparse.csr_array[np.float64]", unit: FloatArray, members: FloatArray) -> FloatArray:
    return np.asarray(matrix @ (unit[:, np.newaxis] * members))


def _grid_losses(
    matrix: "sparse.csr_array[np.float64]",
    *,
    table: InstrumentTable,
    state: InstrumentState,
    unit: UnitValues,
    parameters: MarginParameters,
) -> FloatArray:
    """(accounts, underlyings, points) weighted losses, negative where the point is a gain."""
    weight = parameters.term_weight(state.years)
    shocked = marks_at(
        table=table,
        state=state,
        spot_factor=1.0 + parameters.spot_shocks()[:, np.newaxis],
        deviation_factor=1.0 + parameters.volatility_shocks()[:, np.newaxis] * weight,
    )
    lost = ((unit.mark - shocked) * parameters.weights()[:, np.newaxis]).T
    losses = np.empty((matrix.shape[0], parameters.underlyings, len(parameters.grid)))
    for underlying in range(parameters.underlyings):
        losses[:, underlying, :] = matrix @ (lost * (table.underlying == underlying)[:, np.newaxis])
    return losses


def _linear_delta(
    matrix: "sparse.csr_array[np.float64]",
    *,
    table: InstrumentTable,
    state: InstrumentState,
    delta: FloatArray,
    members: FloatArray,
) -> FloatArray:
    """(accounts, underlyings) delta where no option is held that is not settled, else 0."""
    live = np.where(table.is_perpetual | state.is_fixed, 0.0, 1.0)
    options = np.asarray(abs(matrix) @ (live[:, np.newaxis] * members))
    return np.where(options > 0.0, 0.0, delta)


def _most_loss(
    matrix: "sparse.csr_array[np.float64]",
    *,
    table: InstrumentTable,
    state: InstrumentState,
    mark: FloatArray,
) -> FloatArray:
    """Mark of the unsettled legs of each account that holds bought options alone, infinite for others, (accounts,)."""
    open_legs = np.where(state.is_fixed, 0.0, 1.0)
    short = (abs(matrix) - matrix) @ open_legs
    perpetual = abs(matrix) @ np.where(table.is_perpetual, 1.0, 0.0)
    worth = np.maximum(np.asarray(matrix @ (mark * open_legs)), 0.0)
    return np.asarray(np.where((short > 0.0) | (perpetual > 0.0), np.inf, worth))

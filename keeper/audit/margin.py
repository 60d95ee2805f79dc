"""An account's live margin recomputed from replayed state, as `IMarginEngine` defines it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from keeper.assess import margin_parameters, market_state
from keeper.audit.prices import HALTED, NORMAL, REDUCE_ONLY, STAND_IN_SOURCES
from keeper.audit.ratios import in_force
from keeper.audit.world import World
from keeper.chain import PriceInterval, Witness
from keeper.types import WAD, AccountState, Attestation
from keeper.wire import PriceRow
from risk.instruments import Instrument, InstrumentTable
from risk.margin.corridor import Ratios
from risk.margin.equity_bounds import equity_bounds
from risk.margin.loss_offset import combined_loss
from risk.margin.requirement import equity_interval, own_requirement
from risk.market import MarketState
from risk.parameters import MarginParameters
from risk.positions import PositionMatrix, position_matrix

# The chain computes in integers of 1e-18, this in float64. Equity and requirements are sums of terms as large as
# cash, entry values and gross notional that may cancel, so the error is relative to those and not to the sum; the
# absolute part covers rounding of up to 128 legs on accounts of almost nothing.
RELATIVE_TOLERANCE = 1e-9
ABSOLUTE_TOLERANCE = 1e-6
# Seconds for which a source that stands in for a signed price vouches.
SOURCE_VOUCHES = 60


@dataclass(frozen=True, slots=True)
class LiveMargin:
    """Money in quote currency. `mark` is the legs' net value, `floor` the least own requirement by gross notional,
    `most` the largest (infinite unless only options bought are held), `tolerance` how far the chain may differ,
    `bounded_low`, `bounded_high` the bounds of equity that need no repricing, `credited_equity` what withdrawals
    and new risk are judged by."""

    equity_low: float
    equity_high: float
    credited_equity: float
    bounded_low: float
    bounded_high: float
    mark: float
    own: float
    delta_gamma_vega: float
    charges: float
    floor: float
    most: float
    ratios: Ratios
    tolerance: float

    @property
    def initial(self) -> float:
        return self.own * self.ratios.initial_bps / 10_000

    @property
    def maintenance(self) -> float:
        return self.own * self.ratios.maintenance_bps / 10_000


def live_margin(world: World, account: int, now: int) -> LiveMargin:
    """`marginOf` and `markOf` at a block time. Raises RiskError where market data is missing."""
    state = world.account(account)
    ratios = ratios_of(world, state, now)
    cash, entries = state.cash / WAD, [value / WAD for value in state.entry_values]
    credit_low, credit_high = (credit / WAD for credit in world.credit(account, now))
    if not state.legs:
        return _without_legs(credit_low, credit_high, ratios)
    table, positions = _book(state)
    market, parameters = market_at(world, now), margin_parameters(world.parameters.snapshot())
    own = own_requirement(table=table, market=market, parameters=parameters, quantities=positions)
    low, high = interval_ends(world, now)
    holding: dict[str, Any] = {
        "table": table,
        "market": market,
        "quantities": positions,
        "cash": np.zeros(1),
        "entry_values": np.array([entries]),
        "low": low,
        "high": high,
    }
    equity, bounds = equity_interval(**holding), equity_bounds(**holding, parameters=parameters)
    low, high = credit_ends(world, now)
    credited = float(equity_interval(**{**holding, "low": low, "high": high}).low[0])
    amounts = [cash, credit_high, *entries, float(own.gross_notional[0]), float(own.mark[0])]
    return LiveMargin(
        equity_low=credit_low + float(equity.low[0]),
        equity_high=credit_high + float(equity.high[0]),
        credited_equity=credit_low + credited,
        bounded_low=credit_low + float(bounds.low[0]),
        bounded_high=credit_high + float(bounds.high[0]),
        mark=float(own.mark[0]) - sum(entries),
        own=float(own.own[0]),
        delta_gamma_vega=float(own.delta_gamma_vega[0]),
        charges=float(own.charges[0]),
        floor=float(own.gross_notional[0]) * parameters.minimum_notional_bps / 10_000,
        most=float(own.most[0]),
        ratios=ratios,
        tolerance=_tolerance(sum(map(abs, amounts))),
    )


def _without_legs(low: float, high: float, ratios: Ratios) -> LiveMargin:
    return LiveMargin(
        equity_low=low,
        equity_high=high,
        credited_equity=low,
        bounded_low=low,
        bounded_high=high,
        mark=0.0,
        own=0.0,
        delta_gamma_vega=0.0,
        charges=0.0,
        floor=0.0,
        most=0.0,
        ratios=ratios,
        tolerance=_tolerance(high),
    )


def witness_bound(
    world: World, account: int, now: int, witness: Witness, *, maintenance_bps: int | None = None
) -> float:
    """Maintenance ratio x max(witness + charges, floor), at most `most`, in quote currency; at the ratio in force
    unless another is given. IndexError off the grid."""
    margin = live_margin(world, account, now)
    ratio = margin.ratios.maintenance_bps if maintenance_bps is None else maintenance_bps
    loss = margin.delta_gamma_vega
    if witness.is_scenario:
        loss = _loss_at(world, account, now, witness.points) if world.account(account).legs else 0.0
    return min(max(loss + margin.charges, margin.floor), margin.most) * ratio / 10_000


def live_until(world: World, now: int) -> int:
    """`PriceIntervals.liveUntil`: until when prices already there keep the chain from HALTED; 0 while it is."""
    halt_age = world.parameters.limits.halt_age
    until = now + halt_age
    for underlying in range(1, len(world.parameters.underlyings) + 1):
        signed = world.lanes.signed(underlying, now=now, longest_age=halt_age)
        if signed is not None:
            until = min(until, signed.current.observed_at + halt_age)
        elif world.combined(underlying, now)[0] is None:
            return 0
        else:
            until = min(until, now + SOURCE_VOUCHES)
    return until


def mode(world: World, now: int) -> int:
    """`PriceIntervals.mode`: fresh signed prices, else the sources that stand in for them; HALTED without either."""
    limits, worst = world.parameters.limits, REDUCE_ONLY if now < world.sources.paused_until else NORMAL
    for underlying in range(1, len(world.parameters.underlyings) + 1):
        if world.lanes.signed(underlying, now=now, longest_age=limits.reduce_only_age) is not None:
            continue
        interval, agreeing = world.combined(underlying, now)
        if interval is None:
            return HALTED
        if agreeing < STAND_IN_SOURCES:
            worst = REDUCE_ONLY
    return worst


def ratios_of(world: World, state: AccountState, now: int) -> Ratios:
    """A fresh attestation of this very portfolio, else the decaying last one and the stale multiplier."""
    last = world.lanes.attestations.get(state.account, Attestation())
    return in_force(
        last,
        is_same_portfolio=last.portfolio_nonce == state.portfolio_nonce,
        now=now,
        parameters=margin_parameters(world.parameters.snapshot()),
        limits=world.parameters.limits,
    )


def _loss_at(world: World, account: int, now: int, points: int) -> float:
    """The losses at one point for each underlying, combined like the worst ones."""
    table, positions = _book(world.account(account))
    market, parameters = market_at(world, now), margin_parameters(world.parameters.snapshot())
    losses = np.zeros((1, parameters.underlyings))
    for underlying in sorted({instrument.underlying for instrument in table.instruments}):
        point = parameters.grid[points >> (8 * (underlying - 1)) & 0xFF]
        single: MarginParameters = replace(parameters, grid=(point,))
        own = own_requirement(table=table, market=market, parameters=single, quantities=positions)
        losses[:, underlying - 1] = own.point_loss[:, underlying - 1]
        linear_delta = own.linear_delta
    return float(combined_loss(losses=losses, linear_delta=linear_delta, parameters=parameters)[0])


def _book(state: AccountState) -> tuple[InstrumentTable, PositionMatrix]:
    table = InstrumentTable.of([Instrument.decode(leg.instrument) for leg in state.legs])
    return table, position_matrix(table=table, books=[[(leg.instrument, leg.quantity) for leg in state.legs]])


def market_at(world: World, now: int) -> MarketState:
    """An underlying without a price stands at 1: nobody can hold it, or nobody can be judged. A price's confidence is
    the part of its interval that lies to both sides."""
    ids = range(1, len(world.parameters.underlyings) + 1)
    found = [_interval_or_one(world, underlying, now) for underlying in ids]
    rows = [
        PriceRow(u, i.price, min(i.price - i.low, i.high - i.price)) for u, i in enumerate(found, start=1)
    ]
    surfaces = [row for row, _ in world.lanes.surfaces.values()]
    return market_state(
        now=now,
        prices=rows,
        surfaces=surfaces,
        settlements=world.lanes.settlements,
        accruals=world.accruals(now),
        premiums=world.parameters.snapshot().premiums,
    )


def interval_ends(world: World, now: int) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest price of each underlying, quote currency."""
    ids = range(1, len(world.parameters.underlyings) + 1)
    intervals = [_interval_or_one(world, underlying, now) for underlying in ids]
    return np.array([i.low / WAD for i in intervals]), np.array([i.high / WAD for i in intervals])


def credit_ends(world: World, now: int) -> tuple[np.ndarray, np.ndarray]:
    """The same, reaching out to the slow credit prices."""
    ids = range(1, len(world.parameters.underlyings) + 1)
    ends = [world.credit_interval(underlying, now) or (WAD, WAD) for underlying in ids]
    return np.array([low / WAD for low, _ in ends]), np.array([high / WAD for _, high in ends])


def _interval_or_one(world: World, underlying: int, now: int) -> PriceInterval:
    return world.interval(underlying, now) or PriceInterval(WAD, WAD, WAD, 0)


def _tolerance(scale: float) -> float:
    return RELATIVE_TOLERANCE * abs(scale) + ABSOLUTE_TOLERANCE

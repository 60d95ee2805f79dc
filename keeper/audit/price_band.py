"""The band of prices at which a trade may pass because it reduces risk, recomputed as `IPriceBand` defines it."""

from __future__ import annotations

import numpy as np

from keeper.audit.margin import RELATIVE_TOLERANCE, interval_ends, market_at
from keeper.audit.world import World
from keeper.types import WAD
from risk.instruments import Instrument, InstrumentTable
from risk.margin.requirement import equity_interval
from risk.revaluation.sensitivities import instrument_state, marks_at

BPS = 10_000
LEAST_MARK = 100  # the width is a share of the index over this at least


def band_problems(world: World, instrument: int, price: int, now: int) -> list[str]:
    """Whether a price per unit, WAD, lies outside the band at a block time."""
    low, high = price_band(world, instrument, now)
    slack = RELATIVE_TOLERANCE * (high + price / WAD)
    if low - slack <= price / WAD <= high + slack:
        return []
    return [f"price {price / WAD} reduces risk outside of [{low}, {high}]"]


def price_band(world: World, instrument: int, now: int) -> tuple[float, float]:
    """Least and greatest price of one unit, quote currency. Raises RiskError where market data is missing."""
    table = InstrumentTable.of([Instrument.decode(instrument)])
    market, column = market_at(world, now), int(table.underlying[0])
    low, high = interval_ends(world, now)
    mark = float(
        marks_at(table=table, state=instrument_state(table=table, market=market), spot_factor=1.0)[0]
    )
    ends = equity_interval(
        table=table,
        market=market,
        quantities=[1.0],
        cash=np.zeros(1),
        entry_values=np.zeros((1, market.index.size)),
        low=low,
        high=high,
    )
    share = world.parameters.terms_of(column + 1).price_band_bps / BPS
    width = share * max(mark, float(market.index[column]) / LEAST_MARK)
    return max(0.0, min(mark, float(ends.low[0])) - width), max(mark, float(ends.high[0])) + width

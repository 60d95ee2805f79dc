"""What one unit of each instrument is worth and how it moves: shared by every account that holds it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from risk.arrays import BoolArray, FloatArray, finite
from risk.errors import InvalidInput
from risk.instruments import InstrumentTable
from risk.market import ExpirySurface, MarketState
from risk.parameters import MarginParameters
from risk.pricing.black76 import OptionValues, black76, black76_price
from risk.surface.svi import SviSlice

__all__ = ["InstrumentState", "UnitValues", "instrument_state", "marks_at", "unit_values"]

_LEAST_FORWARD = 1e-300  # stands for 0, where a call is worth 0 and a put its strike


@dataclass(frozen=True, slots=True, eq=False)
class InstrumentState:
    """Each instrument's place in the market; arrays of (instruments,).

    index, forward: quote currency (forward = mark for perpetuals, index for expired options). deviation: sqrt of total
    variance, read at the log-moneyness of now. years: to expiry. fixed_payoff: what a settled instrument pays,
    NaN for all others.
    """

    index: FloatArray
    forward: FloatArray
    deviation: FloatArray
    years: FloatArray
    fixed_payoff: FloatArray

    @property
    def is_fixed(self) -> BoolArray:
        """Whether the settlement price is fixed, so that nothing moves the value any more."""
        return np.asarray(~np.isnan(self.fixed_payoff), dtype=np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class UnitValues:
    """Value and sensitivities of one unit long, quote currency; (instruments,) arrays.

    delta = dV/dF F and gamma = F pdf(d1) / max(s, horizon deviation) per relative spot move (d2V/dF2 F^2 wherever
    the option's own deviation s is the larger), vega = dV/ds s w(T) per relative move of 30-day volatility.
    """

    mark: FloatArray
    delta: FloatArray
    gamma: FloatArray
    vega: FloatArray


def instrument_state(*, table: InstrumentTable, market: MarketState) -> InstrumentState:
    """Reads index, forward and smile for each instrument.

    Raises MissingMarketData for an unexpired option without surface, InvalidInput for an unknown underlying.
    """
    if len(table) and int(table.underlying.max()) >= market.index.size:
        raise InvalidInput(
            f"the table reaches underlying column {int(table.underlying.max())}, the market has {market.index.size}"
        )
    index = market.index[table.underlying]
    forward, deviation = index.copy(), np.zeros(len(table))
    years, payoff = np.zeros(len(table)), np.full(len(table), np.nan)
    for underlying, premium in market.premiums.items():
        forward[table.is_perpetual & (table.underlying == underlying)] *= 1.0 + premium
    for key in {(i.underlying - 1, i.expiry) for i in table.instruments if not i.is_perpetual}:
        of_expiry = (table.underlying == key[0]) & (table.expiry_seconds == key[1]) & ~table.is_perpetual
        remaining = market.years_to(key[1])
        if remaining > 0.0:
            surface = market.surface(underlying=key[0], expiry=key[1])
            years[of_expiry] = remaining
            forward[of_expiry] *= 1.0 + surface.basis
            deviation[of_expiry] = _deviation(surface, forward[of_expiry], table.strike[of_expiry])
        elif key in market.settlements:
            sign = np.where(table.is_call[of_expiry], 1.0, -1.0)
            distance = market.settlements[key] - table.strike[of_expiry]
            payoff[of_expiry] = np.maximum(sign * distance, 0.0)
    return InstrumentState(
        index=index, forward=forward, deviation=deviation, years=years, fixed_payoff=payoff
    )


def unit_values(
    *, table: InstrumentTable, state: InstrumentState, parameters: MarginParameters
) -> UnitValues:
    """Marks and money sensitivities of `IMarginEngine` at the market as it is.

    Gamma takes no deviation below that of the spot move over the margin horizon: a quadratic cannot describe a
    kink narrower than the move it is integrated over. The table's underlyings are those of the covariance.
    """
    option = _option_values(table=table, state=state)
    moving = np.where(state.is_fixed, 0.0, 1.0)
    forward = state.forward
    vega = option.vega * state.deviation * parameters.term_weight(state.years)
    gamma = option.gamma * forward * forward * _gamma_share(table, state=state, parameters=parameters)
    return UnitValues(
        mark=np.where(
            state.is_fixed, state.fixed_payoff, np.where(table.is_perpetual, state.forward, option.price)
        ),
        delta=moving * np.where(table.is_perpetual, forward, option.delta * forward),
        gamma=moving * np.where(table.is_perpetual, 0.0, gamma),
        vega=moving * np.where(table.is_perpetual, 0.0, vega),
    )


def marks_at(
    *,
    table: InstrumentTable,
    state: InstrumentState,
    spot_factor: npt.ArrayLike,
    deviation_factor: npt.ArrayLike = 1.0,
) -> FloatArray:
    """Marks after index and forwards move by `spot_factor` and volatilities by `deviation_factor`.

    Factors broadcast against (instruments,) with points in front, such as (points, instruments); spot_factor is
    at least 0, a negative deviation_factor counts as 0. Returns quote currency in the broadcast shape.
    """
    spot = finite("spot_factor", spot_factor)
    factor = np.maximum(finite("deviation_factor", deviation_factor), 0.0)
    forward = np.maximum(state.forward * spot, _LEAST_FORWARD)
    price = black76_price(
        forward=forward,
        strike=_strikes(table),
        volatility=state.deviation * factor,
        years=1.0,
        is_call=table.is_call,
    )
    moved = np.where(table.is_perpetual, state.forward * spot, price)
    return np.where(state.is_fixed, state.fixed_payoff, moved)


def _deviation(surface: ExpirySurface, forward: FloatArray, strike: FloatArray) -> FloatArray:
    slice_: SviSlice = surface.slice
    return np.sqrt(slice_.total_variance(np.log(strike / forward)))


def _gamma_share(
    table: InstrumentTable, *, state: InstrumentState, parameters: MarginParameters
) -> FloatArray:
    """s / max(s, deviation of the underlying's spot move over the horizon), 1 where there is neither."""
    horizon = np.sqrt(np.diag(parameters.covariance())[0::2])[table.underlying]
    width = np.maximum(state.deviation, horizon)
    return np.divide(state.deviation, width, out=np.ones_like(width), where=width > 0.0)


def _strikes(table: InstrumentTable) -> FloatArray:
    return np.where(table.is_perpetual, 1.0, table.strike)


def _option_values(*, table: InstrumentTable, state: InstrumentState) -> OptionValues:
    """With one year of time the volatility is the deviation, and vega is per unit of deviation."""
    return black76(
        forward=state.forward,
        strike=_strikes(table),
        volatility=state.deviation,
        years=1.0,
        is_call=table.is_call,
    )

"""What one unit of each instrument is worth and how it moves: shared by every account that holds it.

A settlement price is an average A = w a + (1 - w) S, of which the share w is known to be a. What remains of an
option on it is (1 - w) options on S with the strike K' = (K - w a) / (1 - w); for K' <= 0 a call pays
(1 - w) (S - K') for sure and a put nothing.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from risk.arrays import BoolArray, FloatArray, finite
from risk.errors import InvalidInput
from risk.instruments import InstrumentTable
from risk.market import Accrued, ExpirySurface, MarketState
from risk.parameters import MarginParameters
from risk.pricing.black76 import OptionValues, black76, black76_price
from risk.surface.svi import SviSlice

__all__ = [
    "InstrumentState",
    "UnitValues",
    "instrument_state",
    "marks_at",
    "remaining_marks",
    "unit_values",
]

# Below this share of the forward a remaining strike cannot be missed any more.
_CERTAIN = 1e-12
_LEAST_FORWARD = 1e-300  # stands for 0, where a call is worth 0 and a put its strike


@dataclass(frozen=True, slots=True, eq=False)
class InstrumentState:
    """Each instrument's place in the market; arrays of (instruments,).

    index, forward: quote currency (forward = mark for perpetuals, index for expired options). deviation: sqrt of total
    variance, read at the log-moneyness of now. years: to expiry. fixed_payoff: what a settled instrument pays,
    NaN for all others. strike: of what remains of an option, above 0 (1 for perpetuals). remaining: how many options
    that is. certain: what it pays on top, quote currency; is_certain: whether it is exercised, or not, for sure.
    """

    index: FloatArray
    forward: FloatArray
    deviation: FloatArray
    years: FloatArray
    fixed_payoff: FloatArray
    strike: FloatArray
    remaining: FloatArray
    certain: FloatArray
    is_certain: BoolArray

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
    index, count = market.index[table.underlying], len(table)
    state = InstrumentState(
        index=index,
        forward=index.copy(),
        deviation=np.zeros(count),
        years=np.zeros(count),
        fixed_payoff=np.full(count, np.nan),
        strike=np.where(table.is_perpetual, 1.0, table.strike),
        remaining=np.ones(count),
        certain=np.zeros(count),
        is_certain=np.zeros(count, dtype=np.bool_),
    )
    for underlying, premium in market.premiums.items():
        state.forward[table.is_perpetual & (table.underlying == underlying)] *= 1.0 + premium
    for key in {(i.underlying - 1, i.expiry) for i in table.instruments if not i.is_perpetual}:
        _place_expiry(state, table=table, market=market, key=key)
    return state


def unit_values(
    *, table: InstrumentTable, state: InstrumentState, parameters: MarginParameters
) -> UnitValues:
    """Marks and money sensitivities of `IMarginEngine` at the market as it is.

    Gamma takes no deviation below that of the spot move over the margin horizon: a quadratic cannot describe a
    kink narrower than the move it is integrated over. The table's underlyings are those of the covariance.
    """
    option = _option_values(table=table, state=state)
    moving = np.where(state.is_fixed, 0.0, state.remaining)
    forward = state.forward
    vega = option.vega * state.deviation * parameters.term_weight(state.years)
    gamma = option.gamma * forward * forward * _gamma_share(table, state=state, parameters=parameters)
    return UnitValues(
        mark=np.where(
            state.is_fixed,
            state.fixed_payoff,
            np.where(table.is_perpetual, state.forward, state.certain + state.remaining * option.price),
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
        strike=state.strike,
        volatility=state.deviation * factor,
        years=1.0,
        is_call=table.is_call,
    )
    moved = np.where(table.is_perpetual, state.forward * spot, state.certain + state.remaining * price)
    return np.where(state.is_fixed, state.fixed_payoff, moved)


def remaining_marks(*, table: InstrumentTable, state: InstrumentState) -> FloatArray:
    """(instruments,) what one whole option of what remains is worth now; marks of all others."""
    marks = marks_at(table=table, state=state, spot_factor=1.0)
    return np.asarray(np.where(state.is_fixed, marks, (marks - state.certain) / state.remaining))


def _place_expiry(
    state: InstrumentState, *, table: InstrumentTable, market: MarketState, key: tuple[int, int]
) -> None:
    """Writes the places of one expiry's options, (index column, unix seconds), into the arrays of `state`."""
    chosen = (table.underlying == key[0]) & (table.expiry_seconds == key[1]) & ~table.is_perpetual
    price = _settled_at(market, key)
    if price is not None:
        sign = np.where(table.is_call[chosen], 1.0, -1.0)
        state.fixed_payoff[chosen] = np.maximum(sign * (price - table.strike[chosen]), 0.0)
        return
    years = market.years_to(key[1])
    if years <= 0.0:
        return
    surface = market.surface(underlying=key[0], expiry=key[1])
    state.years[chosen] = years
    state.forward[chosen] *= 1.0 + surface.basis
    if key in market.accruals:
        _place_rest(state, chosen, is_call=table.is_call, accrued=market.accruals[key])
    deviation = _deviation(surface, state.forward[chosen], state.strike[chosen])
    state.deviation[chosen] = np.where(state.is_certain[chosen], 0.0, deviation)


def _place_rest(state: InstrumentState, chosen: BoolArray, *, is_call: BoolArray, accrued: Accrued) -> None:
    """How many of the options chosen remain, their strikes, what they pay for sure, and whether that is all."""
    remaining = 1.0 - accrued.share
    exact = (state.strike[chosen] - accrued.share * accrued.price) / remaining
    least = state.forward[chosen] * _CERTAIN
    is_certain = exact < least
    state.remaining[chosen] = remaining
    state.strike[chosen] = np.maximum(exact, least)
    state.is_certain[chosen] = is_certain
    state.certain[chosen] = np.where(is_certain & is_call[chosen], remaining * (least - exact), 0.0)


def _settled_at(market: MarketState, key: tuple[int, int]) -> float | None:
    """The settlement price of an expiry that has passed, or that its whole window gives."""
    if market.years_to(key[1]) <= 0.0 and key in market.settlements:
        return market.settlements[key]
    accrued = market.accruals.get(key)
    return accrued.price if accrued is not None and accrued.share >= 1.0 else None


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


def _option_values(*, table: InstrumentTable, state: InstrumentState) -> OptionValues:
    """With one year of time the volatility is the deviation, and vega is per unit of deviation."""
    return black76(
        forward=state.forward,
        strike=state.strike,
        volatility=state.deviation,
        years=1.0,
        is_call=table.is_call,
    )

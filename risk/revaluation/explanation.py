"""Which Greek of which underlying carries an account's full-revaluation CVaR.

In scenario s, with spot return r and volatility move v of each underlying, the profit of the book splits into

    P_s = sum_u [ D_u r + G_u r^2 / 2 + N_u v + Theta_u + residual_u ]

and CVaR = E[-P | tail] with the tail's own weights on the scenarios (`tail_weights`). The mean of each part under the
same weights is its share: linear, so the parts add up to CVaR, the residual (higher orders, cross terms, kinks) shown
and never spread over the rest.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from risk._checks import finite_array
from risk.arrays import FloatArray
from risk.errors import InvalidInput
from risk.instruments import InstrumentTable
from risk.measures.contributions import tail_weights
from risk.pricing.black76 import black76
from risk.revaluation.instrument_rows import ProfitAndLoss
from risk.revaluation.sensitivities import InstrumentState, UnitValues
from risk.scenarios.blend import ScenarioSet

__all__ = ["RequirementExplanation", "explain_requirement", "horizon_decay"]

GREEKS: Final = ("delta", "gamma", "vega", "theta", "residual")


@dataclass(frozen=True, slots=True, eq=False)
class RequirementExplanation:
    """CVaR and what carries it, quote currency, positive where it adds to the requirement.

    Arrays are (underlyings,); all of them together sum to the conditional value at risk, but for rounding.
    """

    conditional_value_at_risk: float
    delta: FloatArray
    gamma: FloatArray
    vega: FloatArray
    theta: FloatArray
    residual: FloatArray

    @property
    def by_greek(self) -> dict[str, float]:
        """Each Greek's part over all underlyings."""
        return {greek: float(getattr(self, greek).sum()) for greek in GREEKS}

    @property
    def by_underlying(self) -> FloatArray:
        """(underlyings,): all Greeks of each underlying; sums to the conditional value at risk."""
        return np.asarray(self.delta + self.gamma + self.vega + self.theta + self.residual)


def explain_requirement(
    *,
    table: InstrumentTable,
    quantities: ArrayLike,
    profit_and_loss: ProfitAndLoss,
    values: UnitValues,
    scenarios: ScenarioSet,
    confidence: float,
    decay: ArrayLike | None = None,
) -> RequirementExplanation:
    """Splits the CVaR of one account.

    quantities: (instruments,) units. profit_and_loss: (instruments, scenarios), of `profit_and_loss_matrix` over the
    same table and scenarios. decay: (instruments,) what time alone adds to one unit over the horizon (`horizon_decay`);
    none for a matrix whose scenarios are instantaneous, as those of `profit_and_loss_matrix` are: given, it is added
    to the profit. Raises InvalidInput on shapes, NotEnoughObservations as `value_at_risk`.
    """
    held, matrix, time = _checked(
        table=table, scenarios=scenarios, quantities=quantities, profit_and_loss=profit_and_loss, decay=decay
    )
    carried = held @ time
    weights = tail_weights(profit_and_loss=held @ matrix + carried, confidence=confidence)
    spot, volatility = weights @ scenarios.spot_returns, weights @ scenarios.volatility_moves
    square = weights @ scenarios.spot_returns**2

    def of_underlyings(unit: FloatArray) -> FloatArray:
        totals = np.zeros(scenarios.underlyings)
        np.add.at(totals, table.underlying, -held * unit)
        return totals

    delta, gamma = of_underlyings(values.delta) * spot, 0.5 * of_underlyings(values.gamma) * square
    vega, theta = of_underlyings(values.vega) * volatility, of_underlyings(time)
    whole = of_underlyings(np.asarray(matrix @ weights)) + theta
    return RequirementExplanation(
        conditional_value_at_risk=float(whole.sum()),
        delta=delta,
        gamma=gamma,
        vega=vega,
        theta=theta,
        residual=whole - (delta + gamma + vega + theta),
    )


def _checked(
    *,
    table: InstrumentTable,
    scenarios: ScenarioSet,
    quantities: ArrayLike,
    profit_and_loss: ProfitAndLoss,
    decay: ArrayLike | None,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    held = finite_array(name="quantities", values=quantities, dimensions=1)
    matrix = finite_array(name="profit_and_loss", values=profit_and_loss, dimensions=2)
    time = finite_array(name="decay", values=np.zeros(len(table)) if decay is None else decay, dimensions=1)
    shapes = (held.shape, time.shape, matrix.shape)
    if shapes != ((len(table),), (len(table),), (len(table), scenarios.scenarios)):
        raise InvalidInput(
            f"{len(table)} instruments and {scenarios.scenarios} scenarios, but quantities {held.shape}, "
            f"profit_and_loss {matrix.shape}, decay {time.shape}"
        )
    return held, matrix, time


def horizon_decay(*, table: InstrumentTable, state: InstrumentState, horizon_years: float) -> FloatArray:
    """(instruments,) theta of one unit x horizon, quote currency, at most 0: -(dV/ds) s h / (2 T), h at most T.

    First order in time at unmoved market, as delta-gamma-vega-theta has it; 0 for perpetuals and expired options.
    Raises InvalidInput for a horizon that is negative or not finite.
    """
    if not (np.isfinite(horizon_years) and horizon_years >= 0.0):
        raise InvalidInput(f"horizon_years must be finite and at least 0, got {horizon_years!r}")
    alive = ~table.is_perpetual & ~state.is_fixed & (state.years > 0.0)
    vega = black76(
        forward=state.forward,
        strike=state.strike,
        volatility=state.deviation,
        years=1.0,
        is_call=table.is_call,
    ).vega
    share = np.minimum(horizon_years / np.where(alive, state.years, 1.0), 1.0)
    return np.where(alive, -0.5 * state.remaining * vega * state.deviation * share, 0.0)

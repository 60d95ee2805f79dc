"""The whole assessment in one call: consensus prices and option quotes to signable rows and an account table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal

import numpy as np

from keeper.assess.covariance import horizon_covariance
from keeper.assess.history import continued
from keeper.assess.inputs import AssessmentInputs, HourlyMark
from keeper.assess.margins import AccountAssessment, MarketView, assess_accounts
from keeper.assess.market import market_state
from keeper.assess.model import ModelConfig
from keeper.assess.scenarios import scenarios_of, stressed_scenarios_of
from keeper.assess.surfaces import FittedSurface, fit_surfaces, thirty_day_volatility
from keeper.errors import AssessmentFailed
from keeper.parameters import LaneLimits, ParametersSnapshot
from keeper.types import WAD, ConsensusPrice
from keeper.wire import MarginRow, PriceRow, SurfaceRow
from risk.errors import RiskError
from risk.market import MarketState
from risk.returns.history import History
from risk.revaluation.account_loop import MapExecutor
from risk.scenarios import ScenarioSet
from risk.units import SECONDS_PER_DAY, SECONDS_PER_YEAR

_BPS = 10_000


@dataclass(frozen=True, slots=True)
class Assessment:
    """Rows ready for the lanes, the account table, the mark that continues the model's history, and the covariance
    of the horizon's moves that the history shows (fractions squared)."""

    price_rows: tuple[PriceRow, ...]
    surface_rows: tuple[SurfaceRow, ...]
    margin_rows: tuple[MarginRow, ...]
    accounts: tuple[AccountAssessment, ...]
    surfaces: tuple[FittedSurface, ...]
    mark: HourlyMark
    covariance: tuple[tuple[float, ...], ...]


class Assessor:
    """A model with its history; `assess` is a pure function of its arguments, wherever `executor` runs it."""

    def __init__(self, *, model: ModelConfig, history: History, executor: MapExecutor | None = None) -> None:
        self.executor = executor
        self.model = model
        self.history = history
        self._drawn: tuple[bytes, ScenarioSet, ScenarioSet | None] | None = None

    def assess(
        self,
        inputs: AssessmentInputs,
        parameters: ParametersSnapshot,
        settlements: Mapping[tuple[int, int], int] | None = None,
    ) -> Assessment:
        """A bad account is UNKNOWN. Raises AssessmentFailed where history, marks or quotes cannot carry the model."""
        try:
            return self._assess(inputs, parameters, settlements)
        except RiskError as error:
            raise AssessmentFailed(f"at block {inputs.block.number}: {error}") from error

    def _assess(
        self,
        inputs: AssessmentInputs,
        parameters: ParametersSnapshot,
        settlements: Mapping[tuple[int, int], int] | None,
    ) -> Assessment:
        price_rows = tuple(price_row(price) for price in inputs.prices)
        index = {price.underlying: price.price for price in inputs.prices}
        fitted = fit_surfaces(
            quotes=inputs.option_quotes,
            index=index,
            expiries=inputs.expiries,
            now=inputs.now,
            basis_band=parameters.limits.basis_band_bps / _BPS,
        )
        surfaces = tuple(s for s in fitted if _inside_volatility_band(s, inputs.now, parameters.limits))
        mark = self._mark(inputs, surfaces)
        history = continued(self.history, [*inputs.recent, mark])
        rows = tuple(surface.row for surface in surfaces)
        state = market_state(
            now=inputs.now,
            prices=price_rows,
            surfaces=rows,
            settlements=settlements,
            accruals=inputs.accruals,
            premiums=parameters.premiums,
        )
        market = self._view(inputs, state, price_rows, mark, history)
        accounts = assess_accounts(
            accounts=inputs.accounts,
            market=market,
            parameters=parameters,
            model=self.model,
            executor=self.executor,
        )
        margins = tuple(row for account in accounts if (row := account.row()) is not None)
        covariance = horizon_covariance(history, horizon_steps=self.model.horizon_steps)
        return Assessment(price_rows, rows, margins, accounts, surfaces, mark, covariance)

    def _view(
        self,
        inputs: AssessmentInputs,
        state: MarketState,
        price_rows: tuple[PriceRow, ...],
        mark: HourlyMark,
        history: History,
    ) -> MarketView:
        scenarios, stressed = self._scenarios(history)
        ages = [max(inputs.now - price.observed_at, 0) for price in inputs.prices]
        return MarketView(
            state=state,
            price_rows=price_rows,
            scenarios=scenarios,
            stressed=stressed,
            volatility=np.array(mark.volatilities),
            price_age_seconds=np.array(ages, dtype=float),
            horizon_days=self.model.horizon_steps * self.history.step_seconds / SECONDS_PER_DAY,
        )

    def _scenarios(self, history: History) -> tuple[ScenarioSet, ScenarioSet | None]:
        """Drawn anew only when the history has: several rounds share an hourly bar."""
        key = history.spots.tobytes() + history.volatilities.tobytes()
        if self._drawn is None or self._drawn[0] != key:
            drawn = scenarios_of(self.model, history), stressed_scenarios_of(self.model, history)
            self._drawn = (key, *drawn)
        return self._drawn[1:]

    def _mark(self, inputs: AssessmentInputs, surfaces: tuple[FittedSurface, ...]) -> HourlyMark:
        """An underlying without a surface keeps the last known volatility."""
        before = inputs.recent[-1].volatilities if inputs.recent else tuple(self.history.volatilities[-1])
        volatilities = []
        for position, price in enumerate(inputs.prices):
            seen = thirty_day_volatility(surfaces=surfaces, underlying=price.underlying, now=inputs.now)
            volatilities.append(float(before[position]) if seen is None else seen)
        return HourlyMark(inputs.now, tuple(price.price for price in inputs.prices), tuple(volatilities))


def price_row(price: ConsensusPrice) -> PriceRow:
    """To the wire: the price to the nearest 1e-18, the interval's half-width rounded up."""
    return PriceRow(
        underlying=price.underlying,
        price=int((price.price * WAD).to_integral_value(ROUND_HALF_EVEN)),
        confidence=int((price.confidence * Decimal(WAD)).to_integral_value(ROUND_CEILING)),
    )


def _inside_volatility_band(surface: FittedSurface, now: int, limits: LaneLimits) -> bool:
    """The contract refuses the whole round for one surface outside the band, so such a surface is left out."""
    years = (surface.row.expiry - now) / SECONDS_PER_YEAR
    at_the_money = float(surface.slice.implied_volatility(0.0, years=years)) * _BPS
    return limits.min_volatility_bps < at_the_money < limits.max_volatility_bps

"""Accounts to VaR, CVaR, own requirement and ratio rows.

Listed instruments are shared: each is repriced once a scenario, then every account is a sparse row times that matrix.
An account with a leg that cannot be valued is UNKNOWN: it gets no row, and nobody calls it healthy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from keeper.assess.market import margin_parameters
from keeper.assess.model import ModelConfig
from keeper.parameters import ParametersSnapshot
from keeper.types import WAD, AccountState
from keeper.wire import MarginRow, PriceRow
from risk.instruments import Instrument, InstrumentTable
from risk.margin import AttestedRatios, attested_ratios
from risk.margin.requirement import EquityInterval, OwnRequirement, equity_interval, own_requirement
from risk.market import MarketState
from risk.positions import PositionMatrix, position_matrix
from risk.returns.history import History
from risk.revaluation import ProfitAndLoss, book_risk_parallel, profit_and_loss_matrix
from risk.revaluation.account_loop import MapExecutor
from risk.revaluation.book_risk import BookRisk, book_risk
from risk.scenarios import ScenarioConfig, ScenarioSet, build_scenarios
from risk.units import to_wad_up

_LARGEST_WIRE_AMOUNT = 2**96 - 1


@dataclass(frozen=True, slots=True)
class AccountAssessment:
    """One account's figures in quote currency; None where its data failed, with the `reason`.

    `expected_shortfall_error` is the standard error of the CVaR estimate. `clipped`: the corridor held a ratio.
    """

    account: int
    portfolio_nonce: int
    legs: int
    equity_low: float | None = None
    equity_high: float | None = None
    own_requirement: float | None = None
    delta_gamma_vega: float | None = None
    scenario_loss: float | None = None
    value_at_risk: float | None = None
    expected_shortfall: float | None = None
    expected_shortfall_error: float | None = None
    initial_ratio_bps: int = 0
    maintenance_ratio_bps: int = 0
    clipped: bool = False
    reason: str = ""

    def row(self) -> MarginRow | None:
        """What is signed about this account; None for one without legs or without figures."""
        if self.value_at_risk is None or self.expected_shortfall is None or self.legs == 0:
            return None
        return MarginRow(
            account=self.account,
            portfolio_nonce=self.portfolio_nonce,
            initial_ratio_bps=self.initial_ratio_bps,
            maintenance_ratio_bps=self.maintenance_ratio_bps,
            value_at_risk=_wire_amount(self.value_at_risk),
            expected_shortfall=_wire_amount(self.expected_shortfall),
        )


def assess_accounts(
    *,
    accounts: Sequence[AccountState],
    market: MarketState,
    parameters: ParametersSnapshot,
    model: ModelConfig,
    scenarios: ScenarioSet,
    price_rows: Sequence[PriceRow],
    executor: MapExecutor | None = None,
) -> tuple[AccountAssessment, ...]:
    """Every account, in the given order; groups of them on `executor`, which changes no bit of any figure."""
    valued = [account for account in accounts if not _unvalued_legs(account, market)]
    known = (
        _assess_valued(valued, market, parameters, model, scenarios, price_rows, executor) if valued else {}
    )
    return tuple(
        known.get(account.account) or _unknown(account, _unvalued_legs(account, market))
        for account in accounts
    )


def _assess_valued(
    accounts: Sequence[AccountState],
    market: MarketState,
    snapshot: ParametersSnapshot,
    model: ModelConfig,
    scenarios: ScenarioSet,
    price_rows: Sequence[PriceRow],
    executor: MapExecutor | None,
) -> dict[int, AccountAssessment]:
    parameters = margin_parameters(snapshot)
    ids = sorted({leg.instrument for account in accounts for leg in account.legs})
    if not ids:
        return {account.account: _without_legs(account) for account in accounts}
    table = InstrumentTable.of([Instrument.decode(identifier) for identifier in ids])
    books = [[(leg.instrument, leg.quantity) for leg in account.legs] for account in accounts]
    positions = position_matrix(table=table, books=books)
    own = own_requirement(table=table, market=market, parameters=parameters, quantities=positions)
    low, high = _ends(price_rows)
    equity = equity_interval(
        table=table,
        market=market,
        quantities=positions,
        cash=np.array([account.cash / WAD for account in accounts]),
        entry_values=np.array([[value / WAD for value in account.entry_values] for account in accounts]),
        low=low,
        high=high,
    )
    profit = profit_and_loss_matrix(
        table=table,
        market=market,
        scenarios=scenarios,
        term_floor_days=float(parameters.term_floor_days),
    )
    tail = _tail(profit, positions, confidence=model.confidence, executor=executor)
    ratios = attested_ratios(
        expected_shortfall=tail.conditional_value_at_risk,
        own_requirement=own.own,
        initial_multiplier=model.initial_multiplier,
        maintenance_share=model.maintenance_share,
        ratio_floor_bps=parameters.ratio_floor_bps,
        ratio_cap_bps=parameters.ratio_cap_bps,
    )
    return {
        account.account: _assessed(row, account, own, equity, tail, ratios)
        for row, account in enumerate(accounts)
    }


def _tail(
    profit: ProfitAndLoss, positions: PositionMatrix, *, confidence: float, executor: MapExecutor | None
) -> BookRisk:
    if executor is None:
        return book_risk(profit_and_loss=profit, positions=positions, confidence=confidence)
    return book_risk_parallel(
        profit_and_loss=profit, positions=positions, confidence=confidence, executor=executor
    )


def scenarios_of(model: ModelConfig, history: History) -> ScenarioSet:
    """The model's scenarios, drawn from a history that ends now."""
    config = ScenarioConfig(
        horizon_steps=model.horizon_steps,
        seed=model.seed,
        historical_count=model.historical,
        filtered_count=model.filtered_historical,
        student_t_count=model.student_t,
    )
    return build_scenarios(history=history, config=config)


def _assessed(
    row: int,
    account: AccountState,
    own: OwnRequirement,
    equity: EquityInterval,
    tail: BookRisk,
    ratios: AttestedRatios,
) -> AccountAssessment:
    return AccountAssessment(
        account=account.account,
        portfolio_nonce=account.portfolio_nonce,
        legs=len(account.legs),
        equity_low=float(equity.low[row]),
        equity_high=float(equity.high[row]),
        own_requirement=float(own.own[row]),
        delta_gamma_vega=float(own.delta_gamma_vega[row]),
        scenario_loss=float(own.scenario_loss[row]),
        value_at_risk=float(tail.value_at_risk[row]),
        expected_shortfall=float(tail.conditional_value_at_risk[row]),
        expected_shortfall_error=float(tail.conditional_value_at_risk_standard_error[row]),
        initial_ratio_bps=int(ratios.initial_ratio_bps[row]),
        maintenance_ratio_bps=int(ratios.maintenance_ratio_bps[row]),
        clipped=bool(ratios.clipped[row]),
    )


def _without_legs(account: AccountState) -> AccountAssessment:
    cash = account.cash / WAD
    return AccountAssessment(
        account=account.account,
        portfolio_nonce=account.portfolio_nonce,
        legs=0,
        equity_low=cash,
        equity_high=cash,
        own_requirement=0.0,
        delta_gamma_vega=0.0,
        scenario_loss=0.0,
        value_at_risk=0.0,
        expected_shortfall=0.0,
        expected_shortfall_error=0.0,
    )


def _unknown(account: AccountState, legs: Sequence[Instrument]) -> AccountAssessment:
    reason = f"no surface for {', '.join(sorted({f'{i.underlying}/{i.expiry}' for i in legs}))}"
    return AccountAssessment(
        account=account.account,
        portfolio_nonce=account.portfolio_nonce,
        legs=len(account.legs),
        reason=reason,
    )


def _unvalued_legs(account: AccountState, market: MarketState) -> list[Instrument]:
    """Unexpired options whose expiry has no surface."""
    legs = (Instrument.decode(leg.instrument) for leg in account.legs)
    return [
        i
        for i in legs
        if not i.is_perpetual
        and i.expiry > market.now
        and (i.underlying - 1, i.expiry) not in market.surfaces
    ]


def _ends(rows: Sequence[PriceRow]) -> tuple[np.ndarray, np.ndarray]:
    prices = np.array([row.price / WAD for row in rows])
    widths = np.array([row.confidence / WAD for row in rows])
    return np.maximum(prices - widths, 0.0), prices + widths


def _wire_amount(value: float) -> int:
    """WAD rounded up, inside uint96; a tail that gains counts as no loss."""
    return min(to_wad_up(max(value, 0.0)), _LARGEST_WIRE_AMOUNT)

"""Accounts to VaR, CVaR, own requirement, margin and ratio rows.

Listed instruments are shared: each is repriced once a scenario, then every account is a sparse row times that matrix.
An account with a leg that cannot be valued is UNKNOWN: it gets no row, and nobody calls it healthy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from keeper.assess.account import AccountAssessment, unknown, without_legs
from keeper.assess.charges import ChargeInputs, charged_margin
from keeper.assess.market import margin_parameters
from keeper.assess.model import ModelConfig
from keeper.parameters import ParametersSnapshot
from keeper.types import WAD, AccountState
from keeper.wire import PriceRow
from risk.arrays import FloatArray
from risk.instruments import Instrument, InstrumentTable
from risk.margin import AttestedRatios, attested_ratios
from risk.margin.requirement import EquityInterval, OwnRequirement, equity_interval, own_requirement
from risk.market import MarketState
from risk.parameters import MarginParameters
from risk.positions import PositionMatrix, position_matrix
from risk.revaluation import (
    ProfitAndLoss,
    book_risk_parallel,
    instrument_state,
    profit_and_loss_matrix,
    unit_values,
)
from risk.revaluation.account_loop import MapExecutor
from risk.revaluation.book_risk import BookRisk, book_risk
from risk.scenarios import ScenarioSet

__all__ = ["AccountAssessment", "MarketView", "assess_accounts"]


@dataclass(frozen=True, slots=True, eq=False)
class MarketView:
    """The market as it is and as it may become. stressed: drawn from the history's most volatile day, where the model
    weighs it. volatility, price_age_seconds: (underlyings,), 30 days at the money and the age of the oldest source."""

    state: MarketState
    price_rows: Sequence[PriceRow]
    scenarios: ScenarioSet
    stressed: ScenarioSet | None
    volatility: FloatArray
    price_age_seconds: FloatArray
    horizon_days: float


@dataclass(frozen=True, slots=True, eq=False)
class _Books:
    """The accounts' legs as one sparse matrix over the instruments that any of them holds."""

    accounts: Sequence[AccountState]
    table: InstrumentTable
    positions: PositionMatrix

    @classmethod
    def of(cls, accounts: Sequence[AccountState]) -> _Books:
        ids = sorted({leg.instrument for account in accounts for leg in account.legs})
        table = InstrumentTable.of([Instrument.decode(identifier) for identifier in ids])
        books = [[(leg.instrument, leg.quantity) for leg in account.legs] for account in accounts]
        return cls(accounts, table, position_matrix(table=table, books=books))

    @property
    def cash(self) -> FloatArray:
        return np.array([account.cash / WAD for account in self.accounts])


def assess_accounts(
    *,
    accounts: Sequence[AccountState],
    market: MarketView,
    parameters: ParametersSnapshot,
    model: ModelConfig,
    executor: MapExecutor | None = None,
) -> tuple[AccountAssessment, ...]:
    """Every account, in the given order; groups of them on `executor`, which changes no bit of any figure."""
    valued = [account for account in accounts if not _unvalued_legs(account, market.state)]
    known: dict[int, AccountAssessment] = {}
    if any(account.legs for account in valued):
        known = _assess_valued(_Books.of(valued), market, margin_parameters(parameters), model, executor)
    elif valued:
        known = {account.account: without_legs(account) for account in valued}
    return tuple(
        known.get(account.account) or unknown(account, _unvalued_legs(account, market.state))
        for account in accounts
    )


def _assess_valued(
    books: _Books,
    market: MarketView,
    parameters: MarginParameters,
    model: ModelConfig,
    executor: MapExecutor | None,
) -> dict[int, AccountAssessment]:
    table, positions = books.table, books.positions
    own = own_requirement(table=table, market=market.state, parameters=parameters, quantities=positions)
    equity = _equity(books, market)
    profit = _profit(books, market, market.scenarios, parameters)
    tail = _tail(profit, positions, confidence=model.confidence, executor=executor)
    margins = _margins(books, market, parameters, model, own, profit, tail, executor)
    return {
        account.account: _assessed(row, account, own, equity, tail, margins)
        for row, account in enumerate(books.accounts)
    }


@dataclass(frozen=True, slots=True, eq=False)
class _Margins:
    """raw: ratios of the CVaR alone. charged: of everything the model charges, the same where it charges nothing
    more."""

    raw: AttestedRatios
    charged: AttestedRatios
    add_ons: FloatArray


def _margins(
    books: _Books,
    market: MarketView,
    parameters: MarginParameters,
    model: ModelConfig,
    own: OwnRequirement,
    profit: ProfitAndLoss,
    tail: BookRisk,
    executor: MapExecutor | None,
) -> _Margins:
    shortfall = tail.conditional_value_at_risk
    raw = _ratios(shortfall, own, model, parameters)
    if not model.charges.changes_margin:
        return _Margins(raw, raw, np.zeros(len(books.accounts)))
    stressed = None
    if market.stressed is not None:
        matrix = _profit(books, market, market.stressed, parameters)
        stressed = _tail(matrix, books.positions, confidence=model.confidence, executor=executor)
    charged = charged_margin(
        policy=model.charges,
        inputs=_charge_inputs(books, market, parameters, own, profit, model.confidence),
        shortfall=shortfall,
        stressed_shortfall=None if stressed is None else stressed.conditional_value_at_risk,
        initial_multiplier=model.initial_multiplier,
        maintenance_share=model.maintenance_share,
    )
    ratios = _ratios(charged.initial / model.initial_multiplier, own, model, parameters)
    return _Margins(raw, ratios, charged.add_ons)


def _ratios(
    shortfall: FloatArray, own: OwnRequirement, model: ModelConfig, parameters: MarginParameters
) -> AttestedRatios:
    return attested_ratios(
        expected_shortfall=shortfall,
        own_requirement=own.own,
        initial_multiplier=model.initial_multiplier,
        maintenance_share=model.maintenance_share,
        ratio_floor_bps=parameters.ratio_floor_bps,
        ratio_cap_bps=parameters.ratio_cap_bps,
    )


def _charge_inputs(
    books: _Books,
    market: MarketView,
    parameters: MarginParameters,
    own: OwnRequirement,
    profit: ProfitAndLoss,
    confidence: float,
) -> ChargeInputs:
    table = books.table
    state = instrument_state(table=table, market=market.state)
    unit = unit_values(table=table, state=state, parameters=parameters).delta
    of_underlying = np.eye(own.delta.shape[1])[table.underlying]
    return ChargeInputs(
        table=table,
        positions=books.positions,
        profit=profit,
        index=market.state.index,
        delta=own.delta,
        perpetual_delta=np.asarray(
            books.positions @ (np.where(table.is_perpetual, unit, 0.0)[:, None] * of_underlying)
        ),
        cash=books.cash,
        volatility=market.volatility,
        price_age_seconds=market.price_age_seconds,
        horizon_days=market.horizon_days,
        confidence=confidence,
    )


def _profit(
    books: _Books, market: MarketView, scenarios: ScenarioSet, parameters: MarginParameters
) -> ProfitAndLoss:
    return profit_and_loss_matrix(
        table=books.table,
        market=market.state,
        scenarios=scenarios,
        term_floor_days=float(parameters.term_floor_days),
    )


def _equity(books: _Books, market: MarketView) -> EquityInterval:
    low, high = _ends(market.price_rows)
    return equity_interval(
        table=books.table,
        market=market.state,
        quantities=books.positions,
        cash=books.cash,
        entry_values=np.array(
            [[value / WAD for value in account.entry_values] for account in books.accounts]
        ),
        low=low,
        high=high,
    )


def _tail(
    profit: ProfitAndLoss, positions: PositionMatrix, *, confidence: float, executor: MapExecutor | None
) -> BookRisk:
    if executor is None:
        return book_risk(profit_and_loss=profit, positions=positions, confidence=confidence)
    return book_risk_parallel(
        profit_and_loss=profit, positions=positions, confidence=confidence, executor=executor
    )


def _assessed(
    row: int,
    account: AccountState,
    own: OwnRequirement,
    equity: EquityInterval,
    tail: BookRisk,
    margins: _Margins,
) -> AccountAssessment:
    charged = margins.charged
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
        initial=float(charged.initial[row]),
        maintenance=float(charged.maintenance[row]),
        add_ons=float(margins.add_ons[row]),
        raw_initial_ratio_bps=int(margins.raw.initial_ratio_bps[row]),
        initial_ratio_bps=int(charged.initial_ratio_bps[row]),
        maintenance_ratio_bps=int(charged.maintenance_ratio_bps[row]),
        clipped=bool(charged.clipped[row]),
        delta=tuple(float(value) for value in own.delta[row]),
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

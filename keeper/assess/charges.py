"""From a tail loss to a margin: what the tail over one horizon leaves out, each part off unless it is configured.

    tail     CVaR of market and operational loss together, not below its stressed weight
    initial  max(multiplier x tail x horizon factor + concentration + basis + oracle age, short-option minimum)

Formulas: `risk.margin`. The plain CVaR is kept beside what is charged.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from risk.arrays import BoolArray, FloatArray
from risk.instruments import InstrumentTable
from risk.margin import (
    AccountMargin,
    account_margin,
    basis_add_on,
    concentration_add_on,
    horizon_factor,
    liquidation_days,
    oracle_age_add_on,
    short_option_minimum,
    with_stressed_weight,
)
from risk.operational import BernoulliEvent, failure_probability, mixture_risk
from risk.positions import PositionMatrix
from risk.revaluation import ProfitAndLoss

_LATTICE_STEPS: Final = 64


@dataclass(frozen=True, slots=True)
class ChargePolicy:
    """Part of the model: each group is off at its default. Money is quote currency, shares and shocks are fractions.

    daily_volume: of each underlying, of which closing takes `participation`, for at most `most_liquidation_days`.
    concentration_*: delta that needs no further shock, shock for each further such size, and its cap.
    basis_deviation_daily: between index and forward. oracle_age_multiplier: normal deviates of the move that a price's
    age may hide. short_option_share: least margin, of the index for each option sold. stressed_weight: share of the
    CVaR that starts from the history's most volatile day. operational_*: chance a day that the protocol fails, and
    share of the account's cash then lost. down_half_life_seconds: how slowly a ratio falls; it rises at once.
    """

    daily_volume: float = 0.0
    participation: float = 0.1
    most_liquidation_days: float = 10.0
    concentration_notional: float = 0.0
    concentration_shock: float = 0.05
    concentration_most_shock: float = 0.3
    basis_deviation_daily: float = 0.0
    oracle_age_multiplier: float = 0.0
    short_option_share: float = 0.0
    stressed_weight: float = 0.0
    operational_hazard_per_day: float = 0.0
    operational_loss_share: float = 1.0
    down_half_life_seconds: float = 0.0

    @property
    def changes_margin(self) -> bool:
        """Whether anything but the pace of a ratio is on."""
        switches = {f.name for f in fields(self) if f.default == 0.0} - {"down_half_life_seconds"}
        return any(getattr(self, name) > 0.0 for name in switches)


NO_CHARGES: Final = ChargePolicy()


@dataclass(frozen=True, slots=True, eq=False)
class ChargeInputs:
    """Of the accounts in the order of `positions`. delta: (accounts, underlyings) money per relative move of its
    underlying; perpetual_delta: that of perpetuals alone. cash: (accounts,). volatility, price_age_seconds:
    (underlyings,)."""

    table: InstrumentTable
    positions: PositionMatrix
    profit: ProfitAndLoss
    index: FloatArray
    delta: FloatArray
    perpetual_delta: FloatArray
    cash: FloatArray
    volatility: FloatArray
    price_age_seconds: FloatArray
    horizon_days: float
    confidence: float


def charged_margin(
    *,
    policy: ChargePolicy,
    inputs: ChargeInputs,
    shortfall: FloatArray,
    stressed_shortfall: FloatArray | None,
    initial_multiplier: float,
    maintenance_share: float,
) -> AccountMargin:
    """Margins of (accounts,) from their CVaR and, where the policy weighs it, the stressed one."""
    tail = np.maximum(_with_operational_loss(policy, inputs, shortfall), 0.0)
    if stressed_shortfall is not None:
        stressed = np.maximum(stressed_shortfall, 0.0)
        tail = with_stressed_weight(margin=tail, stressed=stressed, weight=policy.stressed_weight)
    return account_margin(
        expected_shortfall=tail,
        horizon_factor=_horizon_factor(policy, inputs),
        add_ons=_add_ons(policy, inputs),
        short_option_minimum=_least(policy, inputs),
        initial_multiplier=initial_multiplier,
        maintenance_share=maintenance_share,
    )


def _with_operational_loss(policy: ChargePolicy, inputs: ChargeInputs, shortfall: FloatArray) -> FloatArray:
    """CVaR of the mixture, its upper bracket; one account's scenarios at a time."""
    if policy.operational_hazard_per_day == 0.0:
        return shortfall
    chance = failure_probability(hazard_per_day=policy.operational_hazard_per_day, days=inputs.horizon_days)
    charged = shortfall.copy()
    for row, cash in enumerate(inputs.cash):
        lost = float(cash) * policy.operational_loss_share
        if lost > 0.0:
            risk = mixture_risk(
                market_profit_and_loss=np.asarray(inputs.positions[[row]] @ inputs.profit).ravel(),
                events=[BernoulliEvent(chance, float(cash), policy.operational_loss_share)],
                confidence=inputs.confidence,
                step=lost / _LATTICE_STEPS,
                points=2 * _LATTICE_STEPS,
            )
            charged[row] = risk.conditional_value_at_risk.high
    return charged


def _horizon_factor(policy: ChargePolicy, inputs: ChargeInputs) -> FloatArray:
    """Of the underlying that takes longest to close."""
    if policy.daily_volume == 0.0:
        return np.ones(len(inputs.delta))
    days = liquidation_days(
        size=inputs.delta,
        daily_volume=policy.daily_volume,
        participation=policy.participation,
        least_days=min(inputs.horizon_days, policy.most_liquidation_days),
        most_days=policy.most_liquidation_days,
    ).max(axis=1)
    return horizon_factor(days=days, risk_horizon_days=inputs.horizon_days)


def _add_ons(policy: ChargePolicy, inputs: ChargeInputs) -> FloatArray:
    rest = inputs.delta - inputs.perpetual_delta
    total = oracle_age_add_on(
        delta_notional=inputs.delta,
        volatility=inputs.volatility,
        age_seconds=inputs.price_age_seconds,
        multiplier=policy.oracle_age_multiplier,
    )
    for one, other in ((inputs.perpetual_delta, rest), (rest, inputs.perpetual_delta)):
        total = total + basis_add_on(
            long_notional=np.maximum(one, 0.0),
            short_notional=np.maximum(-other, 0.0),
            basis_deviation_daily=policy.basis_deviation_daily,
            horizon_days=inputs.horizon_days,
            multiplier=1.0,
        )
    if policy.concentration_notional > 0.0:
        total = total + concentration_add_on(
            delta_notional=inputs.delta,
            threshold=policy.concentration_notional,
            shock_per_threshold=policy.concentration_shock,
            most_shock=policy.concentration_most_shock,
        )
    return np.asarray(total.sum(axis=1))


def _least(policy: ChargePolicy, inputs: ChargeInputs) -> FloatArray:
    if policy.short_option_share == 0.0:
        return np.zeros(len(inputs.delta))
    is_option: BoolArray = ~inputs.table.is_perpetual
    return short_option_minimum(
        quantities=inputs.positions.toarray(),
        is_option=is_option,
        index=inputs.index[inputs.table.underlying],
        share=policy.short_option_share,
    )

"""How much margin, within which bounds: scenario grid, margin model, limits of each lane, auctions."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from deploy.config.section import WAD, Bps, Section, integers, to_integer


class TailConfig(Section):
    spot_bps: Bps
    volatility_bps: Bps
    weight_bps: Annotated[int, Field(ge=1, le=10_000)]


class GridConfig(Section):
    """The product of spot and volatility shocks at full weight, then the dampened tails."""

    spot_bps: tuple[Bps, ...]
    volatility_bps: tuple[Bps, ...]
    tails: tuple[TailConfig, ...] = ()

    def points(self) -> list[tuple[int, int, int]]:
        """`ScenarioPoint`s of the contract."""
        product = [(spot, volatility, 10_000) for spot in self.spot_bps for volatility in self.volatility_bps]
        return product + [(tail.spot_bps, tail.volatility_bps, tail.weight_bps) for tail in self.tails]


class MarginSection(Section):
    """`MarginModel` of the contract; multipliers as decimals."""

    value_at_risk_multiplier: Decimal
    expected_shortfall_multiplier: Decimal
    ratio_floor_bps: Bps
    ratio_cap_bps: Bps
    stale_initial_ratio_bps: Bps
    attestation_decay_seconds: int
    cure_buffer_bps: Bps
    short_option_charge_bps: Bps
    minimum_notional_bps: Bps
    term_floor_days: int

    def as_tuple(self) -> tuple[int, ...]:
        multipliers = (
            to_integer("value_at_risk_multiplier", self.value_at_risk_multiplier, WAD),
            to_integer("expected_shortfall_multiplier", self.expected_shortfall_multiplier, WAD),
        )
        return multipliers + tuple(getattr(self, name) for name in list(type(self).model_fields)[2:])


class LimitsSection(Section):
    """`LaneLimits` of the contract."""

    reduce_only_age: int
    halt_age: int
    attestation_max_age: int
    max_time_to_live: int
    basis_band_bps: Bps
    max_volatility_bps: Bps
    min_volatility_bps: Bps
    rise_grace_seconds: int
    rise_seconds: int
    volatility_step_bps: Bps
    volatility_speed_bps: Bps
    reference_band_bps: Bps
    reference_seconds: int

    def as_tuple(self) -> tuple[int, ...]:
        return tuple(getattr(self, name) for name in type(self).model_fields)


class StateSection(Section):
    """`StateLimits` of the contract; shares and rates as decimals, speeds an hour."""

    least_spot_deviation: Decimal
    most_spot_deviation: Decimal
    least_volatility_deviation: Decimal
    most_volatility_deviation: Decimal
    deviation_speed: Decimal
    correlation_speed: Decimal
    daily_loosening: Decimal
    weekly_loosening: Decimal
    most_premium: Decimal
    most_funding_rate: Decimal
    most_borrow_premium: Decimal
    borrow_premium_speed: Decimal
    premium_average_seconds: int
    funding_period_seconds: int
    funding_life_seconds: int
    most_elapsed_seconds: int

    def as_tuple(self) -> tuple[int, ...]:
        return integers(self)


class PolicySection(Section):
    """`PolicyLimits` of the contract; shares as decimals, liquidations in quote currency."""

    grace_seconds: int
    step_seconds: int
    window_seconds: int
    attribution_seconds: int
    most_rise: Decimal
    daily_loosening: Decimal
    weekly_loosening: Decimal
    daily_liquidations: Decimal
    weekly_liquidations: Decimal

    def as_tuple(self) -> tuple[int, ...]:
        return integers(self)


class AuctionSection(Section):
    """`AuctionCurve` of the contract; `dust_requirement` and `most_reward` in quote currency."""

    duration_seconds: int
    start_discount_bps: Bps
    end_discount_bps: Bps
    insurance_fee_bps: Bps
    dust_requirement: Decimal
    reward_bps: Bps
    most_reward: int = Field(ge=0)

    def as_tuple(self) -> tuple[int, ...]:
        rates = (self.start_discount_bps, self.end_discount_bps, self.insurance_fee_bps)
        dust = to_integer("dust_requirement", self.dust_requirement, WAD)
        return (self.duration_seconds, *rates, dust, self.reward_bps, self.most_reward)

"""All of `IRiskParameters` as frozen records, integers in the contracts' own units; see contracts/interfaces."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UnderlyingConfig:
    listed: bool
    age_volatility: int
    funding_rate: int
    lot_size: int


@dataclass(frozen=True, slots=True)
class ScenarioPoint:
    spot_shock_bps: int
    volatility_shock_bps: int
    weight_bps: int


@dataclass(frozen=True, slots=True)
class MarginModel:
    value_at_risk_multiplier: int
    expected_shortfall_multiplier: int
    ratio_floor_bps: int
    ratio_cap_bps: int
    stale_initial_ratio_bps: int
    attestation_decay_seconds: int
    cure_buffer_bps: int
    short_option_charge_bps: int
    minimum_notional_bps: int
    term_floor_days: int


@dataclass(frozen=True, slots=True)
class LaneLimits:
    reduce_only_age: int
    halt_age: int
    attestation_max_age: int
    max_time_to_live: int
    basis_band_bps: int
    max_volatility_bps: int
    min_volatility_bps: int
    rise_grace_seconds: int
    rise_seconds: int
    volatility_step_bps: int
    volatility_speed_bps: int
    reference_band_bps: int
    reference_seconds: int


@dataclass(frozen=True, slots=True)
class AuctionCurve:
    duration_seconds: int
    start_discount_bps: int
    end_discount_bps: int
    insurance_fee_bps: int
    dust_requirement: int
    reward_bps: int
    most_reward: int


@dataclass(frozen=True, slots=True)
class RiskTerms:
    """`IMarginTerms.RiskTerms` of one underlying, in its order."""

    depth: int
    concentration_bps: int
    basis_bps: int
    confidence_bps: int
    price_band_bps: int
    credit_half_life_seconds: int
    offset_bps: int


@dataclass(frozen=True, slots=True)
class Annex:
    """Settings that a contract of the system keeps itself, by their digest."""

    module: str
    settings_digest: bytes


@dataclass(frozen=True, slots=True)
class StateLimits:
    """`IStateLane.StateLimits`, in its order."""

    least_spot_deviation: int
    most_spot_deviation: int
    least_volatility_deviation: int
    most_volatility_deviation: int
    deviation_speed: int
    correlation_speed: int
    daily_loosening: int
    weekly_loosening: int
    most_premium: int
    most_funding_rate: int
    most_borrow_premium: int
    borrow_premium_speed: int
    premium_average_seconds: int
    funding_period_seconds: int
    funding_life_seconds: int
    most_elapsed_seconds: int

    def elapsed(self, now: int, changed_at: int) -> int:
        """Seconds that count toward a move."""
        return min(now - changed_at, self.most_elapsed_seconds)

    def band(self, factor: int) -> tuple[int, int]:
        """Governance's band of a factor's standard deviation."""
        if factor % 2 == 0:
            return self.least_spot_deviation, self.most_spot_deviation
        return self.least_volatility_deviation, self.most_volatility_deviation


@dataclass(frozen=True, slots=True)
class ParametersSnapshot:
    """All of `IRiskParameters`, `IMarketState` and `IMarginTerms` at one block.

    `loadings` is the lower triangle by rows, `covariance` 2n x 2n by rows; `premiums` of perpetuals over index by
    underlying, `terms` of margin likewise. `digest` names the parameters, `state_digest` what the state lane sets.
    """

    digest: bytes
    underlyings: tuple[UnderlyingConfig, ...]
    expiries: tuple[int, ...]
    covariance: tuple[int, ...]
    loadings: tuple[int, ...]
    grid: tuple[ScenarioPoint, ...]
    model: MarginModel
    limits: LaneLimits
    curve: AuctionCurve
    annexes: tuple[Annex, ...] = ()
    premiums: tuple[int, ...] = ()
    borrow_premium: int = 0
    state_digest: bytes = bytes(32)
    terms: tuple[RiskTerms, ...] = ()

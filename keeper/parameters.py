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


@dataclass(frozen=True, slots=True)
class Annex:
    """Settings that a contract of the system keeps itself, by their digest."""

    module: str
    settings_digest: bytes


@dataclass(frozen=True, slots=True)
class ParametersSnapshot:
    """All of `IRiskParameters` at one block. `loadings` is the lower triangle by rows, `covariance` 2n x 2n by rows."""

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

"""From losses to what an account must hold."""

from risk.margin.account_margin import AccountMargin, account_margin, is_liquidatable, net_equity
from risk.margin.add_ons import (
    basis_add_on,
    concentration_add_on,
    oracle_age_add_on,
    short_option_minimum,
)
from risk.margin.calibration import (
    Calibration,
    Coverage,
    calibrated_to_cover,
    coverage,
    with_expected_shortfall_multiplier,
    with_grid_width,
)
from risk.margin.corridor import Ratios, fresh_ratios, requirement_wad, stale_ratios
from risk.margin.equity_bounds import equity_bounds
from risk.margin.inverse import TradeToRatio, deposit_to_reach, trade_to_reach
from risk.margin.liquidation_horizon import horizon_factor, liquidation_days
from risk.margin.procyclicality import (
    SmoothedMargin,
    SmoothingPolicy,
    buffered,
    smoothed_margin,
    with_stressed_weight,
)
from risk.margin.ramp import RampPath, ramp_toward, ramp_value
from risk.margin.ratios import AttestedRatios, attested_ratios
from risk.margin.requirement import (
    EquityInterval,
    MarginParameters,
    OwnRequirement,
    ScenarioPoint,
    Witness,
    delta_gamma_vega_requirement,
    equity_interval,
    own_requirement,
)

__all__ = [
    "AccountMargin",
    "AttestedRatios",
    "Calibration",
    "Coverage",
    "EquityInterval",
    "MarginParameters",
    "OwnRequirement",
    "RampPath",
    "Ratios",
    "ScenarioPoint",
    "SmoothedMargin",
    "SmoothingPolicy",
    "TradeToRatio",
    "Witness",
    "account_margin",
    "attested_ratios",
    "basis_add_on",
    "buffered",
    "calibrated_to_cover",
    "concentration_add_on",
    "coverage",
    "delta_gamma_vega_requirement",
    "deposit_to_reach",
    "equity_bounds",
    "equity_interval",
    "fresh_ratios",
    "horizon_factor",
    "is_liquidatable",
    "liquidation_days",
    "net_equity",
    "oracle_age_add_on",
    "own_requirement",
    "ramp_toward",
    "ramp_value",
    "requirement_wad",
    "short_option_minimum",
    "smoothed_margin",
    "stale_ratios",
    "trade_to_reach",
    "with_expected_shortfall_multiplier",
    "with_grid_width",
    "with_stressed_weight",
]

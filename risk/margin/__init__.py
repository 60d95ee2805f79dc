"""From losses to what an account must hold."""

from risk.margin.corridor import Ratios, fresh_ratios, requirement_wad, stale_ratios
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
    "AttestedRatios",
    "EquityInterval",
    "MarginParameters",
    "OwnRequirement",
    "Ratios",
    "ScenarioPoint",
    "Witness",
    "attested_ratios",
    "delta_gamma_vega_requirement",
    "equity_interval",
    "fresh_ratios",
    "own_requirement",
    "requirement_wad",
    "stale_ratios",
]

"""Ratios to the own requirement, and what they make of it, in the contract's own integers.

A fresh attestation of this very portfolio gives both ratios. Otherwise maintenance is the last attested ratio, decaying
linearly to 1 and never below 1, and initial the stale multiplier. Either way initial >= maintenance, and both end
inside [ratio_floor_bps, ratio_cap_bps].
"""

from dataclasses import dataclass

from risk.errors import InvalidInput
from risk.parameters import MarginParameters
from risk.units import BASIS_POINTS

__all__ = ["Ratios", "fresh_ratios", "requirement_wad", "stale_ratios"]


@dataclass(frozen=True, slots=True)
class Ratios:
    """Initial and maintenance requirement as ratios of the own requirement, basis points; initial >= maintenance."""

    initial_bps: int
    maintenance_bps: int


def fresh_ratios(*, initial_bps: int, maintenance_bps: int, parameters: MarginParameters) -> Ratios:
    """What a fresh attestation is worth: both ratios inside the corridor. Raises InvalidInput if negative."""
    if initial_bps < 0 or maintenance_bps < 0:
        raise InvalidInput(
            f"ratios must be at least 0, got initial {initial_bps}, maintenance {maintenance_bps}"
        )
    floor, cap = parameters.ratio_floor_bps, parameters.ratio_cap_bps
    return Ratios(
        initial_bps=min(max(initial_bps, maintenance_bps, floor), cap),
        maintenance_bps=min(max(maintenance_bps, floor), cap),
    )


def stale_ratios(*, last_maintenance_bps: int, age_seconds: int, parameters: MarginParameters) -> Ratios:
    """The ratios without a fresh attestation, `age_seconds` after the last one was observed (0 bps if never).

    The decay rounds up. Raises InvalidInput if an argument is negative.
    """
    if age_seconds < 0 or last_maintenance_bps < 0:
        raise InvalidInput(
            f"age and ratio must be at least 0, got {age_seconds} s, {last_maintenance_bps} bps"
        )
    decay = parameters.attestation_decay_seconds
    left = max(0, decay - age_seconds)
    excess = max(0, last_maintenance_bps - BASIS_POINTS)
    maintenance = BASIS_POINTS + (-(-excess * left // decay) if left else 0)
    return fresh_ratios(
        initial_bps=parameters.stale_initial_ratio_bps, maintenance_bps=maintenance, parameters=parameters
    )


def requirement_wad(*, own_requirement_wad: int, ratio_bps: int) -> int:
    """ratio x own requirement, integer WAD, rounded up. Raises InvalidInput if an argument is negative."""
    if own_requirement_wad < 0 or ratio_bps < 0:
        raise InvalidInput(
            f"requirement and ratio must be at least 0, got {own_requirement_wad}, {ratio_bps}"
        )
    return -(-own_requirement_wad * ratio_bps // BASIS_POINTS)

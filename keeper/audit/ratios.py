"""Ratios in force by an account's last attestation, and what a new verdict makes of it: `CorridorRatio`, replayed."""

from __future__ import annotations

from dataclasses import replace

from keeper.parameters import LaneLimits
from keeper.types import Attestation
from risk.margin.corridor import Ratios, fresh_ratios, stale_ratios
from risk.margin.ramp import RampPath, ramp_toward, ramp_value
from risk.parameters import MarginParameters
from risk.units import BASIS_POINTS


def unpack_attestation(word: int) -> Attestation:
    """`PackedAttestation.unpack`."""
    fields = ((192, 64), (176, 16), (160, 16), (144, 16), (104, 40), (64, 40), (0, 64))
    return Attestation(*(word >> shift & (1 << bits) - 1 for shift, bits in fields))


def in_force(
    last: Attestation, *, is_same_portfolio: bool, now: int, parameters: MarginParameters, limits: LaneLimits
) -> Ratios:
    """A fresh attestation of this very portfolio as far as it has risen, else the decaying last one."""
    maintenance = on_path(last, now, limits)
    age = now - last.observed_at
    if is_same_portfolio and last.observed_at and age <= limits.attestation_max_age:
        return fresh_ratios(
            initial_bps=last.initial_ratio_bps, maintenance_bps=maintenance, parameters=parameters
        )
    return stale_ratios(last_maintenance_bps=maintenance, age_seconds=age, parameters=parameters)


def on_path(last: Attestation, now: int, limits: LaneLimits) -> int:
    """The attested maintenance ratio as far as it has risen, basis points."""
    return ramp_value(path=_path(last), time=now, unit=BASIS_POINTS, rise_seconds=limits.rise_seconds)


def succeed(
    last: Attestation,
    verdict: Attestation,
    *,
    is_same_portfolio: bool,
    now: int,
    parameters: MarginParameters,
    limits: LaneLimits,
) -> Attestation:
    """The attestation after `verdict` was accepted at block time `now`."""
    current = in_force(
        last, is_same_portfolio=is_same_portfolio, now=now, parameters=parameters, limits=limits
    )
    path = ramp_toward(
        path=_path(last),
        current=current.maintenance_bps,
        on_path=on_path(last, now, limits),
        target=verdict.maintenance_ratio_bps,
        time=now,
        grace_seconds=limits.rise_grace_seconds,
    )
    return replace(verdict, rises_from_bps=path.origin, rises_at=path.starts_at)


def _path(last: Attestation) -> RampPath:
    return RampPath(last.rises_from_bps, last.maintenance_ratio_bps, last.rises_at)

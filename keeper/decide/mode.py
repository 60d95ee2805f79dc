"""The keeper's own mode."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from keeper.types import ConsensusPrice, Mode


@dataclass(frozen=True, slots=True)
class ModeThresholds:
    """`dispersion` is the relative distance of accepted sources from which the keeper only widens.

    `warm_up_rounds` is the number of rounds in agreement after a gap before it is NORMAL again.
    """

    dispersion: float = 0.03
    warm_up_rounds: int = 2


@dataclass(frozen=True, slots=True)
class ModeDecision:
    """The mode, why, and the count of good rounds so far."""

    mode: Mode
    reason: str
    good_rounds: int


def next_mode(
    *,
    prices: Iterable[ConsensusPrice],
    missing: Iterable[int],
    good_rounds: int,
    thresholds: ModeThresholds,
) -> ModeDecision:
    """HALTED without a consensus price of any underlying; SYNCING until warmed up; DEGRADED when sources disperse."""
    absent = sorted(missing)
    if absent:
        return ModeDecision(Mode.HALTED, f"no consensus price of underlyings {absent}", 0)
    dispersed = sorted(p.underlying for p in prices if p.dispersion > thresholds.dispersion)
    if dispersed:
        return ModeDecision(Mode.DEGRADED, f"sources of underlyings {dispersed} disperse", good_rounds)
    good = good_rounds + 1
    if good < thresholds.warm_up_rounds:
        return ModeDecision(Mode.SYNCING, f"{good} of {thresholds.warm_up_rounds} good rounds", good)
    return ModeDecision(Mode.NORMAL, "", good)

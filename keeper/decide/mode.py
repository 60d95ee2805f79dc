"""The keeper's own mode, from what it could observe and what it remembers of its last round."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from keeper.types import ConsensusPrice, Mode


@dataclass(frozen=True, slots=True)
class ModeThresholds:
    """`dispersion` is the relative distance of accepted sources from which the keeper only widens.

    `warm_up_rounds` is the number of rounds in agreement after a gap before it is NORMAL again. A gap is more than
    `gap_rounds` rounds not observed, a round without a price, or a newest block older than `head_age_seconds`.
    """

    dispersion: float = 0.03
    warm_up_rounds: int = 2
    gap_rounds: int = 3
    head_age_seconds: int = 300


@dataclass(frozen=True, slots=True)
class LastMode:
    """What survives a restart: the last observed round's number and mode, and the good rounds up to it."""

    mode: Mode = Mode.SYNCING
    good_rounds: int = 0
    number: int | None = None


NEVER_OBSERVED = LastMode()


@dataclass(frozen=True, slots=True)
class ModeDecision:
    """The mode, why, and the count of good rounds so far. `changed`: the last observed round had another mode."""

    mode: Mode
    reason: str
    good_rounds: int
    changed: bool = False
    warmed_up: bool = True


def next_mode(
    *,
    prices: Iterable[ConsensusPrice],
    missing: Iterable[int],
    last: LastMode,
    number: int,
    head_age_seconds: int,
    thresholds: ModeThresholds,
) -> ModeDecision:
    """HALTED without a consensus price of any underlying; DEGRADED when sources disperse or blocks stop; SYNCING until
    warmed up. `warmed_up` is false in DEGRADED too while good rounds are still owed."""
    mode, reason, good = _judged(prices, missing, last, number, head_age_seconds, thresholds)
    changed = last.number is not None and mode is not last.mode
    return ModeDecision(mode, reason, good, changed, good >= thresholds.warm_up_rounds)


def is_gap(last: LastMode, number: int, thresholds: ModeThresholds) -> bool:
    """Whether so many rounds went by unseen that what was agreed before no longer counts."""
    return last.number is None or not 0 <= number - last.number <= thresholds.gap_rounds


def _judged(
    prices: Iterable[ConsensusPrice],
    missing: Iterable[int],
    last: LastMode,
    number: int,
    head_age_seconds: int,
    thresholds: ModeThresholds,
) -> tuple[Mode, str, int]:
    good = 0 if is_gap(last, number, thresholds) else last.good_rounds
    absent = sorted(missing)
    if absent:
        return Mode.HALTED, f"no consensus price of underlyings {absent}", 0
    if head_age_seconds > thresholds.head_age_seconds:
        return Mode.DEGRADED, f"the newest block is {head_age_seconds} s old", 0
    dispersed = sorted(p.underlying for p in prices if p.dispersion > thresholds.dispersion)
    if dispersed:
        return Mode.DEGRADED, f"sources of underlyings {dispersed} disperse", good
    if (
        last.number != number
    ):  # a round that is observed again, after a restart or on a newer view, counts once
        good += 1
    if good < thresholds.warm_up_rounds:
        return Mode.SYNCING, f"{good} of {thresholds.warm_up_rounds} good rounds", good
    return Mode.NORMAL, "", good

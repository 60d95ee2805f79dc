"""Which signed prices wait for confirmation, as `PriceContinuity` has it: jumps, and rounds after an outage."""

from __future__ import annotations

from dataclasses import dataclass, replace

from keeper.audit.integers import divide_up
from keeper.audit.prices import move, widen
from keeper.chain import PriceInterval
from keeper.wire import PriceRow

CONFIRMING_ROUNDS = 3
JUMP_SIGMAS = 4
RESTART_CAP_SECONDS = 600
LEAST_OUTAGE_SECONDS = 60
CONFIDENCE_SCALE = 10**6


@dataclass(frozen=True, slots=True)
class Level:
    """A signed price and its confidence, WAD, and when it was observed."""

    price: int
    confidence: int
    observed_at: int


@dataclass(frozen=True, slots=True)
class SignedLevel:
    """A signed price, and the level that it left by a jump not confirmed yet."""

    current: Level
    left: Level | None

    def intervals(self, *, now: int, age_volatility: int) -> tuple[PriceInterval, PriceInterval | None]:
        """Of both, widened by their age."""
        before = None if self.left is None else _widened(self.left, now, age_volatility)
        return _widened(self.current, now, age_volatility), before


@dataclass(frozen=True, slots=True)
class Standing:
    """Rounds counted of a jump from `left`, or of a restart begun at `restarted_at`; none of either is settled."""

    jump_rounds: int = 0
    restart_rounds: int = 0
    left: Level | None = None
    restarted_at: int = 0

    def is_restarting(self, now: int) -> bool:
        return self.restart_rounds > 0 and now < self.restarted_at + RESTART_CAP_SECONDS


SETTLED = Standing()


def kept(row: PriceRow, observed_at: int) -> Level:
    """As `PackedPrice` keeps it: the confidence in millionths of the price, rounded up."""
    millionths = divide_up(row.confidence * CONFIDENCE_SCALE, row.price)
    return Level(row.price, divide_up(row.price * millionths, CONFIDENCE_SCALE), observed_at)


def follow(
    standing: Standing, last: Level, following: Level, *, now: int, halt_age: int, age_volatility: int
) -> Standing:
    """The standing after one more price at block time `now`."""
    silence = following.observed_at - last.observed_at
    if silence > LEAST_OUTAGE_SECONDS and silence > halt_age:
        return Standing(restart_rounds=1, restarted_at=now)
    is_later = silence > 0
    if standing.restart_rounds:
        rounds = standing.restart_rounds + is_later
        return SETTLED if rounds >= CONFIRMING_ROUNDS else replace(standing, restart_rounds=rounds)
    if standing.left is None:
        if _explains(last, following, age_volatility):
            return SETTLED
        return Standing(jump_rounds=1, left=last)
    if _explains(standing.left, following, age_volatility):
        return SETTLED
    is_same_side = (following.price > standing.left.price) == (last.price > standing.left.price)
    rounds = standing.jump_rounds + is_later if is_same_side else 1
    return SETTLED if rounds >= CONFIRMING_ROUNDS else replace(standing, jump_rounds=rounds)


def _explains(earlier: Level, later: Level, age_volatility: int) -> bool:
    """Whether both confidences and the volatility over the time between them cover their distance."""
    distance, slack = abs(later.price - earlier.price), earlier.confidence + later.confidence
    if distance <= slack:
        return True
    elapsed = later.observed_at - earlier.observed_at
    return distance <= slack + JUMP_SIGMAS * move(earlier.price, elapsed, age_volatility)


def _widened(level: Level, now: int, age_volatility: int) -> PriceInterval:
    return widen(
        price=level.price,
        confidence=level.confidence,
        observed_at=level.observed_at,
        now=now,
        age_volatility=age_volatility,
    )

"""Interest between negative and positive cash, as `contracts/libraries/Interest.sol` rounds it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from keeper.audit.integers import divide_up
from keeper.chain import AuditEvent
from keeper.types import WAD

BPS = 10_000
MICRO = 10**12
INDEX_ONE = 10**27
INDEX_MOST = 2**128 - 1
YEAR_SECONDS = 365 * 86_400


@dataclass(frozen=True, slots=True)
class InterestModel:
    """`InterestModel` of the contract: rates a year in 1e-6, `most_premium` WAD a year."""

    base_micros: int = 0
    slope_micros: int = 0
    steep_slope_micros: int = 0
    kink_bps: int = 0
    reserve_bps: int = 0
    most_premium: int = 0

    @classmethod
    def of(cls, event: AuditEvent) -> InterestModel:
        """What an `InterestModelSet` says."""
        names = ("baseMicros", "slopeMicros", "steepSlopeMicros", "kinkBps", "reserveBps", "mostPremium")
        return cls(*(event.arguments[name] for name in names))

    def rate(self, premium: int, debt: int, positive: int) -> int:
        """Yearly rate on debt, WAD, rounded up."""
        used = divide_up(debt * WAD, positive) if debt < positive else WAD
        kink = self.kink_bps * WAD // BPS
        base = self.base_micros * MICRO + premium
        if used <= kink:
            return base + divide_up(self.slope_micros * MICRO * used, kink)
        steep = divide_up(self.steep_slope_micros * MICRO * (used - kink), WAD - kink)
        return base + self.slope_micros * MICRO + steep


@dataclass(frozen=True, slots=True)
class Accrual:
    """Indices, totals and reserve as of `accrued_at`; `factor` is that of positive cash, shared losses included."""

    factor: int = INDEX_ONE
    generation: int = 0
    accrued_at: int = 0
    debt_index: int = INDEX_ONE
    reserve: int = 0
    positive: int = 0
    debt: int = 0

    def at(self, time: int, model: InterestModel, premium: int) -> Accrual:
        """With interest up to `time`."""
        elapsed, current = time - self.accrued_at, replace(self, accrued_at=time)
        if elapsed <= 0 or self.debt == 0:
            return current
        growth = divide_up(model.rate(premium, self.debt, self.positive) * elapsed, YEAR_SECONDS)
        index = self.debt_index + divide_up(self.debt_index * growth, WAD)
        if growth == 0 or index > INDEX_MOST:
            return current
        interest = self.debt * (index - self.debt_index) // self.debt_index
        lent = min(interest - interest * model.reserve_bps // BPS, self.positive * growth // WAD)
        factor, positive, paid = self._paid(lent)
        return replace(
            current,
            debt_index=index,
            debt=self.debt + interest,
            factor=factor,
            positive=positive,
            reserve=min(self.reserve + interest - paid, INDEX_MOST),
        )

    def _paid(self, lent: int) -> tuple[int, int, int]:
        """Factor and total of positive cash after `lent` is paid to it, and what was paid."""
        if self.positive == 0:
            return self.factor, self.positive, 0
        factor = self.factor * (self.positive + lent) // self.positive
        if factor > INDEX_MOST:
            return self.factor, self.positive, 0
        return factor, divide_up(self.positive * factor, self.factor), lent

"""The limits of the consensus rule. Fractions are of the price; times are seconds."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from keeper.errors import ConfigurationError

__all__ = ["ConsensusConfig"]


@dataclass(frozen=True, slots=True)
class ConsensusConfig:
    """One rule for every underlying.

    - `max_age_seconds`, `max_future_seconds`: how far a source's time may lie behind and ahead of the clock.
    - `max_age_of_domain`: exceptions as (failure domain, seconds), for sources that publish by heartbeat.
    - `max_unchanged_seconds`: a price that stood still longer, to the last digit, is a frozen feed.
    - `max_half_spread`: half the book's width over its price.
    - `jump_limit`: |ln(price / previous)| beyond which a lone source is refused, and beyond which a median
      that a third of the sources does not follow is doubted.
    - `dispersion_limit`, `dispersion_mads`: a source further from the median than the larger of the limit and
      that many median absolute deviations is an outlier.
    - `clamp`: how far from the median a source may pull the mean.
    - `min_domains`: independent sources a price needs.
    - `confidence_floor_bps`: least half-width of the interval, basis points of the price.
    - `max_confidence`: half-width beyond which there is no defensible price.
    """

    max_age_seconds: int = 120
    max_future_seconds: int = 5
    max_age_of_domain: tuple[tuple[str, int], ...] = ()
    max_unchanged_seconds: int = 900
    max_half_spread: Decimal = Decimal("0.02")
    jump_limit: Decimal = Decimal("0.25")
    dispersion_limit: Decimal = Decimal("0.03")
    dispersion_mads: Decimal = Decimal(4)
    clamp: Decimal = Decimal("0.01")
    min_domains: int = 3
    confidence_floor_bps: int = 5
    max_confidence: Decimal = Decimal("0.25")

    def __post_init__(self) -> None:
        if self.min_domains < 1:
            raise ConfigurationError(f"min_domains is {self.min_domains}: a price needs at least one")
        not_positive = {
            name: value
            for name, value in (
                ("max_age_seconds", self.max_age_seconds),
                ("max_unchanged_seconds", self.max_unchanged_seconds),
                ("max_half_spread", self.max_half_spread),
                ("jump_limit", self.jump_limit),
                ("dispersion_limit", self.dispersion_limit),
                ("dispersion_mads", self.dispersion_mads),
                ("clamp", self.clamp),
                ("max_confidence", self.max_confidence),
            )
            if value <= 0
        }
        if not_positive or self.max_future_seconds < 0 or self.confidence_floor_bps < 0:
            raise ConfigurationError(f"consensus limits must be positive: {not_positive or self}")

    def max_age(self, domain: str) -> int:
        """Oldest allowed time of a source of `domain`, in seconds before the clock."""
        return dict(self.max_age_of_domain).get(domain, self.max_age_seconds)

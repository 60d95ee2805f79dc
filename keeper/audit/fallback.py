"""Settlement prices that the signed lane did not give: `SettlementFallback`, replayed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keeper.audit.prices import combine
from keeper.chain import AuditEvent, PriceInterval
from keeper.decide.chores import MOST_GAP_SECONDS, WINDOW_SECONDS


@dataclass(frozen=True, slots=True)
class Samples:
    """The last price (WAD) and when it was taken, seconds covered, and the sum of price x seconds."""

    price: int = 0
    sampled_at: int = 0
    covered: int = 0
    weighted: int = 0

    def after(self, price: int, now: int) -> Samples:
        """With one more sample; a gap begins anew."""
        elapsed = now - self.sampled_at
        if elapsed > MOST_GAP_SECONDS:
            return Samples(price, now)
        return Samples(price, now, self.covered + elapsed, self.weighted + self.price * elapsed)


class FallbackReplay:
    """Samples by underlying and expiry."""

    def __init__(self) -> None:
        self.samples: dict[tuple[int, int], Samples] = {}

    def copy(self) -> FallbackReplay:
        """A replay that further events do not change."""
        other = FallbackReplay()
        other.samples = dict(self.samples)
        return other

    def apply(
        self, event: AuditEvent, readings: Mapping[int, Sequence[PriceInterval]], now: int
    ) -> list[str]:
        """Applies an event; says what about it does not follow from the sources and the samples before."""
        values = event.arguments
        key = (values["underlying"], values["expiry"])
        before = self.samples.get(key, Samples())
        if event.name == "SettlementDecided":
            return _decision_problems(before, values["price"], by_governance=values["byGovernance"])
        interval, agreeing = combine(None, None, readings.get(key[0], ()))
        price = interval.price if interval is not None and agreeing else None
        said = Samples(values["price"], now, values["coveredSeconds"], values["weightedPrice"])
        self.samples[key] = said
        problems = [] if values["price"] == price else [f"sample {values['price']}: sources agree on {price}"]
        if said != before.after(values["price"], now):
            problems.append(f"samples {said} do not follow {before}")
        return problems


def _decision_problems(samples: Samples, price: int, *, by_governance: bool) -> list[str]:
    if by_governance:
        return []
    if samples.covered >= WINDOW_SECONDS and price == samples.weighted // samples.covered:
        return []
    return [f"settlement {price} does not follow from {samples}"]

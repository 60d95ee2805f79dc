"""Credit prices replayed from the events of `MarginTerms`."""

from __future__ import annotations

from keeper.chain import AuditEvent
from risk.margin.credit_price import CreditMark, credit_prices


class CreditMarks:
    """The last mark of each underlying."""

    def __init__(self) -> None:
        self.last: dict[int, CreditMark] = {}

    def copy(self) -> CreditMarks:
        """Marks that further events do not change."""
        other = CreditMarks()
        other.last = dict(self.last)
        return other

    def prices(self, underlying: int, *, price: int, half_life: int, now: int) -> tuple[int, int]:
        """(low, high) as a mark now would leave them, WAD."""
        mark = self.last.get(underlying, CreditMark())
        return credit_prices(mark=mark, price=price, half_life_seconds=half_life, now=now)

    def apply(self, event: AuditEvent, *, price: int, half_life: int, now: int) -> list[str]:
        """Takes over what `CreditMarked` says; says where it does not follow from the mark before and the price."""
        said = event.arguments
        known = self.prices(said["underlying"], price=price, half_life=half_life, now=now)
        self.last[said["underlying"]] = CreditMark(said["low"], said["high"], now)
        if (said["low"], said["high"]) == known:
            return []
        return [f"credit prices {said['low']}, {said['high']}, replay gives {known}"]

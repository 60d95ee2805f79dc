"""Terms of trading, replayed from the events of `LedgerTerms`."""

from __future__ import annotations

from dataclasses import dataclass

from keeper.audit.integers import divide_up
from keeper.chain import AuditEvent
from keeper.chain.records import from_struct
from keeper.types import WAD

BPS = 10_000


@dataclass(frozen=True, slots=True)
class TradeTerms:
    """`TradeTerms` of the contract; `depth` in WAD units of the underlying."""

    depth: int = 0
    open_interest_bps: int = 0
    perpetual_fee_bps: int = 0
    option_fee_bps: int = 0

    @property
    def cap(self) -> int:
        """Most open interest, WAD units."""
        return self.depth * self.open_interest_bps // BPS

    def fee(self, quantity: int, price: int, *, is_perpetual: bool) -> int:
        """What each side pays, WAD, rounded up."""
        rate = self.perpetual_fee_bps if is_perpetual else self.option_fee_bps
        return divide_up(quantity * price * rate, BPS * WAD)


class Terms:
    """The terms in force; trade terms by underlying."""

    def __init__(self) -> None:
        self.trade: dict[int, TradeTerms] = {}

    def copy(self) -> Terms:
        """Terms that further events do not change."""
        other = Terms()
        other.trade = dict(self.trade)
        return other

    def apply(self, event: AuditEvent) -> None:
        """Applies an event."""
        if event.name == "TradeTermsSet":
            self.trade[event.arguments["underlying"]] = from_struct(TradeTerms, event.arguments)

    def of(self, underlying: int) -> TradeTerms:
        """All zero where none were set."""
        return self.trade.get(underlying, TradeTerms())

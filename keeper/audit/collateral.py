"""The collateral vault's events replayed: what counts, who holds what, and its worth as the contract values it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from keeper.chain import AuditEvent, PriceInterval
from keeper.types import WAD

BPS = 10_000
DEPOSIT, WITHDRAWAL, MOVED = range(3)

Prices = Callable[[int], PriceInterval | None]
"""The interval of an underlying now; None where it never had a price."""


@dataclass(frozen=True, slots=True)
class Token:
    """How a token counts: price underlying, haircuts in basis points, decimals."""

    underlying: int
    haircut_bps: int
    maintenance_haircut_bps: int
    cap: int
    decimals: int


class Collateral:
    """The vault after the events so far; amounts in token units by (account, token)."""

    def __init__(self) -> None:
        self.tokens: dict[str, Token] = {}
        self.held: dict[tuple[int, str], int] = {}
        self.totals: dict[str, int] = {}
        self.short: frozenset[str] = frozenset()
        self.quote_feed = 0

    def copy(self) -> Collateral:
        """A vault that further events do not change."""
        other = Collateral()
        other.tokens, other.held, other.totals = dict(self.tokens), dict(self.held), dict(self.totals)
        other.short, other.quote_feed = self.short, self.quote_feed
        return other

    def apply(self, event: AuditEvent) -> list[str]:
        """Applies an event; says what about it does not follow from the state before."""
        handler = _HANDLERS.get(event.name)
        return [] if handler is None else handler(self, event.arguments)

    def credit(self, account: int, cash: int, *, prices: Prices, now: int, halt_age: int) -> tuple[int, int]:
        """`creditOf`: cash as the quote token counts and collateral after haircut, for new risk and for liquidation."""
        low, high = self._cash(cash, prices, now, halt_age)
        for (holder, token), amount in self.held.items():
            if holder == account and amount:
                worse, better = self._value(token, amount, prices, now, halt_age)
                low, high = low + worse, high + better
        return low, high

    def sale_value(self, token: str, amount: int, *, prices: Prices) -> tuple[int, int]:
        """What a sale is priced at, WAD, one unit above the floor; and the largest discount share, WAD."""
        terms = self.tokens[token]
        interval = prices(terms.underlying)
        value = 0 if interval is None else amount * interval.price // 10**terms.decimals
        return value + (value != 0), terms.maintenance_haircut_bps * WAD // BPS

    def _value(self, token: str, amount: int, prices: Prices, now: int, halt_age: int) -> tuple[int, int]:
        terms = self.tokens[token]
        interval = prices(terms.underlying)
        if interval is None:
            return 0, 0
        scale = 10**terms.decimals * BPS
        usable = now <= interval.observed_at + halt_age and token not in self.short
        low = amount * (BPS - terms.haircut_bps) * interval.low // scale if usable else 0
        return low, amount * (BPS - terms.maintenance_haircut_bps) * interval.high // scale

    def _cash(self, cash: int, prices: Prices, now: int, halt_age: int) -> tuple[int, int]:
        if cash <= 0 or not self.quote_feed:
            return cash, cash
        interval = prices(self.quote_feed)
        if interval is None:
            return 0, cash
        worse = min(interval.low, WAD) if now <= interval.observed_at + halt_age else 0
        return cash * worse // WAD, cash * min(interval.high, WAD) // WAD

    def _set(self, values: Mapping[str, Any]) -> list[str]:
        names = ("underlying", "haircutBps", "maintenanceHaircutBps", "cap", "decimals")
        self.tokens[values["token"]] = Token(*(values[name] for name in names))
        return []

    def _feed(self, values: Mapping[str, Any]) -> list[str]:
        self.quote_feed = values["underlying"]
        return []

    def _shortage(self, values: Mapping[str, Any]) -> list[str]:
        token = values["token"]
        self.short = self.short | {token} if values["isShort"] else self.short - {token}
        follows = values["isShort"] == (values["held"] < values["owed"]) and values[
            "owed"
        ] == self.totals.get(token, 0)
        return (
            []
            if follows
            else [f"{token}: short {values['isShort']}, held {values['held']}, owed {values['owed']}"]
        )

    def _changed(self, values: Mapping[str, Any]) -> list[str]:
        key, change = (values["account"], values["token"]), values["change"]
        held, total = self.held.get(key, 0) + change, self.totals.get(key[1], 0) + change
        said = (values["heldAfter"], values["totalAfter"])
        self.held[key], self.totals[key[1]] = said
        problems = [] if key[1] in self.tokens else [f"token {key[1]} is not listed"]
        if said != (held, total) or min(said) < 0:
            problems.append(f"collateral {said}, replayed {(held, total)}")
        if (change < 0 and values["reason"] == DEPOSIT) or (change > 0 and values["reason"] == WITHDRAWAL):
            problems.append(f"reason {values['reason']} with a change of {change}")
        return problems


_HANDLERS: dict[str, Callable[[Collateral, Mapping[str, Any]], list[str]]] = {
    "CollateralSet": Collateral._set,
    "QuoteFeedSet": Collateral._feed,
    "ShortageChanged": Collateral._shortage,
    "CollateralChanged": Collateral._changed,
}

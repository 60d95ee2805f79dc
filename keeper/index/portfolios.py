"""Every account's positions as the ledger's events tell them, kept up with the index."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from keeper.errors import IndexIncomplete
from keeper.store import EventRecord, EventTable
from keeper.types import AccountState

LEDGER = "MarginAccounts"
_POSITION = "PositionChanged"
_EVENTS_A_PAGE = 5_000


@dataclass(slots=True)
class Portfolio:
    """Legs by wire instrument id (signed WAD), entry values of perpetuals by instrument, and the portfolio's nonce."""

    nonce: int = 0
    legs: dict[int, int] = field(default_factory=dict)
    entry_values: dict[int, int] = field(default_factory=dict)

    def differs_from(self, state: AccountState) -> str:
        """What a contract's own answer says otherwise, empty where both agree."""
        if self.nonce != state.portfolio_nonce:
            return f"portfolio nonce {state.portfolio_nonce}, by the events {self.nonce}"
        legs = {leg.instrument: leg.quantity for leg in state.legs}
        if legs != self.legs:
            odd = sorted(set(legs.items()) ^ set(self.legs.items()))
            return f"{len(legs)} legs, by the events {len(self.legs)}; they differ in instrument {odd[0][0]}"
        entered = sorted(value for value in state.entry_values if value)
        if entered != sorted(value for value in self.entry_values.values() if value):
            return f"entry values {entered} are not those of the events"
        return ""


class Portfolios:
    """Folds the ledger's events in the table; what a reorganisation took back is folded anew from the first event."""

    def __init__(self, table: EventTable) -> None:
        self._table = table
        self._last: EventRecord | None = None
        self._accounts: dict[int, Portfolio] = {}

    def advance(self) -> set[int]:
        """Takes in what the table has gained; gives the accounts whose cash or positions its events name.

        Raises `IndexIncomplete` where events are missing from the table.
        """
        if self._last is not None and not self._still_there(self._last):
            self.forget()
        named: set[int] = set()
        while page := self._table.events(LEDGER, after=self._seq, limit=_EVENTS_A_PAGE):
            for record in page:
                named |= self._take(record)
        return named

    def forget(self) -> None:
        """The next advance folds from the first event."""
        self._last, self._accounts = None, {}

    def of(self, account: int) -> Portfolio:
        """Empty for an account that no event gave a position."""
        return self._accounts.get(account) or Portfolio()

    @property
    def _seq(self) -> int:
        return 0 if self._last is None else self._last.seq

    def _still_there(self, last: EventRecord) -> bool:
        found = self._table.events(LEDGER, after=last.seq - 1, limit=1)
        return bool(found) and (found[0].seq, found[0].running_hash) == (last.seq, last.running_hash)

    def _take(self, record: EventRecord) -> set[int]:
        if record.seq != self._seq + 1:
            raise IndexIncomplete(
                f"the index has event {record.seq} of {LEDGER} after {self._seq}: its database was damaged"
            )
        self._last = record
        arguments = json.loads(record.arguments)
        if record.name == _POSITION:
            self._change(arguments)
        return {arguments["account"]} if "account" in arguments else set()

    def _change(self, arguments: Mapping[str, int]) -> None:
        portfolio = self._accounts.setdefault(arguments["account"], Portfolio())
        instrument, quantity = arguments["instrument"], arguments["quantityAfter"]
        portfolio.nonce = arguments["portfolioNonce"]
        if quantity:
            portfolio.legs[instrument] = quantity
            portfolio.entry_values[instrument] = arguments["entryValueAfter"]
        else:
            portfolio.legs.pop(instrument, None)
            portfolio.entry_values.pop(instrument, None)

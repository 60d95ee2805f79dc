"""The whole system at one point of the record: parameters, lanes and ledger, moved on event by event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from keeper.audit.calls import ContractCall
from keeper.audit.lanes import Context, Lanes
from keeper.audit.ledger import Ledger
from keeper.audit.parameters import ParameterReplay
from keeper.audit.rounds import SignedRound
from keeper.chain import AuditEvent
from keeper.types import AccountState


@dataclass(frozen=True, slots=True)
class World:
    """State after some event. `apply` moves it; `copy` stands still."""

    chain_id: int
    lanes_address: str
    rounds: Mapping[tuple[int, int], SignedRound]
    parameters: ParameterReplay = field(default_factory=ParameterReplay)
    lanes: Lanes = field(default_factory=Lanes)
    ledger: Ledger = field(default_factory=Ledger)

    def copy(self) -> World:
        return World(
            self.chain_id,
            self.lanes_address,
            self.rounds,
            self.parameters.copy(),
            self.lanes.copy(),
            self.ledger.copy(),
        )

    def set_parameters(self, calls: Iterable[ContractCall], time: int) -> None:
        """Applies the parameter setters among a transaction's calls."""
        for call in calls:
            if call.contract in ("RiskParameters", "GuardianTightening"):
                self.parameters.apply(call, time)

    def apply(self, event: AuditEvent, time: int) -> list[str]:
        """One event on; says what does not follow."""
        if event.contract == "MarginAccounts":
            return self.ledger.apply(event, self.lanes.funding)
        if event.contract == "SignedLanes":
            context = Context(
                self.chain_id, self.lanes_address, self.parameters, self.ledger, time, self.rounds
            )
            return self.lanes.apply(event, context)
        return []

    def cash(self, account: int) -> int:
        return self.ledger.cash(account, self.lanes.funding)

    def account(self, account: int) -> AccountState:
        return self.ledger.state(account, self.lanes.funding, len(self.parameters.underlyings))

    def accounts(self) -> tuple[AccountState, ...]:
        """Every account, in order of id."""
        return tuple(self.account(account) for account in sorted(self.ledger.accounts))

    def worth(self, account: int) -> int:
        """Cash less entry values, WAD: what a trade changes by exactly its price."""
        state = self.account(account)
        return state.cash - sum(state.entry_values)

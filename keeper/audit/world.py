"""The whole system at one point of the record: parameters, lanes and ledger, moved on event by event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from keeper.audit.calls import ContractCall
from keeper.audit.collateral import Collateral
from keeper.audit.lanes import Context, Lanes
from keeper.audit.ledger import Ledger
from keeper.audit.parameters import ParameterReplay
from keeper.audit.payouts import Payouts
from keeper.audit.rounds import Proof, SignedRound
from keeper.audit.terms import Terms
from keeper.chain import AuditEvent, PriceInterval
from keeper.types import AccountState


@dataclass(frozen=True, slots=True)
class World:
    """State after some event. `apply` moves it; `copy` stands still."""

    chain_id: int
    lanes_address: str
    rounds: Mapping[tuple[int, int], SignedRound]
    logged_rows: Mapping[bytes, bytes]
    proofs: Mapping[tuple[int, int], Proof]
    parameters: ParameterReplay = field(default_factory=ParameterReplay)
    lanes: Lanes = field(default_factory=Lanes)
    ledger: Ledger = field(default_factory=Ledger)
    collateral: Collateral = field(default_factory=Collateral)
    payouts: Payouts = field(default_factory=Payouts)
    terms: Terms = field(default_factory=Terms)

    def copy(self) -> World:
        return World(
            self.chain_id,
            self.lanes_address,
            self.rounds,
            self.logged_rows,
            self.proofs,
            self.parameters.copy(),
            self.lanes.copy(),
            self.ledger.copy(),
            self.collateral.copy(),
            self.payouts.copy(),
            self.terms.copy(),
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
        if event.contract == "LedgerTerms":
            self.terms.apply(event)
            return []
        if event.contract == "CollateralVault":
            return self.collateral.apply(event)
        if event.contract == "Payouts":
            return self.payouts.apply(event, time)
        if event.contract == "RiskParameters":
            return self.parameters.note(event)
        if event.contract == "SignedLanes":
            context = Context(
                self.chain_id,
                self.lanes_address,
                self.parameters,
                self.ledger,
                time,
                self.rounds,
                self.logged_rows,
                self.proofs,
            )
            return self.lanes.apply(event, context)
        return []

    def cash(self, account: int) -> int:
        return self.ledger.cash(account, self.lanes.funding)

    def credit(self, account: int, now: int) -> tuple[int, int]:
        """Cash and collateral as they count at a time, for new risk and for liquidation, WAD."""
        return self.collateral.credit(
            account,
            self.cash(account),
            prices=lambda underlying: self.interval(underlying, now),
            now=now,
            halt_age=self.parameters.limits.halt_age,
        )

    def interval(self, underlying: int, now: int) -> PriceInterval | None:
        """The price interval of an underlying; None where it never had a price."""
        if underlying not in self.lanes.prices:
            return None
        config = self.parameters.underlyings[underlying - 1]
        return self.lanes.interval(underlying, now=now, age_volatility=config.age_volatility)

    def account(self, account: int) -> AccountState:
        return self.ledger.state(account, self.lanes.funding, len(self.parameters.underlyings))

    def accounts(self) -> tuple[AccountState, ...]:
        """Every account, in order of id."""
        return tuple(self.account(account) for account in sorted(self.ledger.accounts))

    def worth(self, account: int) -> int:
        """Cash less entry values, WAD: what a trade changes by exactly its price and fee."""
        state = self.account(account)
        return state.cash - sum(state.entry_values)

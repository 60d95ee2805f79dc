"""The whole system at one point of the record: parameters, lanes and ledger, moved on event by event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from keeper.audit.calls import ContractCall
from keeper.audit.collateral import Collateral
from keeper.audit.context import Context
from keeper.audit.fallback import FallbackReplay
from keeper.audit.interest import Accrual, InterestModel
from keeper.audit.lanes import Lanes
from keeper.audit.ledger import Ledger
from keeper.audit.marks import CreditMarks
from keeper.audit.parameters import ParameterReplay
from keeper.audit.payouts import Payouts
from keeper.audit.policy_lane import PolicyLaneReplay, put_in_force
from keeper.audit.prices import SourceReplay, combine
from keeper.audit.quorum_lane import LaneContext
from keeper.audit.rounds import Proof, SignedRound
from keeper.audit.state_lane import StateLaneReplay
from keeper.audit.terms import Terms
from keeper.chain import AuditEvent, PriceInterval
from keeper.types import AccountState


@dataclass(slots=True)
class World:
    """State after some event, seen at a block time, for funding accrues. `apply` moves it; `copy` stands still."""

    chain_id: int
    addresses: Mapping[str, str]
    rounds: Mapping[tuple[int, int], SignedRound]
    logged_rows: Mapping[bytes, bytes]
    proofs: Mapping[tuple[int, int], Proof]
    time: int = 0
    parameters: ParameterReplay = field(default_factory=ParameterReplay)
    lanes: Lanes = field(default_factory=Lanes)
    ledger: Ledger = field(default_factory=Ledger)
    collateral: Collateral = field(default_factory=Collateral)
    payouts: Payouts = field(default_factory=Payouts)
    state: StateLaneReplay = field(default_factory=StateLaneReplay)
    policy: PolicyLaneReplay = field(default_factory=PolicyLaneReplay)
    sources: SourceReplay = field(default_factory=SourceReplay)
    terms: Terms = field(default_factory=Terms)
    marks: CreditMarks = field(default_factory=CreditMarks)
    fallback: FallbackReplay = field(default_factory=FallbackReplay)

    def copy(self) -> World:
        return World(
            self.chain_id,
            self.addresses,
            self.rounds,
            self.logged_rows,
            self.proofs,
            self.time,
            self.parameters.copy(),
            self.lanes.copy(),
            self.ledger.copy(),
            self.collateral.copy(),
            self.payouts.copy(),
            self.state.copy(),
            self.policy.copy(),
            self.sources.copy(),
            self.terms.copy(),
            self.marks.copy(),
            self.fallback.copy(),
        )

    def at(self, time: int) -> World:
        """A copy that is seen at another time."""
        world = self.copy()
        world.time = time
        return world

    @property
    def funding(self) -> dict[int, int]:
        """Funding index of every underlying now: governance's fixed part and the premium's."""
        ids = range(1, len(self.parameters.underlyings) + 1)
        return {
            u: self.lanes.funding.get(u, 0) + self.parameters.state.perpetual(u).index_at(self.time)
            for u in ids
        }

    def accruals(self, now: int) -> dict[tuple[int, int], tuple[int, int]]:
        """Of settlement prices not yet fixed, by (underlying, expiry): the seconds of their window that are over, and
        price x seconds in these (WAD). A window with a gap is absent."""
        known = {}
        for underlying in range(1, len(self.parameters.underlyings) + 1):
            for expiry in self.parameters.ever_listed:
                average = self.lanes.accrued(underlying, expiry, now)
                if average is not None and (underlying, expiry) not in self.lanes.settlements:
                    known[underlying, expiry] = average.covered, average.weighted
        return known

    def set_parameters(self, calls: Iterable[ContractCall], events: Sequence[AuditEvent], time: int) -> None:
        """Applies the parameter setters among a transaction's calls, given all its events."""
        step = next((event.arguments for event in events if event.name == "PolicyInForce"), None)
        for call in calls:
            if call.contract in ("RiskParameters", "GuardianTightening"):
                self.parameters.apply(call, time)
            elif call.contract == "PolicyLane" and step is not None:
                put_in_force(self.parameters, call, step["step"], step["steps"])

    def apply(self, event: AuditEvent, time: int) -> list[str]:
        """One event on; says what does not follow."""
        self.time = time
        if event.contract == "MarginAccounts":
            return self._ledger().apply(event, self.funding)
        if event.contract == "LedgerTerms":
            self.terms.apply(event)
            return []
        if event.contract == "MarginTerms":
            self.parameters.set_terms(event)
            return self._marked(event)
        if event.contract == "InterestRates":
            self._ledger().set_model(InterestModel.of(event))
            return []
        if event.contract == "CollateralVault":
            return self.collateral.apply(event)
        if event.contract == "Payouts":
            return self.payouts.apply(event, time)
        if event.contract == "SignedLanes":
            context = Context(
                self.chain_id,
                self.addresses["SignedLanes"],
                self.parameters,
                self.ledger,
                time,
                self.rounds,
                self.logged_rows,
                self.proofs,
            )
            return self.lanes.apply(event, context)
        if event.contract == "RiskParameters":
            return self.state.observed(event) + self.parameters.observe(event, time)
        if event.contract == "StateLane":
            return self.state.apply(event, self._context("StateLane"))
        if event.contract == "PolicyLane":
            return self.policy.apply(event, self._context("PolicyLane"))
        if event.contract == "SettlementFallback":
            return self._settled_otherwise(event, time)
        if event.contract in ("PriceIntervals", "Pause"):
            self.sources.apply(event)
        return []

    def _settled_otherwise(self, event: AuditEvent, time: int) -> list[str]:
        """What the fallback decides is what the lanes fix next."""
        values = event.arguments
        if event.name == "SettlementDecided":
            self.lanes.decided[values["underlying"], values["expiry"]] = values["price"]
        return self.fallback.apply(event, self.sources.readings, time)

    def _context(self, contract: str) -> LaneContext:
        address = self.addresses[contract]
        return LaneContext(self.chain_id, address, self.lanes, self.parameters, self.time, self.rounds)

    def _ledger(self) -> Ledger:
        """The ledger as it is seen now, for interest runs."""
        self.ledger.now, self.ledger.premium = self.time, self.parameters.state.borrow_premium
        return self.ledger

    @property
    def interest(self) -> Accrual:
        """Indices, totals and reserve with interest up to now."""
        return self._ledger().accrued

    def cash(self, account: int) -> int:
        return self._ledger().cash(account, self.funding)

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
        """`PriceIntervals.intervalOf`; None where there is no usable price."""
        return self.combined(underlying, now)[0]

    def combined(self, underlying: int, now: int) -> tuple[PriceInterval | None, int]:
        """The price interval of an underlying, and how many sources agree in it."""
        volatility = self.parameters.age_volatility(underlying)
        signed = self.lanes.signed(underlying, now=now, longest_age=self.parameters.limits.halt_age)
        current = before = None
        if signed is not None:
            current, before = signed.intervals(now=now, age_volatility=volatility)
        return combine(current, before, self.sources.readings.get(underlying, ()))

    def credit_interval(self, underlying: int, now: int) -> tuple[int, int] | None:
        """Least and greatest price that gains are credited at, WAD; None where there is no usable price."""
        interval = self.interval(underlying, now)
        if interval is None:
            return None
        half_life = self.parameters.terms_of(underlying).credit_half_life_seconds
        low, high = self.marks.prices(underlying, price=interval.price, half_life=half_life, now=now)
        return min(low, interval.low), max(high, interval.high)

    def _marked(self, event: AuditEvent) -> list[str]:
        """Moves a credit mark on by the replayed price; says where the event has another."""
        if event.name != "CreditMarked":
            return []
        underlying = event.arguments["underlying"]
        interval = self.interval(underlying, self.time)
        if interval is None:
            return ["marked without a usable price"]
        half_life = self.parameters.terms_of(underlying).credit_half_life_seconds
        return self.marks.apply(event, price=interval.price, half_life=half_life, now=self.time)

    def account(self, account: int) -> AccountState:
        return self._ledger().state(account, self.funding, len(self.parameters.underlyings))

    def accounts(self) -> tuple[AccountState, ...]:
        """Every account, in order of id."""
        return tuple(self.account(account) for account in sorted(self.ledger.accounts))

    def worth(self, account: int) -> int:
        """Cash less entry values, WAD: what a trade changes by exactly its price and fee."""
        state = self.account(account)
        return state.cash - sum(state.entry_values)

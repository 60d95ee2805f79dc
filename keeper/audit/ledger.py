"""The ledger's events replayed into account states, with funding and shared losses as the contracts round them.

effective cash = floor(written cash x survival now / survival then) for positive cash, -ceil(debt x index now / index
then) for negative, less funding not yet booked, ceil(quantity x (funding index - snapshot)) of every perpetual.
Interest runs up to `now` at `model` and `premium`, which whoever replays moves on. Each event is checked against the
state before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from keeper.audit.integers import divide_up, multiply_ceil
from keeper.audit.interest import Accrual, InterestModel
from keeper.chain import AuditEvent
from keeper.types import WAD, AccountState, LegState
from risk.instruments import Instrument

SURVIVAL_ONE = 10**27
GENERATION_SCALE = 10**9
GENERATIONS_TO_NOTHING = 6
REASON_DEPOSIT, REASON_WITHDRAWAL, REASON_FUNDING, REASON_SOCIALISED = 0, 1, 3, 9
REASON_AUCTION, REASON_INSURANCE_FEE, REASON_REWARD, REASON_DELEVERAGE, REASON_RESERVE = 6, 7, 10, 11, 12
REASON_TRADE_FEE, REASON_COLLATERAL_SOLD = 13, 14


@dataclass(frozen=True, slots=True)
class Survival:
    """Product of all factors of positive cash, losses and interest: factor x 1e-27 x 1e-9^generation."""

    factor: int = SURVIVAL_ONE
    generation: int = 0

    def after(self, factor_wad: int) -> Survival:
        """The product with one more factor, as `CashLedger._survive` scales it."""
        if factor_wad == 0:
            return Survival(SURVIVAL_ONE, self.generation + GENERATIONS_TO_NOTHING)
        product, generation = self.factor * factor_wad, self.generation
        while product < WAD * WAD:
            product, generation = product * GENERATION_SCALE, generation + 1
        return Survival(product // WAD, generation)

    def applied(self, cash: int, then: Survival) -> int:
        """Positive cash that was written at `then`, now; no factor is for negative cash."""
        if cash <= 0 or self == then:
            return cash
        generations = self.generation - then.generation
        if generations >= GENERATIONS_TO_NOTHING:
            return 0
        divisor: int = then.factor * GENERATION_SCALE**generations
        return cash * self.factor // divisor


@dataclass(frozen=True, slots=True)
class Perpetual:
    """What one underlying's perpetual cost, and the funding index when funding was last booked. WAD."""

    entry_value: int
    funding_snapshot: int


@dataclass(frozen=True, slots=True)
class LedgerAccount:
    """One account's storage. `owner` is the creator's choice: token transfers are not audit events. `survival` is the
    factor when positive cash was written, `debt_index` the index when negative cash was."""

    owner: str
    written: int = 0
    survival: Survival = Survival()
    debt_index: int = 0
    nonce: int = 0
    legs: tuple[LegState, ...] = ()
    perpetuals: Mapping[int, Perpetual] = field(default_factory=dict)

    def quantity(self, instrument: int) -> int:
        return next((leg.quantity for leg in self.legs if leg.instrument == instrument), 0)


class Ledger:
    """Accounts after the events so far. `funding` arguments are the lanes' indices by underlying."""

    def __init__(self) -> None:
        self.accounts: dict[int, LedgerAccount] = {}
        self.stored = Accrual()
        self.model = InterestModel()
        self.premium = 0
        self.now = 0

    def copy(self) -> Ledger:
        """A ledger that further events do not change."""
        other = Ledger()
        other.accounts, other.stored, other.now = dict(self.accounts), self.stored, self.now
        other.model, other.premium = self.model, self.premium
        return other

    @property
    def total_positive(self) -> int:
        """Positive cash up to the last accrual, WAD."""
        return self.stored.positive

    @property
    def accrued(self) -> Accrual:
        """Indices and totals with interest up to `now`."""
        return self.stored.at(self.now, self.model, min(self.premium, self.model.most_premium))

    def set_model(self, model: InterestModel) -> None:
        """Interest up to now is booked at the model before."""
        self.stored, self.model = self.accrued, model

    def apply(self, event: AuditEvent, funding: Mapping[int, int]) -> list[str]:
        """Applies an event; says what about it does not follow from the state before."""
        if event.name == "AccountCreated":
            return self._created(event)
        if event.name == "LossSocialised":
            return self._socialised(event)
        if event.name == "InterestAccrued":
            return self._interest(event)
        if event.name not in ("CashChanged", "PositionChanged"):
            return []
        if event.arguments["account"] not in self.accounts:
            return [f"account {event.arguments['account']} was never created"]
        if event.name == "CashChanged":
            return self._cash_changed(event, funding)
        return self._position_changed(event, funding)

    def cash(self, account: int, funding: Mapping[int, int]) -> int:
        """`cashOf`: after shared losses and all funding up to the indices given."""
        state = self.accounts[account]
        return self._booked(state) - sum(self._owed(state, u, funding) for u in state.perpetuals)

    def open_interest(self, underlying: int) -> int:
        """Sum of all long positions of an underlying, WAD units."""
        return sum(
            max(leg.quantity, 0)
            for state in self.accounts.values()
            for leg in state.legs
            if Instrument.decode(leg.instrument).underlying == underlying
        )

    def state(self, account: int, funding: Mapping[int, int], underlyings: int) -> AccountState:
        """The account as the chain's lens would give it; its owner and owner epoch are not replayed."""
        state = self.accounts[account]
        entries = [state.perpetuals.get(u) for u in range(1, underlyings + 1)]
        return AccountState(
            account=account,
            owner=state.owner,
            cash=self.cash(account, funding),
            portfolio_nonce=state.nonce,
            owner_epoch=0,
            entry_values=tuple(0 if entry is None else entry.entry_value for entry in entries),
            legs=state.legs,
        )

    def _booked(self, state: LedgerAccount) -> int:
        if state.written == 0:
            return 0
        current = self.accrued
        if state.written > 0:
            return Survival(current.factor, current.generation).applied(state.written, state.survival)
        return -divide_up(-state.written * current.debt_index, state.debt_index)

    def _owed(self, state: LedgerAccount, underlying: int, funding: Mapping[int, int]) -> int:
        quantity = state.quantity(Instrument(underlying, 0, 0, 0).encode())
        rise = funding.get(underlying, 0) - state.perpetuals[underlying].funding_snapshot
        return multiply_ceil(quantity, rise)

    def _created(self, event: AuditEvent) -> list[str]:
        account = event.arguments["account"]
        problems = [] if account == len(self.accounts) + 1 else [f"account {account} is not the next id"]
        self.accounts[account] = LedgerAccount(event.arguments["owner"])
        return problems

    def _cash_changed(self, event: AuditEvent, funding: Mapping[int, int]) -> list[str]:
        values = event.arguments
        state = self.accounts[values["account"]]
        before, after = self._booked(state), values["cashAfter"]
        problems = []
        if before + values["change"] != after:
            problems.append(f"cash {before} and change {values['change']} do not make {after}")
        if values["reason"] == REASON_FUNDING and values["change"] not in {
            -self._owed(state, u, funding) for u in state.perpetuals
        }:
            problems.append(f"funding {values['change']} does not follow from the funding index")
        current = self.accrued
        self.stored = replace(
            current,
            positive=current.positive + max(after, 0) - max(before, 0),
            debt=max(current.debt - max(-before, 0), 0) + max(-after, 0),
            reserve=current.reserve - (values["change"] if values["reason"] == REASON_RESERVE else 0),
        )
        if self.stored.reserve < 0:
            problems.append(f"reserve of {current.reserve} paid {values['change']}")
        self.accounts[values["account"]] = replace(
            state,
            written=after,
            survival=Survival(current.factor, current.generation),
            debt_index=current.debt_index,
        )
        return problems

    def _interest(self, event: AuditEvent) -> list[str]:
        names = ("debtIndex", "supplyFactor", "totalDebt", "totalPositiveCash", "reserve")
        said = tuple(event.arguments[name] for name in names)
        self.stored = current = self.accrued
        known = (current.debt_index, current.factor, current.debt, current.positive, current.reserve)
        return [] if said == known else [f"interest {said}, replayed {known}"]

    def _position_changed(self, event: AuditEvent, funding: Mapping[int, int]) -> list[str]:
        values = event.arguments
        state = self.accounts[values["account"]]
        problems = []
        if values["portfolioNonce"] != state.nonce + 1:
            problems.append(f"portfolio nonce {values['portfolioNonce']} after {state.nonce}")
        instrument = Instrument.decode(values["instrument"])
        perpetuals = dict(state.perpetuals)
        if instrument.is_perpetual:
            perpetuals[instrument.underlying] = Perpetual(
                values["entryValueAfter"], funding.get(instrument.underlying, 0)
            )
        self.accounts[values["account"]] = replace(
            state,
            nonce=values["portfolioNonce"],
            legs=with_leg(state.legs, LegState(values["instrument"], values["quantityAfter"])),
            perpetuals=perpetuals,
        )
        return problems

    def _socialised(self, event: AuditEvent) -> list[str]:
        total, loss = event.arguments["positiveCashBefore"], event.arguments["loss"]
        self.stored = current = self.accrued
        problems = []
        if total != self.total_positive:
            problems.append(f"positive cash {total}, replayed {self.total_positive}")
        factor = (total - loss) * WAD // total if total else 0
        if event.arguments["survival"] != factor:
            problems.append(f"survival {event.arguments['survival']}, loss and positive cash give {factor}")
        # The contract changes the factor before it writes the indebted account; that account's cash is not
        # positive afterwards, so which factor it was written under decides nothing.
        survived = Survival(current.factor, current.generation).after(event.arguments["survival"])
        self.stored = replace(
            current,
            factor=survived.factor,
            generation=survived.generation,
            positive=divide_up(total * event.arguments["survival"], WAD),
        )
        return problems


def with_leg(legs: tuple[LegState, ...], leg: LegState) -> tuple[LegState, ...]:
    """Sets a leg in the contract's order: a removed leg's place is taken by the last one."""
    place = next((i for i, held in enumerate(legs) if held.instrument == leg.instrument), len(legs))
    if leg.quantity:
        return (*legs[:place], leg, *legs[place + 1 :])
    if place == len(legs):
        return legs
    shortened = [*legs[:place], legs[-1], *legs[place + 1 :]]
    return tuple(shortened[:-1])

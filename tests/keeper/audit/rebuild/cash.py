"""Cash and its interest: what was written, under which index, and the totals that the indices multiply."""

from __future__ import annotations

from typing import Any

from keeper.audit.interest import Accrual
from keeper.audit.ledger import REASON_SOCIALISED, LedgerAccount
from keeper.chain import AuditEvent

from .record import Record, camel

LEDGER = "MarginAccounts"


def accrual(stored: Accrual) -> dict[str, Any]:
    """`Accrual` under the contract's names."""
    return {
        "supplyFactor": stored.factor,
        "generation": stored.generation,
        "accruedAt": stored.accrued_at,
        "debtIndex": stored.debt_index,
        "reserve": stored.reserve,
        "totalPositive": stored.positive,
        "totalDebt": stored.debt,
    }


def written_cash(record: Record) -> dict[int, dict[str, int]]:
    """Cash as last written: a debt under the debt index, everything else under the factor of positive cash."""
    accounts, survived = record.world.ledger.accounts, _survived(record)
    return {
        number: written(accounts[number], survived.get(number))
        for number in {e.arguments["account"] for e in record.events(LEDGER, "CashChanged")}
    }


def written(account: LedgerAccount, survived: int | None) -> dict[str, int]:
    if account.written < 0:
        return {"cash": account.written, "index": account.debt_index, "generation": 0}
    then = account.survival if survived is None else account.survival.after(survived)
    return {"cash": account.written, "index": then.factor, "generation": then.generation}


def _survived(record: Record) -> dict[int, int]:
    """The factor of the loss that wrote an account last. A socialised loss changes the product before it books the
    indebted account, though its event comes after, and the replay goes by events."""
    factors: dict[int, int] = {}
    events = record.events(LEDGER, "CashChanged", "LossSocialised")
    for place, event in enumerate(events):
        if event.name == "CashChanged":
            factors.pop(event.arguments["account"], None)
            if event.arguments["reason"] == REASON_SOCIALISED:
                factors[event.arguments["account"]] = _loss_after(events, place).arguments["survival"]
    return factors


def _loss_after(events: list[AuditEvent], place: int) -> AuditEvent:
    following = events[place + 1]
    if following.name != "LossSocialised":
        raise LookupError("a debt was written off without a loss")
    return following


def interest_rates(record: Record) -> dict[str, Any]:
    return {"_model": camel(record.world.ledger.model)}

"""Accounts and money: the ledger, payouts, collateral, trade orders, terms of trading."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from eth_utils.address import to_checksum_address

from keeper.types import LegState

from .cash import accrual, written_cash
from .record import Record, camel, of_names

LEDGER = "MarginAccounts"


def margin_accounts(record: Record) -> dict[str, Any]:
    ledger = record.world.ledger
    owners, epochs = _owners(record)
    underlyings = range(1, len(record.world.parameters.underlyings) + 1)
    return {
        "_name": "Tailguard Margin Account",
        "_symbol": "TGMA",
        "_owners": owners,
        "_balances": {o: list(owners.values()).count(o) for o in owners.values()},
        "_tokenApprovals": {},
        "_operatorApprovals": {},
        "accountCount": len(ledger.accounts),
        "ownerEpoch": epochs,
        "_delegates": _delegates(record),
        "_written": written_cash(record),
        "_stored": accrual(ledger.stored),
        "marginEngine": record.last(LEDGER, "MarginEngineSet", "engine"),
        "liquidation": record.last(LEDGER, "LiquidationModuleSet", "liquidation"),
        "collateral": record.last(LEDGER, "CollateralVaultSet", "vault"),
        "interestRates": record.last(LEDGER, "InterestRatesSet", "rates"),
        "_portfolios": {
            number: {"nonce": a.nonce, "legs": [_packed(leg) for leg in a.legs]}
            for number, a in ledger.accounts.items()
        },
        "_perpetuals": {
            number: {u: camel(held) for u, held in a.perpetuals.items()}
            for number, a in ledger.accounts.items()
        },
        "openInterest": {u: ledger.open_interest(u) for u in underlyings},
    }


def _owners(record: Record) -> tuple[dict[int, str], dict[int, int]]:
    """Owner and owner epoch by account: every transfer but the creation raises the epoch."""
    owners: dict[int, str] = {}
    epochs: dict[int, int] = defaultdict(int)
    for log in record.foreign:
        if log.contract != LEDGER or log.name == "AuthorityUpdated":
            continue
        if log.name != "Transfer":
            raise LookupError(f"{LEDGER} logged {log.name}, which nothing rebuilds")
        account = int.from_bytes(log.topics[3])
        owners[account] = to_checksum_address(log.topics[2][-20:])
        epochs[account] += any(log.topics[1])
    return owners, epochs


def _delegates(record: Record) -> dict[int, Any]:
    allowed: dict[int, Any] = defaultdict(lambda: defaultdict(dict))
    for event in record.events(LEDGER, "DelegateSet"):
        values = event.arguments
        allowed[values["account"]][0][values["delegate"]] = values["allowed"]
    return allowed


def _packed(leg: LegState) -> int:
    return leg.instrument << 128 | (leg.quantity % (1 << 128))


def payouts(record: Record) -> dict[str, Any]:
    replay = record.world.payouts
    flows: dict[str, Any] = defaultdict(dict)
    claims: dict[str, Any] = defaultdict(dict)
    for (vault, token), (net, at) in replay.flows.items():
        flows[vault][token] = {"net": net, "updatedAt": at}
    for (recipient, token), claim in replay.claims.items():
        claims[token][recipient] = claim
    return {
        "_limit": {"windowSeconds": replay.window_seconds, "limitBps": replay.limit_bps},
        "_flows": flows,
        "owed": replay.owed,
        "claimOf": claims,
    }


def collateral_vault(record: Record) -> dict[str, Any]:
    replay = record.world.collateral
    tokens = list(replay.tokens)
    fields = ("underlying", "haircutBps", "maintenanceHaircutBps", "cap")
    holdings: dict[int, Any] = defaultdict(lambda: {"places": 0, "amounts": {}})
    for (account, token), amount in replay.held.items():
        place = tokens.index(token)
        holdings[account]["amounts"][place] = amount
        holdings[account]["places"] |= bool(amount) << place
    return {
        "_tokens": tokens,
        "_configs": [of_names(camel(config), *fields) for config in replay.tokens.values()],
        "_decimals": [config.decimals for config in replay.tokens.values()],
        "_placePlusOne": {token: place + 1 for place, token in enumerate(tokens)},
        "quoteFeed": replay.quote_feed,
        "_holdings": holdings,
        "_totals": {tokens.index(token): total for token, total in replay.totals.items()},
        "_short": sum(1 << tokens.index(token) for token in replay.short),
    }


def trade_settlement(record: Record) -> dict[str, Any]:
    filled: dict[bytes, int] = defaultdict(int)
    for event in record.events("TradeSettlement", "TradeSettled"):
        for side in ("buyHash", "sellHash"):
            filled[event.arguments[side]] += event.arguments["quantity"]
    voided = [e.arguments["orderHash"] for e in record.events("TradeSettlement", "OrderVoided")]
    return {
        "_nameFallback": "",
        "_versionFallback": "",
        "filled": filled,
        "cancelled": dict.fromkeys(voided, True),
    }


def ledger_terms(record: Record) -> dict[str, Any]:
    trade = record.world.terms.trade
    return {"_terms": [camel(record.world.terms.of(u)) for u in range(1, max(trade, default=0) + 1)]}

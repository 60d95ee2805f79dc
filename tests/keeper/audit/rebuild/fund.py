"""The insurance fund: shares by the token standard's own logs, exits by the fund's."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from eth_utils.address import to_checksum_address

from .record import Record

CONTRACT = "InsuranceFund"
NOBODY = to_checksum_address(bytes(20))
NO_EXIT = {"owner": 0, "claimableAt": 0, "receiver": 0, "shares": 0}


def insurance_fund(record: Record) -> dict[str, Any]:
    balances, allowances = _shares(record)
    # What left nobody less what came back to it.
    supply = -balances.pop(NOBODY, 0)
    exits = {e.arguments["id"]: _exit(e.arguments) for e in record.events(CONTRACT, "ExitRequested")}
    for event in record.events(CONTRACT, "ExitClaimed", "ExitReturned"):
        exits[event.arguments["id"]] = NO_EXIT
    return {
        "_name": "Tailguard Insurance Fund",
        "_symbol": "TGIF",
        "_balances": balances,
        "_allowances": allowances,
        "_totalSupply": supply,
        "_exitCount": len(exits),
        "_exits": exits,
    }


def _exit(values: Any) -> dict[str, Any]:
    return {member: values[member] for member in NO_EXIT}


def _shares(record: Record) -> tuple[dict[str, int], dict[str, Any]]:
    balances: dict[str, int] = defaultdict(int)
    allowances: dict[str, Any] = defaultdict(dict)
    for log in (log for log in record.foreign if log.contract == CONTRACT):
        if log.name in ("AuthorityUpdated", "Deposit", "Withdraw"):
            continue
        if log.name not in ("Transfer", "Approval"):
            raise LookupError(f"{CONTRACT} logged {log.name}, which nothing rebuilds")
        first, second = (to_checksum_address(topic[-20:]) for topic in log.topics[1:3])
        amount = int.from_bytes(log.data)
        if log.name == "Approval":
            allowances[first][second] = amount
            continue
        balances[first] -= amount
        balances[second] += amount
    return balances, allowances

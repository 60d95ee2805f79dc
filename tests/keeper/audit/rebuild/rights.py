"""Rights: OpenZeppelin's access manager and timelock, from their own events."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from eth_abi.abi import decode
from eth_utils.address import to_checksum_address

from .record import Foreign, Record

MANAGER, TIMELOCK = "AccessManager", "Timelock"


def access_manager(record: Record) -> dict[str, Any]:
    roles: dict[int, Any] = defaultdict(lambda: {"members": {}, "admin": 0, "guardian": 0, "grantDelay": 0})
    targets: dict[str, Any] = defaultdict(lambda: {"allowedRoles": {}, "adminDelay": 0, "closed": False})
    schedules: dict[bytes, Any] = {}
    for log in record.foreign:
        if log.contract != MANAGER:
            continue
        if log.name in ("RoleGranted", "RoleRevoked"):
            _member(roles[int.from_bytes(log.topics[1])]["members"], log)
        elif log.name in ("RoleGuardianChanged", "RoleAdminChanged"):
            field = "guardian" if log.name == "RoleGuardianChanged" else "admin"
            roles[int.from_bytes(log.topics[1])][field] = int.from_bytes(log.topics[2])
        elif log.name == "TargetFunctionRoleUpdated":
            (selector,) = decode(["bytes4"], log.data)
            target = targets[to_checksum_address(log.topics[1][-20:])]
            target["allowedRoles"][selector] = int.from_bytes(log.topics[2])
        elif log.name in ("OperationScheduled", "OperationExecuted", "OperationCanceled"):
            _scheduled(schedules, log)
        elif log.name != "RoleLabel":
            raise LookupError(f"{MANAGER} logged {log.name}, which nothing rebuilds")
    return {"_targets": targets, "_roles": roles, "_schedules": schedules, "_executionId": b""}


def _member(members: dict[str, Any], log: Foreign) -> None:
    account = to_checksum_address(log.topics[2][-20:])
    if log.name == "RoleRevoked":
        del members[account]
        return
    delay, since, is_new = decode(["uint32", "uint48", "bool"], log.data)
    if not is_new:
        raise LookupError(f"a changed delay of {account} is packed with its time, which nothing rebuilds")
    members[account] = {"since": since, "delay": delay}


def _scheduled(schedules: dict[bytes, Any], log: Foreign) -> None:
    """The time is deleted when the operation is executed or cancelled, its number stays."""
    operation, nonce = log.topics[1], int.from_bytes(log.topics[2])
    timepoint = decode(["uint48"], log.data[:32])[0] if log.name == "OperationScheduled" else 0
    schedules[operation] = {"timepoint": timepoint, "nonce": nonce}


def timelock(record: Record) -> dict[str, Any]:
    roles: dict[bytes, Any] = defaultdict(lambda: {"hasRole": {}, "adminRole": b""})
    delay = 0
    for log in record.foreign:
        if log.contract != TIMELOCK:
            continue
        if log.name in ("RoleGranted", "RoleRevoked"):
            holder = to_checksum_address(log.topics[2][-20:])
            roles[log.topics[1]]["hasRole"][holder] = log.name == "RoleGranted"
        elif log.name == "MinDelayChange":
            _, delay = decode(["uint256", "uint256"], log.data)
        else:
            raise LookupError(f"{TIMELOCK} logged {log.name}, which nothing rebuilds")
    return {"_roles": roles, "_timestamps": {}, "_minDelay": delay}

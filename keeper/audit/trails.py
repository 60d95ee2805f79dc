"""Each contract's trail: whether its logs are whole, in order, unaltered, and end where the chain says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from keeper.chain import AuditEvent, Trail, verify_trail
from keeper.chain.events import NO_TRAIL
from keeper.errors import ChainError

VERIFIED = "verified"


def trail_results(events: Iterable[AuditEvent], chain: Mapping[str, Trail]) -> dict[str, str]:
    """By trail (a contract's or a lane's): `verified`, or what is wrong. `chain` are those the contracts report."""
    logs: dict[str, list[AuditEvent]] = {name: [] for name in chain}
    for event in events:
        if event.trail == NO_TRAIL:
            continue
        logs.setdefault(event.trail, []).append(event)
    return {name: _result(name, logs[name], chain.get(name)) for name in sorted(logs)}


def _result(name: str, events: list[AuditEvent], expected: Trail | None) -> str:
    try:
        trail = verify_trail(events)
    except ChainError as error:
        return str(error)
    if expected is None:
        return f"{name} reports no trail, but has {len(events)} events"
    if trail != expected:
        return f"{name} has {trail.seq} logs, the contract counts {expected.seq}: logs are missing at the end"
    return VERIFIED

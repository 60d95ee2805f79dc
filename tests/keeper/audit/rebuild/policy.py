"""The policy lane: accepted changes that wait, budgets, and which auctions were charged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple
from typing import Any

from keeper.audit.source import ChainLog
from keeper.chain import AuditEvent
from keeper.wire import policy_digest

from .market import DAY, WEEK, Bucket
from .record import Record

LANE = "PolicyLane"


def policy_lane(record: Record) -> dict[str, Any]:
    replay = record.world.policy.lane
    limits = replay.limits
    updates, last_step = _queue(record)
    newest = [e.block_number for e in record.events(LANE) if e.name in ("PolicyAccepted", "PolicyInForce")]
    charged = record.events(LANE, "LiquidationCharged")
    loosened = [
        (e.arguments["fall"], record.time(e))
        for e in record.events(LANE, "PolicyAccepted")
        if not e.arguments["byQuorum"]
    ]
    bases = [(e.arguments["base"], record.time(e)) for e in charged]
    return {
        "lastSequence": replay.sequence,
        "lastObservedAt": replay.observed_at,
        "_limits": dict(limits),
        "_updates": updates,
        "_lastUpdateBlock": max(newest, default=0),
        "_dailyLoosened": _bucket(loosened, limits["dailyLoosening"], DAY, capped=True),
        "_weeklyLoosened": _bucket(loosened, limits["weeklyLoosening"], WEEK, capped=True),
        "_dailyLiquidated": _bucket(bases, limits["dailyLiquidations"], DAY, capped=False),
        "_weeklyLiquidated": _bucket(bases, limits["weeklyLiquidations"], WEEK, capped=False),
        "_lastStepAt": last_step,
        "_chargedAuction": {e.arguments["account"]: e.arguments["auctionId"] for e in charged},
    }


def _bucket(charges: list[tuple[int, int]], capacity: int, period: int, *, capped: bool) -> dict[str, int]:
    bucket = Bucket(capacity, period)
    for amount, now in charges:
        bucket.fill(min(amount, capacity) if capped else amount, now)
    return bucket.slots()


def waiting_since(log: ChainLog) -> list[int]:
    """Blocks in which a change was accepted that waits: what was in force at their end, it starts from."""
    return [e.block_number for e in log.events if e.name == "PolicyAccepted" and e.arguments["steps"]]


def _queue(record: Record) -> tuple[list[dict[str, Any]], int]:
    """Updates that wait, and when a step was executed last."""
    waiting: list[dict[str, Any]] = []
    last_step = 0
    for event in record.events(LANE):
        values = event.arguments
        if event.name == "PolicyAccepted" and values["steps"]:
            waiting.append(_accepted(record, event))
        elif event.name == "PolicyDropped":
            waiting.pop()
        elif event.name == "PolicyInForce" and values["step"]:
            last_step = record.time(event)
            waiting = _advanced(waiting, values, last_step)
    return waiting, last_step


def _accepted(record: Record, event: AuditEvent) -> dict[str, Any]:
    values, then = event.arguments, record.moments[event.block_number]
    grid = [astuple(point) for point in then.parameters.grid]
    in_force = policy_digest(astuple(then.parameters.model), grid)
    return {
        "fromDigest": in_force,
        "toDigest": values["policy"],
        "currentDigest": in_force,
        "nextAt": values["nextAt"],
        "stepSeconds": then.policy.lane.limits["stepSeconds"],
        "steps": values["steps"],
        "done": 0,
        "reshaped": values["steps"] == 1,
    }


def _advanced(waiting: list[dict[str, Any]], values: Mapping[str, Any], now: int) -> list[dict[str, Any]]:
    if values["step"] == values["steps"]:
        return []
    newest = waiting[-1]
    done = {"currentDigest": values["policy"], "done": values["step"], "nextAt": now + newest["stepSeconds"]}
    return [*waiting[:-1], {**newest, **done}]

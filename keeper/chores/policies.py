"""The policy lane's upkeep: the step of a pending policy that may be executed now, and auctions that a step caused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from keeper.chain import Block, Call, ChainReader
from keeper.chores.ports import Policies, Policy
from keeper.decide.chore_facts import StepFacts
from keeper.errors import TransactionFailed
from keeper.wire import policy_digest

_GETTERS = ("pendingUpdates", "policyLimits", "budgets", "policy")


def as_arguments(struct: Mapping[str, Any]) -> Policy:
    """A decoded `Policy` as the lane's functions take it."""
    return tuple(struct["model"].values()), tuple(tuple(point.values()) for point in struct["grid"])


def digest_of(policy: Policy) -> str:
    """`PolicyLane.digestOf`, 0x-hex."""
    return "0x" + policy_digest(*policy).hex()


async def read_step(reader: ChainReader, policies: Policies | None, block: Block) -> StepFacts | None:
    """None where no step is due, its time is over, liquidations hold it up, or nobody here knows both policies."""
    if policies is None:
        return None
    lane = reader.contracts["PolicyLane"]
    updates, limits, budgets, held = await reader.caller.call_many(
        [Call(lane, getter) for getter in _GETTERS], block=block
    )
    if not updates or _is_held_up(limits, budgets):
        return None
    update, in_force = updates[-1], as_arguments(held)
    source, target, current = (
        "0x" + update[name].hex() for name in ("fromDigest", "toDigest", "currentDigest")
    )
    is_due = update["nextAt"] <= block.timestamp <= update["nextAt"] + limits["windowSeconds"]
    if not is_due or digest_of(in_force) != current:
        return None
    known = {**await policies.known(target), current: in_force}
    if source not in known or target not in known:
        return None
    return StepFacts(target, update["done"], known[source], known[target])


def _is_held_up(limits: Mapping[str, int], budgets: tuple[int, int, int, int]) -> bool:
    *_, daily, weekly = budgets
    return daily >= limits["dailyLiquidations"] or weekly >= limits["weeklyLiquidations"]


async def chargeable_of(reader: ChainReader, running: Iterable[int], block: Block) -> frozenset[int]:
    """Accounts on auction that the lane would charge: it alone knows its last step and what it has charged."""
    accounts, lane = list(running), reader.contracts["PolicyLane"]
    calls = [Call(lane, "chargeLiquidation", (account,)) for account in accounts]
    answers = await reader.caller.call_many(calls, block=block, keep_reverts=True)
    pairs = zip(accounts, answers, strict=True)
    return frozenset(account for account, answer in pairs if not isinstance(answer, TransactionFailed))

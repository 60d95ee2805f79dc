"""Policies replayed: which one a call put in force, and whether its digest is the one the lane recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, fields
from typing import Any

from keeper.audit.calls import ContractCall
from keeper.audit.parameters import ParameterReplay
from keeper.audit.quorum_lane import LaneContext, QuorumLaneReplay
from keeper.chain import AuditEvent
from keeper.chain.events import LANE_ROUND_ACCEPTED
from keeper.chain.records import from_struct
from keeper.parameters import MarginModel, ScenarioPoint
from keeper.wire import policy_digest

LIMITS = (
    "graceSeconds",
    "stepSeconds",
    "windowSeconds",
    "attributionSeconds",
    "mostRise",
    "dailyLoosening",
    "weeklyLoosening",
    "dailyLiquidations",
    "weeklyLiquidations",
)
Policy = tuple[MarginModel, tuple[ScenarioPoint, ...]]


class PolicyLaneReplay:
    """The lane's storage that a round or a step is judged by."""

    def __init__(self) -> None:
        self.lane = QuorumLaneReplay(dict.fromkeys(LIMITS, 0))

    def copy(self) -> PolicyLaneReplay:
        other = PolicyLaneReplay()
        other.lane = self.lane.copy()
        return other

    def apply(self, event: AuditEvent, context: LaneContext) -> list[str]:
        """One of the lane's own events on."""
        if event.name == "PolicyLimitSet":
            return self.lane.limit_set(event)
        if event.name == LANE_ROUND_ACCEPTED:
            return self.lane.accepted(event, context)
        if event.name != "PolicyInForce":
            return []
        held = policy_digest(
            astuple(context.parameters.model), [astuple(point) for point in context.parameters.grid]
        )
        if held == event.arguments["policy"]:
            return []
        return [f"policy: event 0x{event.arguments['policy'].hex()}, in force is 0x{held.hex()}"]


def put_in_force(parameters: ParameterReplay, call: ContractCall, step: int, steps: int) -> None:
    """Applies what a call of the policy lane made of the policy; `step` of `steps` as the lane recorded them."""
    content = _CONTENTS.get(call.function)
    if content is not None:
        parameters.set_policy(*content(call.arguments, step, steps))


def policy_of(struct: Mapping[str, Any]) -> Policy:
    """A decoded `Policy`."""
    return (
        from_struct(MarginModel, struct["model"]),
        tuple(from_struct(ScenarioPoint, point) for point in struct["grid"]),
    )


def mixed(source: Policy, target: Policy, step: int, steps: int) -> Policy:
    """`PendingUpdate`: every field source + (target - source) x step / steps, toward the source; a grid of another
    shape comes whole with the last step."""
    if step == steps:
        return target
    values = {
        f.name: _mix(getattr(source[0], f.name), getattr(target[0], f.name), step, steps)
        for f in fields(MarginModel)
    }
    shapes = [[(p.spot_shock_bps, p.volatility_shock_bps) for p in grid] for grid in (source[1], target[1])]
    return MarginModel(**values), source[1] if shapes[0] != shapes[1] else _weights(
        source[1], target[1], step, steps
    )


def _weights(
    source: Sequence[ScenarioPoint], target: Sequence[ScenarioPoint], step: int, steps: int
) -> tuple[ScenarioPoint, ...]:
    return tuple(
        ScenarioPoint(a.spot_shock_bps, a.volatility_shock_bps, _mix(a.weight_bps, b.weight_bps, step, steps))
        for a, b in zip(source, target, strict=True)
    )


def _mix(source: int, target: int, step: int, steps: int) -> int:
    if target >= source:
        return source + (target - source) * step // steps
    return source - (source - target) * step // steps


_CONTENTS: dict[str, Callable[[Mapping[str, Any], int, int], Policy]] = {
    "publishPolicy": lambda given, _step, _steps: policy_of(given["target"]),
    "setPolicy": lambda given, _step, _steps: policy_of(given["target"]),
    "veto": lambda given, _step, _steps: policy_of(given["from"]),
    "execute": lambda given, step, steps: mixed(
        policy_of(given["from"]), policy_of(given["to"]), step, steps
    ),
}

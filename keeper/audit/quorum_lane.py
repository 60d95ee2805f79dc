"""Rounds of the lanes that have a contract of their own: state and policy, checked as those of `SignedLanes` are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from keeper.audit.lanes import Lanes
from keeper.audit.parameters import ParameterReplay
from keeper.audit.rounds import Quorum, SignedRound, round_problems
from keeper.chain import AuditEvent
from keeper.wire import settings_digest


@dataclass(frozen=True, slots=True)
class LaneContext:
    """What else the chain knew: who could sign, the parameters, the block time, and the rounds in calldata."""

    chain_id: int
    contract: str
    lanes: Lanes
    parameters: ParameterReplay
    time: int
    rounds: Mapping[tuple[int, int], SignedRound]


@dataclass(slots=True)
class QuorumLaneReplay:
    """One lane's sequence and its own limits by name, in the order of the struct."""

    limits: dict[str, int]
    sequence: int = 0
    observed_at: int = 0
    round: SignedRound | None = field(default=None)

    def copy(self) -> QuorumLaneReplay:
        return QuorumLaneReplay(dict(self.limits), self.sequence, self.observed_at, self.round)

    def limit_set(self, event: AuditEvent) -> list[str]:
        """A limit's old value, bound and name against what is known."""
        said = event.arguments
        name = said["name"].rstrip(b"\0").decode()
        problems = []
        if name not in self.limits:
            return [f"limit {name}: there is none of this name"]
        if said["oldValue"] != self.limits[name]:
            problems.append(f"limit {name}: old {said['oldValue']}, replay gives {self.limits[name]}")
        if not said["least"] <= said["newValue"] <= said["most"]:
            problems.append(f"limit {name}: {said['newValue']} outside [{said['least']}, {said['most']}]")
        self.limits[name] = said["newValue"]
        return problems

    def accepted(self, event: AuditEvent, context: LaneContext) -> list[str]:
        """Sequence, times, configuration digest and signatures of an accepted round."""
        said, problems = event.arguments, []
        if said["laneSeq"] != self.sequence + 1:
            problems.append(f"seq: {said['laneSeq']} after {self.sequence}")
        if said["observedAt"] < self.observed_at:
            problems.append(f"observedAt: {said['observedAt']} before {self.observed_at}")
        self.sequence, self.observed_at = said["laneSeq"], said["observedAt"]
        self.round = context.rounds.get((said["lane"], said["laneSeq"]))
        if self.round is None:
            return problems  # published from inside another contract: its calldata is not in the record
        quorum = Quorum(
            context.chain_id,
            context.contract,
            context.lanes.epoch,
            context.lanes.signers,
            context.lanes.threshold,
            settings_digest(context.parameters.snapshot().digest, tuple(self.limits.values())),
        )
        limits = context.parameters.limits
        return problems + round_problems(self.round, event, quorum, limits, context.time)

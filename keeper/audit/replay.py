"""One pass over the record: state moved on event by event, every deciding event checked, rounds collected."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from keeper.audit.calls import CallDecoder, ContractCall
from keeper.audit.decisions import DECIDING, Decisions
from keeper.audit.rounds import Proof, SignedRound, decode_proof, decode_round, lane_name
from keeper.audit.source import ChainLog, Progress
from keeper.audit.step import Step
from keeper.audit.world import World
from keeper.chain import AuditEvent
from keeper.chain.events import LANE_ROUND_ACCEPTED, ROUND_ACCEPTED
from risk.errors import RiskError

# What an accepted state round makes the contracts record; its problems are the round's.
_STATE_EVENTS = frozenset({"PremiumAveraged", "PerpetualStateSet", "BorrowPremiumSet"})


@dataclass(slots=True)
class LaneRecord:
    """One accepted round of one lane; `problems` are of its calldata and its rows' events."""

    lane: int
    seq: int
    snapshot: bytes
    model: bytes
    block: int
    transaction_hash: str
    signed: SignedRound | None
    problems: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{lane_name(self.lane)} round {self.seq} in block {self.block}"


@dataclass(frozen=True, slots=True)
class Replay:
    """What the pass found. `moments` are states at the end of the blocks asked for; `world` is the last."""

    world: World
    moments: dict[int, World]
    lanes: tuple[LaneRecord, ...]
    unexplained: tuple[str, ...]


def decode_transactions(log: ChainLog) -> dict[str, list[ContractCall]]:
    """The system's calls of every transaction of the record."""
    decoder = CallDecoder(log.contracts)
    return {digest: decoder.calls(sent) for digest, sent in log.transactions.items()}


def signed_rounds(calls: Iterable[Sequence[ContractCall]]) -> dict[tuple[int, int], SignedRound]:
    """Published rounds by (lane, sequence number)."""
    decoded = (decode_round(call) for of_one in calls for call in of_one)
    return {(r.header.lane, r.header.seq): r for r in decoded if r is not None}


def proofs(calls: Iterable[Sequence[ContractCall]]) -> dict[tuple[int, int], Proof]:
    """Proofs sent, by account and the root's sequence number."""
    decoded = (decode_proof(call) for of_one in calls for call in of_one)
    return {(p.row.account, p.seq): p for p in decoded if p is not None}


class Replayer:
    """Replays a record once."""

    def __init__(self, log: ChainLog, calls: dict[str, list[ContractCall]], progress: Progress) -> None:
        self._log, self._calls, self._progress = log, calls, progress
        addresses = {name: contract.address for name, contract in log.contracts.items()}
        self._world = World(
            log.chain_id, addresses, signed_rounds(calls.values()), log.logged_rows, proofs(calls.values())
        )
        self._decisions = Decisions(log.contracts["InsuranceFund"].address)
        self._lanes: list[LaneRecord] = []
        self._unexplained: list[str] = []

    def run(self, blocks: Collection[int]) -> Replay:
        """Replays everything; `blocks` are those whose end state is kept."""
        wanted = sorted(set(blocks), reverse=True)
        moments: dict[int, World] = {}
        done = 0
        for digest, events in _by_transaction(self._log.events):
            while wanted and wanted[-1] < events[0].block_number:
                moments[wanted.pop()] = self._world.copy()
            self._transaction(digest, events)
            done += len(events)
            self._progress("replaying", done, len(self._log.events))
        moments.update((block, self._world.copy()) for block in wanted if block <= self._log.head.number)
        return Replay(self._world, moments, tuple(self._lanes), tuple(self._unexplained))

    def _transaction(self, digest: str, events: Sequence[AuditEvent]) -> None:
        calls, time = self._calls.get(digest, []), self._log.times[events[0].block_number]
        is_deciding = any(event.name in DECIDING for event in events)
        self._world.sources.readings = self._log.readings.get(events[0].block_number, {})
        before = self._world.at(time) if is_deciding else self._world
        has_set = False
        since: list[AuditEvent] = []
        for event in events:
            if event.contract == "RiskParameters" and not has_set:
                self._world.set_parameters(calls, events, time)
                has_set = True
            self._note(event, self._world.apply(event, time))
            since.append(event)
            self._decide(event, before, since, calls, time)
            if event.name in DECIDING:
                before, since = self._world.copy(), []

    def _decide(
        self,
        event: AuditEvent,
        before: World,
        since: Sequence[AuditEvent],
        calls: Sequence[ContractCall],
        time: int,
    ) -> None:
        step = Step(event, before=before, now_world=self._world, since=since, calls=calls, time=time)
        try:
            problems = self._decisions.check(step)
        except (RiskError, LookupError, ValueError) as error:
            problems = [f"cannot be recomputed: {type(error).__name__} {error}"]
        self._unexplained.extend(f"{_place(event)}: {problem}" for problem in problems)

    def _note(self, event: AuditEvent, problems: Sequence[str]) -> None:
        if event.contract == "PolicyLane":  # people's decision: there is no evidence to derive it from
            self._unexplained.extend(f"{_place(event)}: {problem}" for problem in problems)
            return
        if event.name in (ROUND_ACCEPTED, LANE_ROUND_ACCEPTED):
            record = self._record(event)
            record.problems.extend(problems)
            self._lanes.append(record)
            return
        if event.name in _STATE_EVENTS and self._lanes:
            self._lanes[-1].problems.extend(problems)
            return
        self._unexplained.extend(f"{_place(event)}: {problem}" for problem in problems)

    def _record(self, event: AuditEvent) -> LaneRecord:
        values = event.arguments
        seq = values.get("laneSeq", event.seq)
        return LaneRecord(
            lane=values["lane"],
            seq=seq,
            snapshot=values["snapshot"],
            model=values["model"],
            block=event.block_number,
            transaction_hash=event.transaction_hash,
            signed=self._world.rounds.get((values["lane"], seq)),
        )


def _by_transaction(events: Iterable[AuditEvent]) -> Iterator[tuple[str, list[AuditEvent]]]:
    for digest, group in groupby(events, key=lambda event: event.transaction_hash):
        yield digest, list(group)


def _place(event: AuditEvent) -> str:
    about = event.arguments.get("account", event.arguments.get("lane", ""))
    return f"{event.name} {about} in block {event.block_number}".replace("  ", " ")

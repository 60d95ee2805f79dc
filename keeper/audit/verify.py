"""Verdicts on rounds: each lane of a keeper round against its calldata, its bundle and the replayed chain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keeper.assess import Evidence
from keeper.audit.rederive import (
    Derived,
    Models,
    context_problems,
    derive,
    read_evidence,
    row_problems,
)
from keeper.audit.replay import LaneRecord
from keeper.audit.rounds import Verdict, lane_name
from keeper.audit.source import Progress
from keeper.audit.world import World
from keeper.chain import Block
from keeper.consensus import NoConsensus
from keeper.errors import AssessmentFailed, ConfigurationError, EvidenceError
from keeper.margin_tree import margin_root
from keeper.wire import LANE_MARGIN_ROOTS
from risk.errors import RiskError


@dataclass(frozen=True, slots=True)
class LaneResult:
    """One lane's verdict; `reason` names the first thing that differs or is missing."""

    lane: str
    seq: int
    block: int
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class RoundResult:
    """One keeper round: the lanes that share a snapshot; its verdict is the worst of theirs. Gas is in units."""

    snapshot: str
    lanes: tuple[LaneResult, ...]
    gas: int

    @property
    def verdict(self) -> Verdict:
        verdicts = {lane.verdict for lane in self.lanes}
        for worst in (Verdict.MISMATCHED, Verdict.UNVERIFIED):
            if worst in verdicts:
                return worst
        return Verdict.VERIFIED


@dataclass(frozen=True, slots=True)
class Blocks:
    """What evidence is held against: canonical blocks, and the replayed state at their ends."""

    known: Mapping[int, Block]
    moments: Mapping[int, World]


def rounds_of(records: Sequence[LaneRecord]) -> list[list[LaneRecord]]:
    """Lane records grouped by snapshot, in the order of their first acceptance."""
    groups: dict[bytes, list[LaneRecord]] = {}
    for record in records:
        groups.setdefault(record.snapshot, []).append(record)
    return list(groups.values())


def verify_rounds(
    records: Sequence[LaneRecord],
    *,
    evidence: Mapping[bytes, Evidence | EvidenceError],
    blocks: Blocks,
    models: Models,
    gas: Mapping[str, int],
    progress: Progress,
) -> tuple[RoundResult, ...]:
    """Every keeper round's verdict."""
    groups, results = rounds_of(records), []
    for position, group in enumerate(groups, start=1):
        found = evidence[group[0].snapshot]
        lanes = _verdicts(group, found, blocks, models)
        used = sum(gas[digest] for digest in dict.fromkeys(record.transaction_hash for record in group))
        results.append(RoundResult("0x" + group[0].snapshot.hex(), lanes, used))
        progress("re-deriving rounds", position, len(groups))
    return tuple(results)


def read_all(
    snapshots: Iterable[bytes], bundles: Callable[[bytes], dict[str, Any]]
) -> dict[bytes, Evidence | EvidenceError]:
    """Evidence by snapshot, with the error in its place where a bundle is missing, altered or foreign."""
    return {snapshot: _read(snapshot, bundles) for snapshot in dict.fromkeys(snapshots)}


def _read(snapshot: bytes, bundles: Callable[[bytes], dict[str, Any]]) -> Evidence | EvidenceError:
    try:
        return read_evidence(bundles, snapshot)
    except EvidenceError as error:
        return error


def _verdicts(
    group: Sequence[LaneRecord], evidence: Evidence | EvidenceError, blocks: Blocks, models: Models
) -> tuple[LaneResult, ...]:
    if isinstance(evidence, EvidenceError):
        return tuple(_result(record, None, str(evidence), Verdict.UNVERIFIED) for record in group)
    derived, reason, verdict = _derived(group, evidence, blocks, models)
    return tuple(_result(record, derived, reason, verdict) for record in group)


def _derived(
    group: Sequence[LaneRecord], evidence: Evidence, blocks: Blocks, models: Models
) -> tuple[Derived | None, str, Verdict]:
    """What the evidence gives; else why not, and what that makes of the round."""
    if any(record.model != evidence.model.digest() for record in group):
        return (
            None,
            f"model: bundle 0x{evidence.model.digest().hex()}, header has another",
            Verdict.MISMATCHED,
        )
    world = blocks.moments.get(evidence.block.number)
    if world is None or any(record.block < evidence.block.number for record in group):
        return None, f"block: bundle names {evidence.block.number}, after the round", Verdict.MISMATCHED
    problems = context_problems(evidence, world, blocks.known.get(evidence.block.number))
    if problems:
        return None, problems[0], Verdict.MISMATCHED
    try:
        seen = world.at(blocks.known[evidence.block.number].timestamp)
        return derive(evidence, seen, models), "", Verdict.VERIFIED
    except EvidenceError as error:
        return None, str(error), Verdict.UNVERIFIED
    except (NoConsensus, AssessmentFailed, RiskError, ConfigurationError) as error:
        return None, f"{type(error).__name__}: {error}", Verdict.MISMATCHED


def _result(record: LaneRecord, derived: Derived | None, reason: str, verdict: Verdict) -> LaneResult:
    """Calldata that contradicts the chain is a mismatch whatever the bundle says."""
    problems = list(record.problems)
    if record.signed is None:
        verdict, reason = Verdict.UNVERIFIED, "calldata: published from inside another contract"
    elif derived is not None and record.lane == LANE_MARGIN_ROOTS:
        if margin_root(record.seq, derived.margin_rows) != record.signed.rows_hash:
            verdict, reason = (
                Verdict.UNVERIFIED,
                "root: its rows are not in the record, the evidence's give another",
            )
    elif derived is not None:
        problems += row_problems(record.signed, derived)
    if problems:
        verdict, reason = Verdict.MISMATCHED, problems[0]
    return LaneResult(lane_name(record.lane), record.seq, record.block, verdict, reason)

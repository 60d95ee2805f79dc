"""A keeper round recomputed from its evidence bundle and the replayed chain, and compared row by row.

Prices and surfaces must be equal. Loadings and margins may differ by what float64 summation can: one basis point where
a ratio was rounded up, 1e-9 relative plus 1e-12 in a loading, and 1e-9 relative plus one unit in value at risk and
expected shortfall.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from keeper.assess import (
    Assessment,
    AssessmentInputs,
    Assessor,
    BlockRef,
    Evidence,
    ModelConfig,
    from_bundle,
    history_digest,
    parse_history,
    smoothed_rows,
)
from keeper.audit.rounds import SignedRound
from keeper.audit.world import World
from keeper.chain import Block
from keeper.consensus import consensus_price
from keeper.decide.rounds import PublishedMargin, widen_only
from keeper.decide.state_round import proposed_rows
from keeper.decide.surface_motion import accepted_surfaces
from keeper.errors import EvidenceError
from keeper.types import WAD, ConsensusPrice
from keeper.wire import LANE_PRICES, LANE_STATE, LANE_SURFACES, MarginRow, Row, StateRow, SurfaceRow

RATIO_TOLERANCE_BPS = 1
AMOUNT_TOLERANCE_INVERSE = 10**9
AMOUNT_TOLERANCE_UNITS = 1
LOADING_TOLERANCE_UNITS = 10**6  # 1e-12 of a deviation


@dataclass(frozen=True, slots=True)
class Derived:
    """What the evidence gives: consensus prices, the assessment, surfaces as far as they may move, widened margins."""

    prices: tuple[ConsensusPrice, ...]
    assessment: Assessment
    surface_rows: tuple[SurfaceRow, ...]
    margin_rows: tuple[MarginRow, ...]
    state_rows: tuple[StateRow, ...]
    observed_at: int
    state_observed_at: int

    def rows(self, lane: int) -> Sequence[Row]:
        if lane == LANE_STATE:
            return self.state_rows
        if lane == LANE_PRICES:
            return self.assessment.price_rows
        return self.surface_rows if lane == LANE_SURFACES else self.margin_rows


def _published(world: World) -> dict[int, PublishedMargin]:
    return {account: PublishedMargin.of(account, last) for account, last in world.lanes.attestations.items()}


class Models:
    """Assessors by model; a history is read and checked once."""

    def __init__(self, history: Callable[[str], dict[str, Any]]) -> None:
        self._history = history
        self._known: dict[bytes, Assessor] = {}

    def assessor(self, model: ModelConfig) -> Assessor:
        """Raises EvidenceError where the model's history is missing or is another one."""
        digest = model.digest()
        if digest not in self._known:
            document = self._history(model.history)
            if history_digest(document) != model.history:
                raise EvidenceError(f"history {model.history} hashes to {history_digest(document)}")
            self._known[digest] = Assessor(model=model, history=parse_history(document))
        return self._known[digest]


def read_evidence(bundles: Callable[[bytes], dict[str, Any]], snapshot: bytes) -> Evidence:
    """Raises EvidenceError where the bundle is missing, altered or of another format."""
    return from_bundle(bundles(snapshot))


def context_problems(evidence: Evidence, world: World, block: Block | None) -> list[str]:
    """What a bundle says of the chain at its block, against the replay of that block."""
    if block is None or block.hash != evidence.block.hash:
        canonical = "none" if block is None else block.hash
        return [f"block {evidence.block.number}: bundle {evidence.block.hash}, chain {canonical}"]
    previous = {u: Decimal(row.price) / WAD for u, (row, _) in world.lanes.prices.items()}
    live = tuple(sorted(e for e in world.parameters.expiries if e > block.timestamp))
    pairs = (("previous", evidence.previous, previous), ("expiries", evidence.expiries, live))
    return [f"{name}: bundle {said}, chain {known}" for name, said, known in pairs if said != known]


def derive(evidence: Evidence, world: World, models: Models) -> Derived:
    """Consensus, surfaces and margins once more. `world` is the chain at the bundle's block.

    Raises NoConsensus where the quotes give no price, EvidenceError for a missing history,
    AssessmentFailed.
    """
    prices = _prices(evidence, len(world.parameters.underlyings))
    inputs = AssessmentInputs(
        now=evidence.now,
        block=BlockRef(evidence.block.number, evidence.block.hash),
        prices=prices,
        option_quotes=evidence.option_quotes,
        expiries=evidence.expiries,
        accounts=world.accounts(),
        recent=evidence.recent,
        accruals={key: known for key, known in world.accruals(world.time).items() if key[1] > world.time},
    )
    parameters, published = world.parameters.snapshot(), _published(world)
    assessment = models.assessor(evidence.model).assess(inputs, parameters)
    smoothed = smoothed_rows(
        rows=assessment.margin_rows,
        published=published,
        now=evidence.now,
        down_half_life_seconds=evidence.model.charges.down_half_life_seconds,
        ratio_cap_bps=parameters.model.ratio_cap_bps,
    )
    rows = widen_only(rows=smoothed, published=published, mode=evidence.mode)
    oldest = min(price.observed_at for price in prices)
    last = max((at for _, at in world.lanes.prices.values()), default=0)
    observed_at = max(oldest, last)
    surfaces = accepted_surfaces(
        assessment.surface_rows,
        observed_at=observed_at,
        held=world.lanes.held_surfaces(),
        limits=world.parameters.limits,
    )
    state_observed_at = max(observed_at, world.state.lane.observed_at)
    state = _state_rows(world, assessment)
    return Derived(prices, assessment, surfaces, rows, state, observed_at, state_observed_at)


def _prices(evidence: Evidence, underlyings: int) -> tuple[ConsensusPrice, ...]:
    return tuple(
        consensus_price(
            evidence.quotes,
            underlying=underlying,
            now=evidence.now,
            previous=evidence.previous.get(underlying),
            config=evidence.consensus,
            last_changes=evidence.last_changes,
        )
        for underlying in range(1, underlyings + 1)
    )


def _state_rows(world: World, assessment: Assessment) -> tuple[StateRow, ...]:
    limits = world.state.limits
    return proposed_rows(
        parameters=world.parameters.snapshot(),
        estimate=assessment.covariance,
        limits=limits,
        elapsed=limits.elapsed(world.time, world.state.changed_at),
    )


def row_problems(signed: SignedRound, derived: Derived) -> list[str]:
    """The first differing field of the first row that is not re-derived; a subset of the rows is fine."""
    lane = signed.header.lane
    observed_at = derived.state_observed_at if lane == LANE_STATE else derived.observed_at
    if signed.header.observed_at != observed_at:
        return [f"observedAt: published {signed.header.observed_at}, evidence {observed_at}"]
    expected: Mapping[tuple[int, ...], Row] = {row.key: row for row in derived.rows(lane)}
    for row in signed.rows:
        other = expected.get(row.key)
        if other is None:
            return [f"row {row.key}: published, but the evidence gives none"]
        field = _differing(row, other)
        if field is not None:
            return [
                f"row {row.key} {field}: published {getattr(row, field)}, evidence {getattr(other, field)}"
            ]
    return []


def _differing(row: Row, other: Row) -> str | None:
    for name, published, derived in zip(row.__match_args__, row.as_tuple(), other.as_tuple(), strict=True):
        if abs(published - derived) > _allowed(name, derived):
            return str(name)
    return None


def _allowed(field: str, value: int) -> int:
    if field in ("initial_ratio_bps", "maintenance_ratio_bps"):
        return RATIO_TOLERANCE_BPS
    if field == "value":  # a loading comes out of a float64 factorisation
        return abs(value) // AMOUNT_TOLERANCE_INVERSE + LOADING_TOLERANCE_UNITS
    if field in ("value_at_risk", "expected_shortfall"):
        return value // AMOUNT_TOLERANCE_INVERSE + AMOUNT_TOLERANCE_UNITS
    return 0

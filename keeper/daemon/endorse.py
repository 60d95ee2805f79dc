"""A follower's check of a leader's proposal: recompute, compare, and only then sign the leader's bytes unchanged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from keeper.assess import Assessment, from_bundle
from keeper.canonical import canonical_text
from keeper.daemon.proposal import LaneRound
from keeper.daemon.round import Round
from keeper.decide.agreement import (
    Disagreement,
    Tolerances,
    compare_margins,
    compare_prices,
    compare_surfaces,
)
from keeper.decide.state_round import StateTolerances, compare_states
from keeper.decide.withheld import VERDICT_LANES, withheld
from keeper.errors import ProposalRefused
from keeper.hashing import keccak
from keeper.messages import Proposal
from keeper.wire import (
    LANE_PRICES,
    LANE_STATE,
    LANE_SURFACES,
    Header,
    MarginRow,
    PriceRow,
    StateRow,
    SurfaceRow,
)


@dataclass(frozen=True, slots=True)
class EndorsementPolicy:
    """`validity_seconds` is the longest this keeper lets a round live; `tolerances` bound every row."""

    tolerances: Tolerances
    validity_seconds: int
    clock_skew_seconds: int = 30


def lanes_withheld(lanes: Sequence[LaneRound], own: Round) -> dict[int, str]:
    """Lanes that this keeper cannot judge now, with the reason; it signs the others."""
    accounts = {
        lane.header.lane: [row.account for row in lane.rows if isinstance(row, MarginRow)] for lane in lanes
    }
    return withheld(accounts=accounts, over_budget=own.over_budget, unknown=own.context.view.unknown)


def require_endorsable(
    *, proposal: Proposal, lanes: Sequence[LaneRound], own: Round, policy: EndorsementPolicy, model: bytes
) -> None:
    """Raises ProposalRefused with the first reason not to sign `lanes`, those of the proposal that are not withheld.

    One lane that this keeper disagrees with is a reason to sign none: its leader computes something else.
    """
    if own.assessment is None:
        raise ProposalRefused(f"no own assessment: {own.mode.reason}")
    if proposal.round_number != own.context.number:
        raise ProposalRefused(f"round {proposal.round_number}, here it is {own.context.number}")
    if not lanes:
        raise ProposalRefused("no lane is proposed")
    if [lane.header.lane for lane in lanes] != sorted({lane.header.lane for lane in lanes}):
        raise ProposalRefused("lanes must ascend and appear once")
    snapshot = _snapshot_of(proposal.bundle)
    for lane in lanes:
        _check_header(lane.header, own, policy, snapshot, model)
        found = _disagreements(lane, own, own.assessment, policy.tolerances)
        if found:
            raise ProposalRefused("; ".join(str(d) for d in found[:3]) + _more(found))


def _snapshot_of(bundle: str) -> bytes:
    try:
        document = orjson.loads(bundle)  # bounds the depth of what a stranger sent
        canonical = canonical_text(document) == bundle
    except (ValueError, RecursionError) as error:
        raise ProposalRefused(f"the bundle is not JSON: {error}") from error
    if not canonical:
        raise ProposalRefused("the bundle is not in canonical form (RFC 8785)")
    if not isinstance(document, dict):
        raise ProposalRefused(f"the bundle is a JSON {type(document).__name__}; expected an object")
    from_bundle(document)  # what nobody could audit is not signed
    return keccak(bundle.encode())


def _check_header(
    header: Header, own: Round, policy: EndorsementPolicy, snapshot: bytes, model: bytes
) -> None:
    view, now = own.context.view, own.context.now
    expected_seq = view.next_sequence(header.lane)
    checks = (
        (header.config_digest == view.config_digest(header.lane), "config digest is not the chain's"),
        (header.seq == expected_seq, f"sequence {header.seq}, the chain expects {expected_seq}"),
        (header.snapshot == snapshot, "snapshot is not the hash of the bundle"),
        (header.model == model, "model is not this keeper's"),
        (
            header.observed_at <= now + policy.clock_skew_seconds,
            f"observed at {header.observed_at}, now {now}",
        ),
        (
            0 < header.valid_until - header.observed_at <= policy.validity_seconds,
            f"valid for {header.valid_until - header.observed_at} s, at most {policy.validity_seconds}",
        ),
        (
            abs(header.observed_at - observed_at_of(own, header.lane)) <= policy.clock_skew_seconds,
            f"observed at {header.observed_at}, own sources say {observed_at_of(own, header.lane)}",
        ),
    )
    for holds, reason in checks:
        if not holds:
            raise ProposalRefused(f"lane {header.lane}: {reason}")


def oldest_source_at(own: Round) -> int:
    """Time of the oldest accepted source, but never before the last published round."""
    return own.observed_at


def observed_at_of(own: Round, lane: int) -> int:
    """The same, and for the state lane never before its own last round."""
    state = own.context.view.lanes.state
    return max(oldest_source_at(own), state.observed_at if lane == LANE_STATE and state is not None else 0)


def _disagreements(
    lane: LaneRound, own: Round, assessment: Assessment, tolerances: Tolerances
) -> list[Disagreement]:
    number = lane.header.lane
    if number == LANE_PRICES:
        rows = [row for row in lane.rows if isinstance(row, PriceRow)]
        return compare_prices(theirs=rows, ours=assessment.price_rows, tolerances=tolerances)
    if number == LANE_SURFACES:
        surfaces = [row for row in lane.rows if isinstance(row, SurfaceRow)]
        return compare_surfaces(
            theirs=surfaces, ours=own.surface_rows, now=own.context.now, tolerances=tolerances
        )
    if number in VERDICT_LANES:
        margins = [row for row in lane.rows if isinstance(row, MarginRow)]
        return compare_margins(theirs=margins, ours=own.margin_rows, tolerances=tolerances)
    if number == LANE_STATE:
        states = [row for row in lane.rows if isinstance(row, StateRow)]
        return compare_states(theirs=states, ours=own.state_rows, tolerances=StateTolerances())
    raise ProposalRefused(f"lane {number} is not signed here")


def _more(found: Sequence[Disagreement]) -> str:
    return f"; and {len(found) - 3} more" if len(found) > 3 else ""

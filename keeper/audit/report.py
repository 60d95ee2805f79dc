"""What an audit found, as one frozen record; money in quote currency as exact decimal strings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from keeper.audit.replay import Replay
from keeper.audit.rounds import Verdict
from keeper.audit.source import ChainLog
from keeper.audit.trails import VERIFIED
from keeper.audit.verify import RoundResult


@dataclass(frozen=True, slots=True)
class AuditReport:
    """`passed` unless something is mismatched or unexplained; unverified is neither, and never counts as verified.

    `rounds` are keeper rounds (lanes of one snapshot), `lanes` counts of verdicts by lane; `settlements` are settled
    legs; `bundles` are the names of those that were read; `trails` say `verified` or what is wrong; `final_state` says
    where the chain's own views differ from the replay. `unexplained` has all that does not follow: trails, decisions
    and events, final state.
    """

    chain_id: int
    last_block: int
    block_hash: str
    events: int
    rounds: int
    rounds_verified: int
    rounds_unverified: int
    rounds_mismatched: int
    lanes: Mapping[str, Mapping[str, int]]
    round_results: tuple[RoundResult, ...]
    gas_per_round: tuple[int, ...]
    bundles: tuple[str, ...]
    accounts: int
    trades: int
    liquidations: int
    fills: int
    insolvencies: int
    settlements: int
    bad_debt: str
    insurance_paid: str
    socialised_loss: str
    trails: Mapping[str, str]
    final_state: tuple[str, ...]
    unexplained: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not (self.rounds_mismatched or self.unexplained)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        content = asdict(self)
        for item, result in zip(content["round_results"], self.round_results, strict=True):
            item["verdict"] = result.verdict.value
        return {**content, "passed": self.passed}


def make_report(
    *,
    log: ChainLog,
    replay: Replay,
    rounds: Sequence[RoundResult],
    bundles: Sequence[str],
    trails: Mapping[str, str],
    final_state: Sequence[str],
) -> AuditReport:
    """Counts and sums."""
    verdicts = Counter(result.verdict for result in rounds)
    names = Counter(event.name for event in log.events)
    return AuditReport(
        chain_id=log.chain_id,
        last_block=log.head.number,
        block_hash=log.head.hash,
        events=len(log.events),
        rounds=len(rounds),
        rounds_verified=verdicts[Verdict.VERIFIED],
        rounds_unverified=verdicts[Verdict.UNVERIFIED],
        rounds_mismatched=verdicts[Verdict.MISMATCHED],
        lanes=_by_lane(rounds),
        round_results=tuple(rounds),
        gas_per_round=tuple(result.gas for result in rounds),
        bundles=tuple(bundles),
        accounts=len(replay.world.ledger.accounts),
        trades=names["TradeSettled"],
        liquidations=names["LiquidationStarted"],
        fills=names["LiquidationFilled"] + names["LegsTaken"],
        insolvencies=names["BadDebt"],
        settlements=names["LegSettled"],
        bad_debt=_sum(log, "debt"),
        insurance_paid=_sum(log, "insurancePaid"),
        socialised_loss=_sum(log, "socialised"),
        trails=dict(trails),
        final_state=tuple(final_state),
        unexplained=(
            *(f"trail of {name}: {result}" for name, result in trails.items() if result != VERIFIED),
            *replay.unexplained,
            *final_state,
        ),
    )


def _by_lane(rounds: Sequence[RoundResult]) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {}
    for result in rounds:
        for lane in result.lanes:
            counts.setdefault(lane.lane, Counter())[lane.verdict.value] += 1
    return {name: dict(count) for name, count in sorted(counts.items())}


def _sum(log: ChainLog, field: str) -> str:
    total = sum(event.arguments[field] for event in log.events if event.name == "BadDebt")
    return f"{Decimal(total).scaleb(-18) if total else Decimal(0):f}"

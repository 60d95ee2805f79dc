"""The outcome of a demonstration: its summary file, its one screen, and what makes it a failure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

from rich.table import Table

from keeper.assess import Evidence, from_bundle
from keeper.audit import AuditReport
from keeper.chain import ChainReader
from keeper.cli.output import out
from keeper.consensus import consensus_price, leave_one_out_medians
from keeper.errors import DemonstrationFailed
from keeper.simulation.conductor import StepReport
from keeper.simulation.programme import Programme
from keeper.simulation.stage import Cast
from keeper.store import EvidenceStore


@dataclass(slots=True)
class Performance:
    """What the conductor saw, round by round."""

    cast: Cast
    reports: list[StepReport] = field(default_factory=list)

    def add(self, report: StepReport) -> None:
        self.reports.append(report)

    @property
    def unattended(self) -> tuple[int, ...]:
        """Rounds after which an account was under water without an auction, or could not be valued."""
        return tuple(r.step for r in self.reports if r.health["liquidatable"] or r.health["unknown"])

    @property
    def cycle_seconds(self) -> list[float]:
        """Of the keeper that led each round, observe to remember, ascending."""
        return sorted(float(r.status["cycle_seconds"] or 0.0) for r in self.reports)


@dataclass(frozen=True, slots=True)
class Summary:
    """Money as decimal strings; everything but the cycle times is the same for the same seed."""

    accounts: int
    rounds: int
    rounds_verified: int
    rounds_unverified: int
    rounds_mismatched: int
    liquidations: int
    insolvencies: int
    settlements: int
    bad_debt: str
    insurance_paid: str
    socialised_loss: str
    max_price_error: float
    cycle_seconds_p50: float
    cycle_seconds_p99: float
    gas_per_round_p50: int
    seed: int
    unexplained: tuple[str, ...]
    stuck: tuple[int, ...]
    unattended: tuple[int, ...]

    def document(self) -> dict[str, Any]:
        """The summary file's content."""
        names = [name for name in self.__slots__ if name not in ("unexplained", "stuck", "unattended")]
        return {name: getattr(self, name) for name in names}

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(self.document(), indent=2) + "\n", encoding="utf8")


async def summarise(
    *,
    programme: Programme,
    reader: ChainReader,
    performance: Performance,
    report: AuditReport,
    evidence: EvidenceStore,
    seed: int,
) -> Summary:
    """From the audit, the bundles and the cycle times."""
    cycles = performance.cycle_seconds
    bundles = [from_bundle(evidence.read(bytes.fromhex(name))) for name in report.bundles]
    truths = _truths(programme) if programme.is_truth_known else None
    return Summary(
        accounts=performance.cast.count,
        rounds=report.rounds,
        rounds_verified=report.rounds_verified,
        rounds_unverified=report.rounds_unverified,
        rounds_mismatched=report.rounds_mismatched,
        liquidations=report.liquidations,
        insolvencies=report.insolvencies,
        settlements=report.settlements,
        bad_debt=report.bad_debt,
        insurance_paid=report.insurance_paid,
        socialised_loss=report.socialised_loss,
        max_price_error=round(max((price_error(bundle, truths) for bundle in bundles), default=0.0), 9),
        cycle_seconds_p50=round(_rank(cycles, 0.50), 4),
        cycle_seconds_p99=round(_rank(cycles, 0.99), 4),
        gas_per_round_p50=int(median(report.gas_per_round)) if report.gas_per_round else 0,
        seed=seed,
        unexplained=tuple(report.unexplained),
        stuck=await _stuck(reader, performance.cast),
        unattended=performance.unattended,
    )


def price_error(evidence: Evidence, truths: Mapping[int, Mapping[int, Decimal]] | None) -> float:
    """Largest relative distance of the bundle's prices from the truth; where none is known, from the median of the
    votes without the one that leaves them farthest."""
    worst = 0.0
    for underlying in sorted({quote.underlying for quote in evidence.quotes}):
        price = consensus_price(
            evidence.quotes,
            underlying=underlying,
            now=evidence.now,
            previous=evidence.previous.get(underlying),
            config=evidence.consensus,
            last_changes=evidence.last_changes,
        )
        if truths is None:
            references = list(leave_one_out_medians(price.accepted).values())
        else:
            references = [truths[max(at for at in truths if at <= evidence.now)][underlying]]
        worst = max(worst, *(float(abs(price.price / reference - 1)) for reference in references))
    return worst


def _truths(programme: Programme) -> dict[int, Mapping[int, Decimal]]:
    steps = [programme.opening, *programme.rounds]
    return {programme.market.time(step): programme.market.truth(step) for step in steps}


async def _stuck(reader: ChainReader, cast: Cast) -> tuple[int, ...]:
    """Accounts under water without an auction, and auctions that ran out their curve without an end."""
    block = await reader.block()
    ids = [*cast.market_makers, *cast.customers]
    margins = await reader.margins(ids, block)
    auctions = await reader.auctions(ids, block)
    stuck = []
    for account in ids:
        auction, margin = auctions.get(account), margins[account]
        if (
            isinstance(margin, Exception)
            or (auction is None and margin.health == "liquidatable")
            or (
                auction is not None
                and block.timestamp - auction.started_at > 2 * auction.curve.duration_seconds
            )
        ):
            stuck.append(account)
    return tuple(stuck)


def _rank(ordered: list[float], share: float) -> float:
    """Nearest-rank percentile of ascending values, 0 for none."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def require_sound(summary: Summary) -> None:
    """Raises DemonstrationFailed for a mismatch, an unexplained loss or a stuck liquidation."""
    reasons = []
    if summary.rounds_mismatched:
        reasons.append(f"{summary.rounds_mismatched} rounds do not follow from their evidence")
    if summary.rounds_unverified:
        reasons.append(f"{summary.rounds_unverified} rounds have no evidence")
    reasons += [f"unexplained: {item}" for item in summary.unexplained[:5]]
    if summary.unattended:
        reasons.append(f"accounts under water without an auction after rounds {list(summary.unattended)}")
    if summary.stuck:
        reasons.append(f"stuck liquidations: accounts {list(summary.stuck)}")
    if reasons:
        raise DemonstrationFailed("; ".join(reasons))


def show_summary(summary: Summary, path: Path) -> None:
    """One screen."""
    verdict = "every number follows" if not summary.rounds_mismatched else "MISMATCH"
    table = Table(
        title="What happened, re-derived from logs and calldata", title_justify="left", show_header=False
    )
    table.add_column(style="dim")
    table.add_column(justify="right")
    table.add_column(style="dim")
    rows = (
        ("accounts", summary.accounts, ""),
        ("rounds", summary.rounds, f"{summary.rounds_verified} verified, {verdict}"),
        ("liquidations", summary.liquidations, f"{summary.insolvencies} insolvent"),
        ("legs settled at expiry", summary.settlements, ""),
        ("bad debt", _money(summary.bad_debt), "owed by emptied accounts"),
        ("  paid by insurance", _money(summary.insurance_paid), ""),
        ("  socialised", _money(summary.socialised_loss), ""),
        ("largest price error", f"{summary.max_price_error:.3%}", "from the truth, or from the others"),
        (
            "cycle, median",
            f"{summary.cycle_seconds_p50:.2f} s",
            f"99%: {summary.cycle_seconds_p99:.2f} s",
        ),
        ("gas a round, median", f"{summary.gas_per_round_p50:,}", ""),
    )
    for name, value, note in rows:
        table.add_row(name, f"{value}", note)
    out.print(table)
    out.print(f"[dim]written to[/] {path}   [dim]again with[/] tailguard demo --seed {summary.seed}")


def _money(text: str) -> str:
    return f"{Decimal(text):,.2f}"

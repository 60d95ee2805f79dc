"""audit: everything re-derived from logs, calldata and evidence bundles."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from keeper.audit import AuditReport
from keeper.audit import audit as audit_deployment
from keeper.cli.connect import (
    DEFAULT_ARTIFACTS,
    DEFAULT_DEPLOYMENT,
    DEFAULT_RPC,
    ArtifactsOption,
    DeploymentOption,
    JsonOption,
    RpcOption,
    connected,
)
from keeper.cli.output import err, out, print_json, show_facts
from keeper.errors import AuditFailed

DEFAULT_EVIDENCE = Path("var/evidence")
_SHOWN = 10
# A log query over thousands of blocks may take a node longer than a plain read.
_TIMEOUT_SECONDS = 60.0

EvidenceOption = Annotated[
    Path, typer.Option("--evidence", envvar="TAILGUARD_EVIDENCE", help="Folder of evidence bundles.")
]


def audit(
    rpc: RpcOption = DEFAULT_RPC,
    deployment: DeploymentOption = DEFAULT_DEPLOYMENT,
    artifacts: ArtifactsOption = DEFAULT_ARTIFACTS,
    evidence: EvidenceOption = DEFAULT_EVIDENCE,
    json: JsonOption = False,
) -> None:
    """Re-derives every round, decision and balance; exit code 10 if anything is mismatched or unexplained."""
    report = asyncio.run(_audit(rpc, deployment, artifacts, evidence))
    if json:
        print_json(report.to_json())
    else:
        show_report(report)
    if not report.passed:
        raise AuditFailed("the record does not follow from itself or from its evidence; see the report")


async def _audit(rpc: str, deployment: Path, artifacts: Path, evidence: Path) -> AuditReport:
    async with connected(
        rpc_url=rpc, deployment=deployment, artifacts=artifacts, timeout_seconds=_TIMEOUT_SECONDS
    ) as chain:
        with _progress_bar() as advance:
            return await audit_deployment(
                reader=chain.reader,
                deployment=chain.deployment,
                evidence=evidence,
                progress=advance,
            )


def show_report(report: AuditReport) -> None:
    """One screen: counts, then the first things that are wrong."""
    facts = {
        "block": f"{report.last_block} ({report.block_hash[:18]}...)",
        "events": report.events,
        "trails": _summary(report.trails),
        "rounds": f"{report.rounds}: {report.rounds_verified} verified, {report.rounds_unverified} unverified, "
        f"{report.rounds_mismatched} mismatched",
        "lanes": "; ".join(f"{name} {_counts(counts)}" for name, counts in report.lanes.items()),
        "gas per round": _gas(report.gas_per_round),
        "accounts": report.accounts,
        "trades": report.trades,
        "liquidations": f"{report.liquidations}, {report.fills} fills, {report.insolvencies} insolvent",
        "settled legs": report.settlements,
        "bad debt": f"{report.bad_debt} = insurance {report.insurance_paid} + shared {report.socialised_loss}",
        "final state": "as the chain says" if not report.final_state else f"{len(report.final_state)} differ",
        "unexplained": len(report.unexplained),
        "verdict": "passed" if report.passed else "FAILED",
    }
    show_facts(facts, title=f"Audit of chain {report.chain_id}", as_json=False)
    for line in [*_wrong_lanes(report), *report.unexplained][:_SHOWN]:
        out.print(f"- {line}", soft_wrap=True, markup=False)


def _wrong_lanes(report: AuditReport) -> Iterator[str]:
    for found in report.round_results:
        for lane in found.lanes:
            if lane.verdict != "verified":
                yield f"{lane.lane} round {lane.seq} is {lane.verdict.value}: {lane.reason}"


def _summary(trails: Mapping[str, str]) -> str:
    good = sum(result == "verified" for result in trails.values())
    return f"{good} of {len(trails)} verified"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in counts.items())


def _gas(gas: tuple[int, ...]) -> str:
    return f"{sorted(gas)[len(gas) // 2]:,} median, {max(gas):,} most" if gas else "-"


@contextmanager
def _progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    columns = (
        TextColumn("{task.description:<20}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def advance(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage)
            bar.update(tasks[stage], completed=done, total=total)

        yield advance

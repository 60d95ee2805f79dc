"""solvency: whether losses are covered, as the contracts have it; the same in a keeper's status, metrics and alarms."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from keeper.alarms import Alarm
from keeper.alerts import AlertDesk
from keeper.api.metrics import KeeperMetrics
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
from keeper.cli.output import out, show, show_facts
from keeper.liquidator.solvency import read_solvency
from keeper.solvency import SolvencyDocument


def solvency(
    rpc: RpcOption = DEFAULT_RPC,
    deployment: DeploymentOption = DEFAULT_DEPLOYMENT,
    artifacts: ArtifactsOption = DEFAULT_ARTIFACTS,
    json: JsonOption = False,
) -> None:
    """The exit gate with the figures that decide it, known deficits, the insurance fund and its queued exits."""
    found = asyncio.run(_found(rpc, deployment, artifacts))
    if json:
        out.print_json(found.model_dump_json())
        return
    show_facts(_facts(found), title=f"Solvency at block {found.block.number}", as_json=False)
    if found.deficits:
        rows = [{**row.model_dump(), "now": row.now or "unknown"} for row in found.deficits]
        columns = {"account": "account", "known": "known deficit", "now": "now"}
        show(rows, columns=columns, title="Accounts on auction", as_json=False)


async def _found(rpc: str, deployment: Path, artifacts: Path) -> SolvencyDocument:
    async with connected(rpc_url=rpc, deployment=deployment, artifacts=artifacts) as connection:
        reader = connection.reader
        block = await reader.block()
        return await read_solvency(reader, range(1, await reader.account_count(block) + 1), block)


def _facts(found: SolvencyDocument) -> dict[str, Any]:
    gate, exits = found.gate, found.exits
    return {
        "exit gate": "closed: nobody withdraws" if gate.closed else "open",
        "total deficit": gate.total_deficit,
        "insurance fund": gate.fund,
        "allowance": gate.allowance,
        "headroom": gate.headroom,
        "positive cash": gate.positive_cash,
        "queued exits": f"{exits.queued} ({exits.queued_share} of all shares)",
        "due exits are paid": "yes" if exits.payable else "no",
    }


class SolvencyFigures:
    """Metrics and the alarm of a running keeper; unknown is NaN, never 0."""

    def __init__(self, metrics: KeeperMetrics, desk: AlertDesk) -> None:
        self._metrics, self._desk = metrics, desk
        self(None)

    def __call__(self, found: SolvencyDocument | None) -> None:
        unknown = float("nan")
        metrics = self._metrics
        metrics.gate_closed.set(unknown if found is None else found.gate.closed)
        metrics.total_deficit.set(unknown if found is None else float(found.gate.total_deficit))
        metrics.fund.set(unknown if found is None else float(found.gate.fund))
        metrics.queued_exits.set(unknown if found is None else float(found.exits.queued))
        if found is not None and found.gate.closed:
            gate = found.gate
            text = (
                f"block {found.block.number}: accounts on auction lack {gate.total_deficit}, the fund has {gate.fund} "
                f"and {gate.allowance} may be shared unannounced; nobody can withdraw"
            )
            self._desk.raise_alarm(Alarm.EXIT_GATE_CLOSED, text)

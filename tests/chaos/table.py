"""What the trials found, for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from tests.chaos.faults import FaultRecord
from tests.chaos.kills import Kills
from tests.chaos.quorum import Outcome
from tests.chaos.verdict import Verdict


def fault_table(records: Sequence[FaultRecord], after: Verdict) -> Table:
    table = Table(title=f"Faults, one worker over three nodes; at the end {_judged(after)}")
    for heading in (
        "fault",
        "nodes",
        "tries",
        "lost",
        "doubled",
        "recovery s",
        "state meanwhile",
        "the operator sees",
    ):
        table.add_column(heading, overflow="fold")
    for record in records:
        seen = ", ".join(f"{event} x{times}" for event, times in sorted(record.operator_sees.items()))
        told = "; ".join(record.told_by)
        cells = (
            record.nodes or "",
            record.tries,
            record.lost,
            record.doubled,
            f"{record.recovery_seconds:.1f}",
        )
        table.add_row(record.fault, *map(str, cells), record.state, f"{seen} [{told}]" if seen else "nothing")
    return table


def kill_table(title: str, kills: Kills) -> Table:
    times = sum(kills.by_step.values())
    table = Table(
        title=f"{title}: {times} kills in {kills.seconds:.0f} s; at the end {_judged(kills.verdict)}"
    )
    table.add_column("step")
    table.add_column("kills", justify="right")
    for step, times in kills.by_step.items():
        table.add_row(step, str(times))
    return table


def quorum_table(outcomes: Sequence[Outcome]) -> Table:
    table = Table(title="Quorum")
    for heading in (
        "keepers",
        "needed",
        "faults",
        "honest",
        "rounds",
        "verdicts",
        "wrong",
        "takeover s",
        "reported",
        "",
    ):
        table.add_column(heading, overflow="fold")
    for one in outcomes:
        reported = ", ".join(fault for fault, text in one.reported.items() if text)
        cells = (one.honest, f"{one.rounds} of {one.played}", one.verdicts, one.wrong, one.takeover_seconds)
        table.add_row(
            str(one.keepers),
            str(one.threshold),
            ", ".join(one.faults) or "none",
            *map(str, cells),
            reported or "-",
            "as it must be" if one.is_as_it_must_be else "WRONG",
        )
    return table


def _judged(verdict: Verdict) -> str:
    index = "as rebuilt" if verdict.is_index_equal else "NOT as rebuilt"
    return (
        f"of {verdict.updates} transactions {verdict.lost} lost, {verdict.doubled} doubled, "
        f"{verdict.nonce_gaps} nonces left out, index {index}"
    )

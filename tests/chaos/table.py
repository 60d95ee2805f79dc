"""What the trials found, for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from tests.chaos.faults import FaultRecord
from tests.chaos.kills import Kills
from tests.chaos.quorum import Outcome


def show(
    faults: Sequence[FaultRecord],
    kills: Sequence[tuple[str, Kills]],
    quorum: Sequence[Outcome],
    console: Console,
) -> None:
    console.print(_faults(faults))
    for title, found in kills:
        console.print(_kills(title, found))
    console.print(_quorum(quorum))


def _faults(records: Sequence[FaultRecord]) -> Table:
    table = Table(title="Faults: one worker, three nodes, a real chain")
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


def _kills(title: str, kills: Kills) -> Table:
    verdict = kills.verdict
    table = Table(
        title=f"{title}: {sum(kills.by_step.values())} kills in {kills.seconds:.0f} s, {verdict.updates} transactions, "
        f"{verdict.lost} lost, {verdict.doubled} doubled, {verdict.nonce_gaps} nonce gaps, index "
        f"{'as rebuilt' if verdict.is_index_equal else 'DIFFERS'}"
    )
    table.add_column("step")
    table.add_column("kills", justify="right")
    for step, times in kills.by_step.items():
        table.add_row(step, str(times))
    return table


def _quorum(outcomes: Sequence[Outcome]) -> Table:
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

"""By which alarm and which metric a daemon tells of what a line of its log says."""

from __future__ import annotations

from collections.abc import Iterable

from keeper.alarms import Alarm

TOLD_BY: dict[str, tuple[Alarm | None, str]] = {
    "cycle.failed": (Alarm.CYCLE_FAILED, "tailguard_cycles"),
    "index.damaged": (Alarm.UNKNOWN_ACCOUNTS, "tailguard_index_complete"),
    "index.reorganised": (None, "tailguard_index_undone_blocks"),
    "index.rebuilt": (None, "tailguard_index_undone_blocks"),
    "node.failed": (None, "tailguard_node_troubles"),
    "node.forked": (None, "tailguard_node_troubles"),
    "node.lags": (None, "tailguard_node_troubles"),
    "node.stepped_back": (None, "tailguard_node_troubles"),
    "outbox.bound": (None, "tailguard_outbox_unfinished"),
    "outbox.reorganised": (None, "tailguard_outbox_unfinished"),
    "outbox.replaced": (None, "tailguard_spent_wei"),
    "store.slow": (None, "tailguard_store_slow"),
}


def told_by(events: Iterable[str]) -> list[str]:
    """Alarms and metrics, each once."""
    found = [TOLD_BY[event] for event in events if event in TOLD_BY]
    alarms = {f"alarm {alarm.value}" for alarm, _ in found if alarm is not None}
    return [*sorted(alarms), *sorted({metric for _, metric in found})]

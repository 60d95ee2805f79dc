"""Troubles of nodes and disk, counted as they are logged: the rooms that meet them know no metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector
from structlog.typing import EventDict, WrappedLogger

NODE_TROUBLES = ("failed", "forked", "lags", "stepped_back")
_NODE = "node."
_SLOW_STORE = "store.slow"


class Tally(Collector):
    """A processor of log lines, and the metrics of what it saw: of the whole process, from 0 on."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def __call__(self, _logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
        event = line.get("event", "")
        if event == _SLOW_STORE or (isinstance(event, str) and event.startswith(_NODE)):
            self._seen[event] += 1
        return line

    def collect(self) -> Iterator[CounterMetricFamily]:
        nodes = CounterMetricFamily(
            "tailguard_node_troubles",
            "Nodes that failed, lagged, stepped back or followed a fork.",
            labels=["kind"],
        )
        for kind in NODE_TROUBLES:
            nodes.add_metric([kind], self._seen[_NODE + kind])
        yield nodes
        yield CounterMetricFamily(
            "tailguard_store_slow",
            "Transactions of the database that took longer than they may.",
            value=self._seen[_SLOW_STORE],
        )


TALLY = Tally()

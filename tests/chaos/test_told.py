"""What the fault table says an operator sees exists."""

from __future__ import annotations

from keeper.api.metrics import KeeperMetrics
from keeper.cli.tally import TALLY
from tests.chaos.told import TOLD_BY, told_by


def test_every_metric_of_the_fault_table_is_exported():
    families = [*KeeperMetrics().registry.collect(), *TALLY.collect()]
    assert {metric for _, metric in TOLD_BY.values()} <= {family.name for family in families}


def test_alarms_come_first_and_everything_once():
    told = told_by(["node.failed", "cycle.failed", "node.forked", "made.up"])
    assert told == ["alarm cycle_failed", "tailguard_cycles", "tailguard_node_troubles"]

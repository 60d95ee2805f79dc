"""What is logged of nodes and disk is a metric, and an alert rule watches it."""

from __future__ import annotations

import json
from pathlib import Path

import structlog
import yaml
from prometheus_client import CollectorRegistry

from keeper.cli.tally import NODE_TROUBLES, Tally

DEPLOY = Path(__file__).parents[3] / "deploy"
RULES = DEPLOY / "prometheus/tailguard.rules.yml"
DASHBOARD = DEPLOY / "grafana/tailguard-keeper.json"


def scraped(tally: Tally) -> dict[tuple[str, str], float]:
    registry = CollectorRegistry()
    registry.register(tally)
    samples = [sample for family in registry.collect() for sample in family.samples]
    return {(sample.name, sample.labels.get("kind", "")): sample.value for sample in samples}


def test_troubles_are_counted_by_kind_and_other_lines_are_not():
    tally = Tally()
    log = structlog.wrap_logger(structlog.ReturnLogger(), processors=[tally, lambda *given: str(given[2])])
    for event in ("node.failed", "node.failed", "node.stepped_back", "store.slow", "cycle.done"):
        log.warning(event, node="http://127.0.0.1:1")
    found = scraped(tally)
    assert found["tailguard_node_troubles_total", "failed"] == 2
    assert found["tailguard_node_troubles_total", "stepped_back"] == 1
    assert found["tailguard_node_troubles_total", "forked"] == 0
    assert found["tailguard_store_slow_total", ""] == 1
    assert len(found) == len(NODE_TROUBLES) + 1


def test_each_of_these_metrics_has_its_rule():
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    expressions = " ".join(rule["expr"] for rule in group["rules"])
    assert {name for name, _ in scraped(Tally()) if f"{name}[" not in expressions} == set()


def test_each_of_these_metrics_has_its_panel():
    panels = json.loads(DASHBOARD.read_text())["panels"]
    shown = {target["expr"]: target["legendFormat"] for panel in panels for target in panel["targets"]}
    for name, kind in scraped(Tally()):
        (legend,) = [legend for expression, legend in shown.items() if f"{name}{{" in expression]
        assert ("{{kind}}" in legend) == bool(kind)


def test_every_kind_that_nodes_tell_of_is_counted():
    source = (Path(__file__).parents[3] / "keeper/chain/nodes.py").read_text()
    assert {kind for kind in NODE_TROUBLES if f'"node.{kind}"' not in source} == set()
    assert source.count('"node.') == len(NODE_TROUBLES)

"""What a keeper says of losses: the contracts' figures whole, and never an open gate where nothing is known."""

from __future__ import annotations

import json
import math

from keeper.alarms import Alarm
from keeper.api import KeeperMetrics
from keeper.cli.solvency import SolvencyFigures
from keeper.solvency import SolvencyDocument
from tests.keeper.api.api_cases import SOLVENCY, get


class Desk:
    def __init__(self):
        self.alarms = []

    def raise_alarm(self, alarm, text, *, subject=""):
        self.alarms.append((alarm, text))


def values(metrics, *names):
    return [metrics.registry.get_sample_value(f"tailguard_{name}") for name in names]


NAMES = ("exit_gate_closed", "total_deficit_quote", "insurance_fund_quote", "queued_exits_quote")


async def test_the_route_answers_every_figure():
    status, text = await get("/v1/solvency")
    assert status == 200
    assert SolvencyDocument.model_validate_json(text) == SOLVENCY
    assert json.loads(text)["gate"]["closed"] is True
    assert json.loads(text)["deficits"][1] == {"account": 3, "known": "0", "now": None}


async def test_without_a_block_nothing_is_said():
    status, text = await get("/v1/solvency", solvency_now=lambda: None)
    assert (status, json.loads(text)["title"]) == (503, "Not ready")


def test_a_closed_gate_wakes_people_and_unknown_is_no_number():
    metrics, desk = KeeperMetrics(), Desk()
    figures = SolvencyFigures(metrics, desk)
    assert all(math.isnan(value) for value in values(metrics, *NAMES))
    figures(SOLVENCY)
    assert values(metrics, *NAMES) == [1.0, 900.5, 100.0, 25.0]
    ((alarm, text),) = desk.alarms
    assert alarm is Alarm.EXIT_GATE_CLOSED
    assert "900.5" in text
    figures(SOLVENCY.model_copy(update={"gate": SOLVENCY.gate.model_copy(update={"closed": False})}))
    assert len(desk.alarms) == 1
    figures(None)
    assert all(math.isnan(value) for value in values(metrics, *NAMES))

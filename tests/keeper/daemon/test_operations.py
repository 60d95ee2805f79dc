"""A keeper as its operator sees it: probes over real HTTP while a stage hangs, a real scrape, rules, the runbook."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
import structlog
import uvicorn
import yaml
from prometheus_client.parser import text_string_to_metric_families

from keeper.alarms import Alarm
from keeper.api import Board, KeeperMetrics, create_app
from keeper.cli.observability import PrometheusObservability, expose
from keeper.daemon.keeper import Keeper
from keeper.daemon.memory import StoreMemory
from keeper.daemon.progress import Progress, Stage
from keeper.daemon.schedule import run_until_stopped
from keeper.errors import ChainUnreachable
from keeper.store import EvidenceStore, Store
from tests.keeper.daemon import daemon_cases as cases
from tests.keeper.daemon.test_keeper import Chain, Present, Publishes, Sources, Woken, policy
from tests.keeper.market_cases import NOW, assessor, observation

ROOT = Path(__file__).resolve().parents[3]
RULES = ROOT / "deploy/prometheus/tailguard.rules.yml"
LEADER = NOW // cases.INTERVAL % 3


class Hangs(Sources):
    """Sources that never answer, like a venue that keeps its connection open."""

    async def observe(self, *, underlyings, now):
        await asyncio.Event().wait()


class Purse:
    def __init__(self, wei: int):
        self.wei = wei

    async def balance_wei(self) -> int:
        if self.wei < 0:
            raise ChainUnreachable("no node answers")
        return self.wei


@dataclasses.dataclass
class Operated:
    keeper: Keeper
    metrics: KeeperMetrics
    publishes: Publishes
    woken: Woken
    session: aiohttp.ClientSession

    async def get(self, path: str) -> tuple[int, str]:
        async with self.session.get(path) as response:
            return response.status, await response.text()


@pytest.fixture(scope="module", autouse=True)
def _computed_outside_the_event_loop():
    cases.own_round()


@pytest.fixture
def operated(tmp_path):
    @asynccontextmanager
    async def made(*, sources=None, limits=None, wei=10**18, dry_run=False):
        (tmp_path / "evidence").mkdir()
        store, metrics = Store.open(tmp_path / "keeper.db"), KeeperMetrics()
        figures, publishes, woken = PrometheusObservability(metrics), Publishes(), Woken()
        progress = None if limits is None else Progress(limits=limits, finished=figures.stage)
        async with aiohttp.ClientSession() as peers:
            keeper = Keeper(
                policy=policy(LEADER, dry_run),
                time_source=Present(NOW),
                reader=Chain(threshold=1),
                observer=sources or Sources(observation()),
                assessor=assessor(),
                signer=cases.SIGNERS[LEADER],
                publisher=publishes,
                memory=StoreMemory(store, EvidenceStore(tmp_path / "evidence")),
                observability=figures,
                alarms=woken,
                session=peers,
                progress=progress,
                purse=Purse(wei),
            )
            expose(metrics, keeper)
            async with serving(keeper, metrics) as session:
                yield Operated(keeper, metrics, publishes, woken, session)
        store.close()

    return made


@asynccontextmanager
async def serving(keeper: Keeper, metrics: KeeperMetrics):
    application = create_app(
        service=keeper, registry=metrics.registry, board=Board(stream="00" * 8), desk=None
    )
    config = uvicorn.Config(
        application, host="127.0.0.1", port=0, log_level="error", lifespan="off", ws="none"
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(30):
            while not server.started:
                await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
            yield session
    finally:
        server.should_exit = True
        await running


async def test_a_stage_that_hangs_makes_it_not_ready_then_not_live_and_wakes_people(operated):
    limits = {Stage.OBSERVE: 0.3}
    async with operated(sources=Hangs(observation()), limits=limits) as o:
        hanging = asyncio.create_task(o.keeper.tick())
        async with asyncio.timeout(30):
            while (answer := await o.get("/readyz"))[1] == "syncing":
                assert (await o.get("/livez"))[0] == 200
                await asyncio.sleep(0.05)
        assert answer[0] == 503
        assert answer[1].startswith("stuck: observe for ")
        o.keeper.watch()
        assert (Alarm.STUCK, "observe") in o.woken.alarms
        async with asyncio.timeout(30):
            while (await o.get("/livez"))[0] == 200:
                await asyncio.sleep(0.05)
        assert o.keeper.watch() is False
        hanging.cancel()
        await asyncio.gather(hanging, return_exceptions=True)


async def test_a_keeper_that_finishes_rounds_is_ready_and_one_that_falls_behind_is_not(operated):
    async with operated() as o:
        assert await o.get("/readyz") == (503, "syncing")
        await o.keeper.tick()
        assert await o.get("/readyz") == (200, "normal")
        assert o.metrics.registry.get_sample_value("tailguard_ready") == 1.0
        o.keeper._seen_number += 4
        status, text = await o.get("/readyz")
        assert (status, text[:6]) == (503, "behind")
        assert o.metrics.registry.get_sample_value("tailguard_ready") == 0.0


async def test_what_a_reorganisation_took_back_is_in_a_block_before_the_next_round_is_viewed(operated):
    begun = NOW // cases.INTERVAL * cases.INTERVAL
    async with operated() as o:
        o.keeper._time.at = begun + policy(LEADER, dry_run=False).takeover_seconds // 2 - 1
        o.publishes.unfinished = 3
        assert [await o.keeper.tick() for _ in range(2)] == [False, False]
        assert (o.keeper.present.newest, o.publishes.lanes) == (None, [])
        assert await o.keeper.tick() is True
        assert (o.publishes.tended, len(o.publishes.lanes)) == (3, 3)


async def test_a_stuck_transaction_holds_a_round_up_for_half_of_the_others_patience_only(operated):
    begun = NOW // cases.INTERVAL * cases.INTERVAL
    async with operated() as o:
        o.keeper._time.at = begun + policy(LEADER, dry_run=False).takeover_seconds // 2
        o.publishes.unfinished = 99
        assert await o.keeper.tick() is True
        assert len(o.publishes.lanes) == 3


async def test_a_poor_sender_wakes_people_and_one_that_cannot_be_read_does_not(operated, tmp_path):
    async with operated(wei=10**16) as o:
        await o.keeper.tick()
        assert (Alarm.SENDER_LOW, "") in o.woken.alarms
        assert o.metrics.registry.get_sample_value("tailguard_sender_balance_wei") == 1e16
        o.keeper._upkeep._purse.wei = -1
        o.woken.alarms.clear()
        await o.keeper._upkeep.look_into_purse()
        assert o.woken.alarms == []


async def test_every_line_of_a_cycle_carries_its_id(operated):
    lines = []

    def keep(_logger, level, event):
        lines.append({**event, "level": level})
        raise structlog.DropEvent

    structlog.configure(processors=[structlog.contextvars.merge_contextvars, keep])
    try:
        async with operated(dry_run=True) as o:
            await o.keeper.tick()
            o.keeper.present.newest = None
            o.keeper._done_number = -1
            o.keeper._common.reader.lanes = unreachable
            await o.keeper.tick()
    finally:
        structlog.reset_defaults()
    number = NOW // cases.INTERVAL
    assert {line["cycle"] for line in lines} == {f"{number}.1", f"{number}.2"}
    told = [line for line in lines if line["level"] != "debug"]
    assert [(line["event"], line["cycle"]) for line in told if line["event"] != "outbox.left"] == [
        ("round.dry_run", f"{number}.1"),
        ("cycle.failed", f"{number}.2"),
    ]


async def unreachable(block=None):
    raise ChainUnreachable("no node answers")


async def test_a_stop_finishes_the_outbox(operated):
    async with operated() as o:
        o.publishes.unfinished = 3
        assert await o.keeper.drain(30, poll_seconds=0.01) == 0
        assert o.publishes.tended == 3
        o.publishes.unfinished = 1_000_000
        assert await o.keeper.drain(0.05, poll_seconds=0.01) > 0


async def test_a_dry_run_neither_tends_nor_drains(operated):
    async with operated(dry_run=True) as o:
        await o.keeper.tend()
        assert await o.keeper.drain(30) == 0
        assert o.publishes.tended == 0


async def test_the_scheduler_beats_only_while_the_keeper_is_live(operated):
    beats, stop = [], asyncio.Event()
    async with operated() as o:
        o.keeper.watch = lambda: len(beats) < 3
        running = asyncio.create_task(
            run_until_stopped(
                o.keeper,
                poll_seconds=30,
                stop=stop,
                tend_seconds=0.02,
                drain_seconds=1,
                beat=lambda: beats.append(1),
            )
        )
        await asyncio.sleep(0.6)
        stop.set()
        await running
    assert len(beats) == 3


def scraped(text: str) -> dict[str, set[str]]:
    """Sample names with the labels they carry."""
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def rules() -> list[dict]:
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    return group["rules"]


def dashboards() -> list[dict]:
    found = [json.loads(path.read_text()) for path in (ROOT / "deploy/grafana").glob("*.json")]
    assert found
    return found


def panels_of_dashboards() -> list[dict]:
    return [panel for dashboard in dashboards() for panel in dashboard["panels"]]


def panel_expressions() -> list[str]:
    return [target["expr"] for panel in panels_of_dashboards() for target in panel["targets"]]


def expressions() -> list[str]:
    queries = [v["query"] for d in dashboards() for v in d["templating"]["list"]]
    return [*panel_expressions(), *queries, *(rule["expr"] for rule in rules())]


# The scraper adds these, a histogram the last.
GIVEN_LABELS = {"instance", "job", "le", "alarm", "outcome"}


async def test_every_metric_that_dashboard_and_rules_name_is_in_a_real_scrape(operated):
    async with operated() as o:
        await o.keeper.tick()
        await o.keeper.tend()
        status, text = await o.get("/metrics")
    assert status == 200
    found = scraped(text)
    named = {name for expression in expressions() for name in re.findall(r"\btailguard_\w+", expression)}
    assert len(named) > 30
    events = {"tailguard_source_rejections_total"}  # one series for each source and reason that occurred
    assert named - set(found) <= events
    assert named & events <= set(re.findall(r"^# HELP (\w+)", text, re.MULTILINE))
    for expression in expressions():
        for name, selector in re.findall(r"\b(tailguard_\w+)\{([^}]*)\}", expression):
            labels = set(re.findall(r"(\w+)\s*=", selector)) - GIVEN_LABELS
            assert name in events or labels <= found[name], expression


async def test_the_dashboard_shows_every_metric_of_chores_nodes_and_store(operated):
    async with operated() as o:
        await o.keeper.tick()
        _, text = await o.get("/metrics")
    families = re.findall(r"^# TYPE (\w+) (?:counter|gauge)$", text, re.MULTILINE)
    parts = ("tailguard_chores", "tailguard_node", "tailguard_store")
    wanted = {n for n in families if n.startswith(parts) and not n.endswith("_created")}
    assert len(wanted) == 6
    panels = " ".join(panel_expressions())
    assert {name for name in wanted if f"{name}{{" not in panels} == set()
    places = [tuple(panel["gridPos"][key] for key in "xy") for panel in panels_of_dashboards()]
    assert len(places) == len(set(places))


def test_every_alert_has_its_entry_in_the_runbook():
    text = (ROOT / "docs/runbook.md").read_text()
    sections = {s.split("\n", 1)[0]: s for s in re.split(r"^## ", text, flags=re.MULTILINE)[1:]}
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names))
    assert set(sections) == set(names)
    for rule in rules():
        section = sections[rule["alert"]]
        for part in ("**Meaning.**", "**First look.**", "**Remedy.**"):
            assert section.count(part) == 1, rule["alert"]
        assert rule["annotations"]["runbook"] == f"docs/runbook.md#{rule['alert'].lower()}"
        assert rule["labels"]["severity"] in {"warning", "critical"}
    told = re.findall(r"^Alarm `(\w+)`\.$", text, re.MULTILINE)
    assert sorted(told) == sorted(alarm.value for alarm in Alarm if alarm is not Alarm.TEST)


def test_alarms_that_rules_count_exist():
    counted = {name for rule in rules() for name in re.findall(r'alarm="(\w+)"', rule["expr"])}
    assert counted <= {alarm.value for alarm in Alarm}
    outcomes = re.findall(r'outcome=~"([\w|]+)"', "".join(rule["expr"] for rule in rules()))
    assert outcomes == ["failed|dropped"]


def test_prometheus_loads_the_shipped_rules_and_asks_the_keepers_own_port():
    settings = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    assert settings["rule_files"] == [RULES.name]
    (job,) = settings["scrape_configs"]
    assert job["job_name"] == "tailguard"
    assert job["static_configs"][0]["targets"] == ["keeper:8600"]

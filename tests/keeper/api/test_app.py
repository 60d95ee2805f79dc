"""The keeper's routes over real HTTP: what probes, operators, liquidators and strangers get."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import aiohttp
import pytest
import uvicorn

from keeper.api import KeeperMetrics, app, create_app
from keeper.messages import Endorsement, Proposal

HASH = "0x" + "ab" * 32
ACCOUNTS = [
    {"account": 1, "health": "healthy"},
    {"account": 2, "health": "liquidatable"},
    {"account": 3, "health": "unknown"},
]
PROPOSAL = {"leader": 0, "round_number": 5, "lanes": [], "bundle": "{}"}


class Service:
    """A keeper as the routes see it."""

    def __init__(self, *, live: bool = True, mode: str = "normal"):
        self.live, self.mode, self.asked = live, mode, []

    async def endorse(self, proposal: Proposal) -> Endorsement:
        self.asked.append(proposal)
        return Endorsement(signer=1, signatures=[], refusal=f"round {proposal.round_number}")

    def is_live(self) -> bool:
        return self.live

    def status(self):
        return {"mode": self.mode}

    def accounts(self):
        return ACCOUNTS

    def proof(self, account: int):
        return {"seq": 4, "path": []} if account == 1 else None

    def evidence(self, digest: str):
        return b'{"format":1}' if digest == HASH else None


@asynccontextmanager
async def serving(service: Service, metrics: KeeperMetrics | None = None):
    application = create_app(service=service, registry=(metrics or KeeperMetrics()).registry)
    config = uvicorn.Config(
        application, host="127.0.0.1", port=0, log_level="error", lifespan="off", ws="none"
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(10):
            while not server.started:
                await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
            yield session
    finally:
        server.should_exit = True
        await running


async def get(path: str, service: Service | None = None, metrics: KeeperMetrics | None = None):
    async with serving(service or Service(), metrics) as session, session.get(path) as response:
        return response.status, await response.text()


async def post(content: bytes, service: Service | None = None):
    async with (
        serving(service or Service()) as session,
        session.post("/v1/proposals", data=content) as response,
    ):
        return response.status, await response.json()


@pytest.mark.parametrize(("live", "expected"), [(True, (200, "ok")), (False, (503, "stalled"))])
async def test_liveness(live, expected):
    assert await get("/livez", Service(live=live)) == expected


@pytest.mark.parametrize(
    ("mode", "status"), [("normal", 200), ("degraded", 200), ("syncing", 503), ("halted", 503)]
)
async def test_readiness_names_the_mode(mode, status):
    assert await get("/readyz", Service(mode=mode)) == (status, mode)


async def test_metrics_are_exposed_under_their_names():
    metrics = KeeperMetrics()
    metrics.cycles.labels("failed").inc()
    metrics.accounts.labels("unknown").set(3)
    status, text = await get("/metrics", metrics=metrics)
    assert status == 200
    assert 'tailguard_cycles_total{result="failed"} 1.0' in text
    assert 'tailguard_accounts{health="unknown"} 3.0' in text


async def test_two_keepers_of_one_process_count_for_themselves():
    first, second = KeeperMetrics(), KeeperMetrics()
    first.rounds.labels("0").inc()
    assert first.registry.get_sample_value("tailguard_rounds_published_total", {"lane": "0"}) == 1.0
    assert second.registry.get_sample_value("tailguard_rounds_published_total", {"lane": "0"}) is None


async def test_status_accounts_and_evidence():
    async with serving(Service()) as session:
        for path, expected in (
            ("/v1/status", {"mode": "normal"}),
            ("/v1/accounts", ACCOUNTS),
            ("/v1/accounts/3", ACCOUNTS[2]),
            ("/v1/liquidatable", [ACCOUNTS[1]]),
            (f"/v1/evidence/{HASH}", {"format": 1}),
            ("/v1/accounts/1/proof", {"seq": 4, "path": []}),
        ):
            async with session.get(path) as response:
                assert (response.status, await response.json()) == (200, expected), path


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("/v1/accounts/9", "account 9 is not known; /v1/accounts lists those that are"),
        ("/v1/evidence/0x00", "no bundle 0x00 here; ask another keeper"),
        ("/v1/accounts/2/proof", "no margin root known here has a row of account 2"),
        ("/v1/nothing", "Not Found"),
    ],
)
async def test_what_is_not_there_says_so(path, detail):
    status, text = await get(path)
    assert status == 404
    assert detail in text


async def test_an_account_that_is_no_number():
    status, _ = await get("/v1/accounts/one")
    assert status == 422


async def test_a_proposal_is_answered():
    service = Service()
    status, answer = await post(Proposal(**PROPOSAL).model_dump_json().encode(), service)
    assert (status, answer) == (200, {"signer": 1, "signatures": [], "refusal": "round 5"})
    assert service.asked == [Proposal(**PROPOSAL)]


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"[" * 200_000, "recursion limit"),
        (b'{"leader": 0}', "round_number"),
        (b'{"leader": 0, "round_number": 5, "lanes": [], "bundle": "{}", "tip": 1}', "tip"),
        (b'{"leader": 0, "round_number": 5, "lanes": [{"lane": 0}], "bundle": "{}"}', "lanes.0"),
        (b"\xff\xfe", "body"),
    ],
)
async def test_what_is_no_proposal_is_refused_before_the_keeper_sees_it(content, detail):
    service = Service()
    status, answer = await post(content, service)
    assert status == 422
    assert detail in answer["detail"]
    assert service.asked == []


async def test_an_endless_proposal_is_cut_off(monkeypatch):
    monkeypatch.setattr(app, "LARGEST_PROPOSAL_BYTES", 1_000)
    service = Service()
    status, answer = await post(b" " * 2_000, service)
    assert (status, answer["detail"]) == (413, "a proposal has at most 1000 bytes")
    assert service.asked == []

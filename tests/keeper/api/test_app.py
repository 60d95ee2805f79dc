"""The keeper's routes over real HTTP: what probes, operators, liquidators and strangers get."""

from __future__ import annotations

import pytest

from keeper.api import KeeperMetrics
from keeper.api.routes import peers
from keeper.messages import Proposal
from tests.keeper.api.api_cases import ASSESSED, DIGEST, Service, get, post, serving

PROPOSAL = {"leader": 0, "round_number": 5, "lanes": [], "bundle": "{}"}


@pytest.mark.parametrize(("live", "expected"), [(True, (200, "ok")), (False, (503, "stalled"))])
async def test_liveness(live, expected):
    assert await get("/livez", service=Service(live=live)) == expected


@pytest.mark.parametrize(
    ("mode", "status"), [("normal", 200), ("degraded", 200), ("syncing", 503), ("halted", 503)]
)
async def test_readiness_names_the_mode(mode, status):
    assert await get("/readyz", service=Service(mode=mode)) == (status, mode)


async def test_readiness_names_what_is_in_the_way_before_the_mode():
    stuck = Service(obstacle="stuck: sign for 61 s")
    assert await get("/readyz", service=stuck) == (503, "stuck: sign for 61 s")


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


async def test_status_proofs_and_evidence():
    async with serving() as session:
        for path, expected in (
            ("/v1/status", {"mode": "normal"}),
            (f"/v1/evidence/{DIGEST}", {"format": 1}),
            ("/v1/accounts/1/proof", {"seq": 4, "path": []}),
        ):
            async with session.get(path) as response:
                assert (response.status, await response.json()) == (200, expected), path


async def test_one_account_comes_with_the_keepers_own_assessment():
    async with serving() as session:
        async with session.get("/v1/accounts/3") as response:
            answer = await response.json()
        assert (answer["account"]["health"], answer["assessment"]) == ("unknown", ASSESSED)
        async with session.get("/v1/accounts/1") as response:
            assert (await response.json())["assessment"] is None


@pytest.mark.parametrize(
    ("path", "detail", "remedy"),
    [
        ("/v1/accounts/9", "there is no account 9 at block 1", "/v1/accounts lists"),
        (f"/v1/evidence/0x{'00' * 32}", "no bundle 0x00", "ask another keeper"),
        ("/v1/accounts/2/proof", "no margin root known here has a row of account 2", "ask another keeper"),
        ("/v1/nothing", "GET /v1/nothing: Not Found", "/openapi.json lists"),
    ],
)
async def test_what_is_not_there_says_so_and_what_to_do(path, detail, remedy):
    async with serving() as session, session.get(path) as response:
        assert (response.status, response.content_type) == (404, "application/problem+json")
        problem = await response.json(content_type=None)
    assert detail in problem["detail"]
    assert remedy in problem["remedy"]
    assert problem["status"] == 404


@pytest.mark.parametrize(
    "path", ["/v1/accounts/one", "/v1/accounts/0", "/v1/evidence/0x00", "/v1/accounts?limit=0"]
)
async def test_what_is_malformed_is_refused_as_such(path):
    status, text = await get(path)
    assert status == 422
    assert "urn:tailguard:problem:malformed" in text


async def test_a_proposal_is_answered():
    service = Service()
    status, answer = await post(
        "/v1/proposals", Proposal(**PROPOSAL).model_dump_json().encode(), service=service
    )
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
        (b'{"leader": "0", "round_number": 5, "lanes": [], "bundle": "{}"}', "leader"),
    ],
)
async def test_what_is_no_proposal_is_refused_before_the_keeper_sees_it(content, detail):
    service = Service()
    status, answer = await post("/v1/proposals", content, service=service)
    assert status == 422
    assert detail in answer["detail"]
    assert service.asked == []


async def test_an_endless_proposal_is_cut_off(monkeypatch):
    monkeypatch.setattr(peers, "LARGEST_PROPOSAL_BYTES", 1_000)
    service = Service()
    status, answer = await post("/v1/proposals", b" " * 2_000, service=service)
    assert (status, answer["detail"]) == (413, "a proposal has at most 1000 bytes")
    assert service.asked == []

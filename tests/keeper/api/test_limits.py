"""Sizes, rates, seconds and tokens: who goes beyond is told what to do, and nobody else notices."""

from __future__ import annotations

import asyncio

import pytest

from keeper.api.limits import Buckets, Rate, RequestLimits
from tests.keeper.api.api_cases import Desk, serving

ASKED = b'{"legs": []}'
JSON = {"Content-Type": "application/json"}


async def asked(session, content=ASKED, **headers):
    async with session.post("/v1/accounts/1/what-if", data=content, headers={**JSON, **headers}) as response:
        return response.status, await response.json(content_type=None), response.headers


async def test_a_body_beyond_the_limit_is_cut_off_before_it_is_read():
    limits = RequestLimits(body_bytes=1_000)
    async with serving(limits=limits) as session:
        status, problem, _ = await asked(session, b" " * 1_001)
        assert (status, "at most 1000 bytes" in problem["detail"]) == (413, True)
        status, _, _ = await asked(session, ASKED.ljust(1_000))
        assert status == 200


async def test_a_burst_beyond_the_rate_is_told_when_to_come_again_and_probes_are_not_counted():
    limits = RequestLimits(all_requests=Rate(0.5, 3), costly_requests=Rate(0.1, 1))
    async with serving(limits=limits) as session:
        statuses = []
        for _ in range(4):
            async with session.get("/v1/candidates") as response:
                statuses.append(response.status)
        assert statuses == [200, 200, 200, 429]
        assert response.headers["Retry-After"] == "2"
        assert (await asked(session))[0] == 200  # what is costly has a rate of its own
        assert (await asked(session))[0] == 429
        for path in ("/livez", "/readyz", "/metrics"):
            for _ in range(5):
                async with session.get(path) as response:
                    assert response.status == 200


def test_a_bucket_fills_again_with_time_and_addresses_do_not_share():
    now = [0.0]
    buckets = Buckets(Rate(2.0, 2), lambda: now[0])
    assert [buckets.wait_seconds("a") for _ in range(3)] == [0.0, 0.0, 0.5]
    assert buckets.wait_seconds("b") == 0.0
    now[0] = 0.5
    assert [buckets.wait_seconds("a") for _ in range(2)] == [0.0, 0.5]
    now[0] = 1_000.0
    assert [buckets.wait_seconds("a") for _ in range(3)] == [0.0, 0.0, 0.5]


def test_many_addresses_do_not_grow_the_table_for_ever():
    buckets = Buckets(Rate(1.0, 1), lambda: 0.0)
    for number in range(10_000):
        buckets.wait_seconds(str(number))
    assert len(buckets._levels) == 4_096


@pytest.mark.parametrize("given", [{}, {"Authorization": "Bearer other"}, {"Authorization": "Basic secret"}])
async def test_without_the_token_nothing_costly_is_answered(given):
    async with serving(limits=RequestLimits(token="secret")) as session:
        status, problem, headers = await asked(session, **given)
        assert (status, headers["WWW-Authenticate"]) == (401, "Bearer")
        assert "secret" not in str(problem)
        async with session.get("/v1/candidates") as response:
            assert response.status == 200
        assert (await asked(session, Authorization="Bearer secret"))[0] == 200


async def test_what_takes_too_long_is_given_up(monkeypatch):
    async def slow(self, account, legs, cash, block):
        await asyncio.sleep(30)

    monkeypatch.setattr(Desk, "what_if", slow)
    async with serving(limits=RequestLimits(seconds=0.2)) as session:
        status, problem, _ = await asked(session)
        assert (status, problem["title"]) == (503, "Not in time")


async def test_a_body_that_never_ends_is_given_up():
    async def trickle():
        while True:
            yield b" "
            await asyncio.sleep(0.05)

    async with serving(limits=RequestLimits(seconds=0.3)) as session:
        status, problem, _ = await asked(session, trickle())
        assert (status, problem["title"]) == (503, "Not in time")

"""A node that asks for patience is left alone for as long as it says."""

from __future__ import annotations

import time

import pytest
from aiohttp import web

from keeper.chain import rpc as transport
from keeper.errors import ChainError, RateLimited
from tests.keeper.chain.test_rpc import error, node, result


def refusing_once(headers):
    def answer(body, number):
        return web.Response(status=429, headers=headers) if number == 1 else result(body, "0x1")

    return answer


async def test_the_next_request_waits_as_long_as_the_header_says():
    async with node(refusing_once({"Retry-After": "0.4"})) as (rpc, _):
        started = time.monotonic()
        assert await rpc.call("eth_chainId") == "0x1"
        assert time.monotonic() - started >= 0.4


async def test_a_pause_that_nobody_can_wait_for_is_refused_without_a_request():
    async with node(refusing_once({"Retry-After": "60"})) as (rpc, seen):
        with pytest.raises(RateLimited, match="asked for patience"):
            await rpc.call("eth_chainId")
        with pytest.raises(RateLimited, match="s are left"):
            await rpc.call("eth_sendRawTransaction", "0x00")
        assert len(seen) == 1


@pytest.mark.parametrize("header", ["Wed, 21 Oct 2026 07:28:00 GMT", "-5", "nan", "inf", ""])
async def test_a_header_that_names_no_delay_costs_none(header):
    async with node(refusing_once({"Retry-After": header})) as (rpc, _):
        started = time.monotonic()
        assert await rpc.call("eth_chainId") == "0x1"
        assert time.monotonic() - started < 1.0


@pytest.mark.parametrize("data", [{"rate": {"backoff_seconds": 0.4}}, {"retry_after": "0.4"}])
async def test_patience_asked_for_in_the_body_is_had(data):
    def answer(body, number):
        return error(body, -32005, "project rate limit", data) if number == 1 else result(body, "0x1")

    async with node(answer) as (rpc, _):
        started = time.monotonic()
        assert await rpc.call("eth_chainId") == "0x1"
        assert time.monotonic() - started >= 0.4


@pytest.mark.parametrize("words", ["Too Many Requests", "exceeded its compute units per second capacity"])
async def test_a_rate_limit_is_known_by_its_words_too(words):
    async with node(lambda body, _: error(body, -32000, words)) as (rpc, _):
        with pytest.raises(RateLimited):
            await rpc.call("eth_chainId")


@pytest.mark.parametrize("words", ["query returned more than 10000 results", "block range is too wide"])
async def test_a_request_that_is_too_large_is_no_matter_of_patience(words):
    async with node(lambda body, _: error(body, -32005, words)) as (rpc, seen):
        with pytest.raises(ChainError) as caught:
            await rpc.call("eth_getLogs", {})
        assert not isinstance(caught.value, RateLimited)
        assert len(seen) == 1


async def test_a_long_batch_goes_in_parts_and_keeps_its_order(monkeypatch):
    monkeypatch.setattr(transport, "LONGEST_BATCH", 4)

    def answer(body, _):
        calls = body if isinstance(body, list) else [body]
        results = [{"jsonrpc": "2.0", "id": call["id"], "result": call["params"][0]} for call in calls]
        return web.json_response(results if isinstance(body, list) else results[0])

    async with node(answer) as (rpc, seen):
        assert await rpc.batch([("eth_call", [n]) for n in range(9)]) == list(range(9))
        assert [len(body) if isinstance(body, list) else 1 for body in seen] == [4, 4, 1]

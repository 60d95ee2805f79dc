"""The node's ways of failing, each from a real HTTP server that behaves so."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from keeper.chain import Rpc
from keeper.errors import ChainError, ChainUnreachable, RateLimited, TransactionFailed, WrongChain

ERROR_STRING = (
    "0x08c379a0" + (32).to_bytes(32, "big").hex() + (2).to_bytes(32, "big").hex() + b"no".hex().ljust(64, "0")
)


@asynccontextmanager
async def node(answer):
    """A JSON-RPC server whose replies `answer(request body, number of requests so far)` makes."""
    seen = []

    async def handle(request):
        body = await request.json()
        seen.append(body)
        return answer(body, len(seen))

    application = web.Application()
    application.router.add_post("/", handle)
    server = TestServer(application)
    await server.start_server()
    try:
        async with Rpc(str(server.make_url("/")), timeout_seconds=2, retry_delay_seconds=0.01) as rpc:
            yield rpc, seen
    finally:
        await server.close()


def result(body, value):
    return web.json_response({"jsonrpc": "2.0", "id": body["id"], "result": value})


def error(body, code, message, data=None):
    content = {"code": code, "message": message} | ({} if data is None else {"data": data})
    return web.json_response({"jsonrpc": "2.0", "id": body["id"], "error": content})


async def test_a_result_is_given_as_it_is():
    async with node(lambda body, _: result(body, "0x7a69")) as (rpc, _):
        assert await rpc.call("eth_chainId") == "0x7a69"


async def test_a_batch_keeps_the_order_of_the_questions_not_of_the_answers():
    def answer(body, _):
        return web.json_response(
            [{"jsonrpc": "2.0", "id": b["id"], "result": b["params"][0]} for b in reversed(body)]
        )

    async with node(answer) as (rpc, _):
        assert await rpc.batch([("eth_call", [n]) for n in range(5)]) == [0, 1, 2, 3, 4]


async def test_another_chain_is_refused_by_both_numbers():
    async with node(lambda body, _: result(body, "0x1")) as (rpc, _):
        with pytest.raises(WrongChain, match=r"chain 1, configured is 31337"):
            await rpc.require_chain(31_337)


async def test_a_dead_node_is_unreachable_and_named():
    async with Rpc("http://127.0.0.1:1", timeout_seconds=1, retries=0) as rpc:
        with pytest.raises(ChainUnreachable, match=r"127\.0\.0\.1:1.*is the node running"):
            await rpc.call("eth_chainId")


async def test_a_node_that_answers_html_is_unreachable():
    async with node(lambda *_: web.Response(text="<html>bad gateway</html>", status=502)) as (rpc, _):
        with pytest.raises(ChainUnreachable, match="HTTP 502 without JSON"):
            await rpc.call("eth_chainId")


@pytest.mark.parametrize(
    "body", [5, [], "text", [1, 2], {"jsonrpc": "2.0", "id": 999, "result": 1}, {"id": 1}]
)
async def test_an_answer_that_is_no_json_rpc_is_unreachable(body):
    async with node(lambda *_: web.json_response(body)) as (rpc, _):
        with pytest.raises(ChainUnreachable):
            await rpc.call("eth_chainId")


async def test_a_rate_limit_in_the_body_is_retried_for_reads():
    def answer(body, number):
        return error(body, -32005, "limit exceeded") if number == 1 else result(body, "0x1")

    async with node(answer) as (rpc, seen):
        assert await rpc.call("eth_chainId") == "0x1"
        assert len(seen) == 2


async def test_an_endless_rate_limit_is_named():
    async with node(lambda *_: web.Response(status=429)) as (rpc, _):
        with pytest.raises(RateLimited, match="429"):
            await rpc.call("eth_chainId")


async def test_a_send_is_never_retried():
    async with node(lambda *_: web.Response(text="gone", status=503)) as (rpc, seen):
        with pytest.raises(ChainUnreachable):
            await rpc.call("eth_sendRawTransaction", "0x00")
        assert len(seen) == 1


async def test_a_revert_is_no_chain_trouble_but_a_failed_transaction():
    async with node(lambda body, _: error(body, 3, "execution reverted", ERROR_STRING)) as (rpc, _):
        with pytest.raises(TransactionFailed, match="08c379a0"):
            await rpc.call("eth_call", {})


async def test_other_refusals_keep_the_nodes_words():
    async with node(lambda body, _: error(body, -32601, "method not found")) as (rpc, _):
        with pytest.raises(ChainError, match="method not found"):
            await rpc.call("eth_getNothing")

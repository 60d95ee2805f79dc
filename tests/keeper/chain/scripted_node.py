"""A node on loopback that serves a given chain of block hashes, and misbehaves as told."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from aiohttp import web


class ScriptedNode:
    """`chain[i]` is the hash of block i. `fault`: "", "silent", "429", "limit", "html", "null" or "reset"."""

    def __init__(self, chain: list[str]) -> None:
        self.chain, self.fault = list(chain), ""
        self.asked: list[str] = []
        self.refusal = ""

    async def __aenter__(self) -> ScriptedNode:
        application = web.Application()
        application.router.add_post("/", self._serve)
        self._runner = web.AppRunner(application)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        body = orjson.loads(await request.read())
        calls = body if isinstance(body, list) else [body]
        self.asked += [call["method"] for call in calls]
        if self.fault == "silent":
            await asyncio.sleep(5)
        if self.fault == "429":
            return web.Response(status=429)
        if self.fault == "html":
            return web.Response(text="<html>maintenance</html>", content_type="text/html")
        if self.fault == "reset" and request.transport is not None:
            request.transport.abort()
        answers = [{"jsonrpc": "2.0", "id": call["id"], **self._answer(call)} for call in calls]
        return web.json_response(answers if isinstance(body, list) else answers[0])

    def _answer(self, call: dict[str, Any]) -> dict[str, Any]:
        if self.fault == "limit":
            return {"error": {"code": -32005, "message": "daily request count exceeded"}}
        method, parameters = call["method"], call["params"]
        if method == "eth_chainId":
            return {"result": "0x1"}
        if method == "eth_getBlockByNumber":
            number = len(self.chain) - 1 if parameters[0] == "latest" else int(parameters[0], 16)
            return {"result": self._block(number)}
        if method == "eth_call":
            known = parameters[1]["blockHash"] in self.chain
            return {"result": "0x2a"} if known else {"error": {"code": -32001, "message": "header not found"}}
        if method == "eth_sendRawTransaction":
            return (
                {"error": {"code": -32000, "message": self.refusal}} if self.refusal else {"result": "0xabc"}
            )
        return {"error": {"code": 3, "message": "execution reverted", "data": "0x"}}

    def _block(self, number: int) -> dict[str, str] | None:
        if number >= len(self.chain):
            return None
        return {"number": hex(number), "hash": self.chain[number], "timestamp": hex(1_000 + 12 * number)}

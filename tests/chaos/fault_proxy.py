"""A node in front of a node that fails the way nodes of providers do: one fault at a time, on request."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import aiohttp
import orjson
from aiohttp import web
from eth_utils.crypto import keccak

# Longer than a client's patience in these trials.
_HELD_SECONDS = 5.0
_STALE_BLOCKS = 6
_SWAPPED_BLOCKS = 2

# What a proxy can do to requests; see `FaultProxy._before` and `_altered`.
TRANSPORT_FAULTS = (
    "timeout",
    "reset",
    "http_429",
    "body_rate_limit",
    "html",
    "empty_logs",
    "stale_head",
    "minority_fork",
    "reply_lost",
    "reordered_blocks",
)


class FaultProxy:
    """A stale one is a balancer with a lagging backend: counts by tag are fresh, receipts and heads are not.

    Use as `async with FaultProxy(url) as proxy`; set `proxy.fault` to one of `TRANSPORT_FAULTS`, or to ""."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._fault = ""
        self._frozen_at: int | None = None
        self._flips = 0
        self.met: Counter[str] = Counter()

    @property
    def fault(self) -> str:
        return self._fault

    @fault.setter
    def fault(self, name: str) -> None:
        assert name in ("", *TRANSPORT_FAULTS), name
        self._fault, self._frozen_at = name, None

    async def __aenter__(self) -> FaultProxy:
        application = web.Application(client_max_size=2**26)
        application.router.add_post("/", self._answer)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/"
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = orjson.loads(await request.read())
        calls = body if isinstance(body, list) else [body]
        early = await self._before(request, calls)
        if early is not None:
            return early
        answers = [await self._altered(call, await self._asked(call)) for call in calls]
        if self._fault == "reply_lost" and any(c["method"] == "eth_sendRawTransaction" for c in calls):
            return self._broken(request)
        if self._fault == "reordered_blocks":
            answers.reverse()
        return web.json_response(answers if isinstance(body, list) else answers[0])

    async def _before(self, request: web.Request, calls: list[dict[str, Any]]) -> web.StreamResponse | None:
        """Faults that the node behind never hears of."""
        fault = self._fault
        if fault in ("timeout", "reset", "http_429", "body_rate_limit", "html"):
            self.met[fault] += 1
        if fault == "timeout":
            await asyncio.sleep(_HELD_SECONDS)
        if fault in ("timeout", "reset"):
            return self._broken(request)
        if fault == "http_429":
            return web.Response(status=429, headers={"Retry-After": "1"})
        if fault == "html":
            return web.Response(text="<html>sign in to the network</html>", content_type="text/html")
        if fault == "body_rate_limit":
            error = {"code": -32005, "message": "daily request count exceeded, request rate limited"}
            return web.json_response([{"jsonrpc": "2.0", "id": call["id"], "error": error} for call in calls])
        return None

    def _broken(self, request: web.Request) -> web.StreamResponse:
        self.met[self._fault] += 1
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)

    async def _asked(self, call: dict[str, Any]) -> dict[str, Any]:
        async with self._session.post(self._target, json=call) as response:
            answer: dict[str, Any] = await response.json()
            return answer

    async def _altered(self, call: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        """What a node says that means well and knows otherwise."""
        method, result = call["method"], answer.get("result")
        if self._fault == "empty_logs" and method == "eth_getLogs":
            self.met["empty_logs"] += 1
            return {**answer, "result": []}
        if self._fault == "stale_head":
            return await self._stale(call, answer)
        if self._fault == "minority_fork" and method == "eth_getBlockByNumber" and result:
            self.met["minority_fork"] += 1
            return {**answer, "result": {**result, "hash": "0x" + keccak(text=result["hash"]).hex()}}
        if self._fault == "reordered_blocks":
            return await self._reordered(call, answer)
        return answer

    async def _stale(self, call: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        if self._frozen_at is None:
            head = await self._asked({"jsonrpc": "2.0", "id": 0, "method": "eth_blockNumber", "params": []})
            self._frozen_at = max(0, int(head["result"], 16) - _STALE_BLOCKS)
        method, frozen = call["method"], hex(self._frozen_at)
        if await self._is_about_unknown_block(call):
            return {
                "jsonrpc": "2.0",
                "id": call["id"],
                "error": {"code": -32001, "message": "header not found"},
            }
        if method == "eth_blockNumber":
            self.met["stale_head"] += 1
            return {**answer, "result": frozen}
        if method == "eth_getBlockByNumber" and call["params"][0] == "latest":
            self.met["stale_head"] += 1
            return await self._asked({**call, "params": [frozen, call["params"][1]]})
        number = (
            (answer.get("result") or {}).get("blockNumber")
            if isinstance(answer.get("result"), dict)
            else None
        )
        known = number is None or int(number, 16) <= self._frozen_at
        return answer if known else {**answer, "result": None}

    async def _is_about_unknown_block(self, call: dict[str, Any]) -> bool:
        """What is pinned by hash, a lagging backend answers only about blocks that it has."""
        hashes = [p["blockHash"] for p in call["params"] if isinstance(p, dict) and "blockHash" in p]
        for block_hash in hashes:
            asked = {"jsonrpc": "2.0", "id": 0, "method": "eth_getBlockByHash", "params": [block_hash, False]}
            block = (await self._asked(asked)).get("result")
            if block is None or int(block["number"], 16) > (self._frozen_at or 0):
                return True
        return False

    async def _reordered(self, call: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        """The newest block goes back and forth, and logs arrive newest first."""
        if call["method"] == "eth_getLogs" and isinstance(answer.get("result"), list):
            return {**answer, "result": answer["result"][::-1]}
        if (
            call["method"] == "eth_getBlockByNumber"
            and call["params"][0] == "latest"
            and answer.get("result")
        ):
            self.met["reordered_blocks"] += 1
            self._flips += 1
            if self._flips % 2:
                number = max(0, int(answer["result"]["number"], 16) - _SWAPPED_BLOCKS)
                return await self._asked({**call, "params": [hex(number), call["params"][1]]})
        return answer

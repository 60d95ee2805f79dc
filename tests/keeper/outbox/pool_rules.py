"""A node in front of anvil that keeps the pool rules anvil is lax about, and fails on request.

anvil takes a replacement at +5 %; go-ethereum asks for 10 % and other clients for 12.5 % of both fees. The proxy asks
for the strictest, on loopback, and can lose what it took, or the reply to it.
"""

from __future__ import annotations

import aiohttp
import orjson
from aiohttp import web

from keeper.outbox import Fees, Transaction

STRICTEST_BUMP_PERMILLE = 1_125


class PoolRules:
    """Use as `async with PoolRules(anvil_url) as rules`; `rules.url` is what a keeper connects to."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._offers: dict[int, Fees] = {}
        self.taken: list[bytes] = []
        self.swallow = False  # say yes, and keep the transaction from the chain
        self.lose_reply = False  # take it, then break the connection

    async def __aenter__(self) -> PoolRules:
        application = web.Application()
        application.router.add_post("/", self._answer)
        self._runner = web.AppRunner(application)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/"
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        call = orjson.loads(body)
        if isinstance(call, dict) and call["method"] == "eth_sendRawTransaction":
            raw = bytes.fromhex(call["params"][0][2:])
            refusal = self._refusal(raw)
            if refusal:
                return web.json_response({"jsonrpc": "2.0", "id": call["id"], "error": refusal})
            if self.swallow:
                digest = Transaction.hash_of(raw)
                return web.json_response({"jsonrpc": "2.0", "id": call["id"], "result": digest})
        async with self._session.post(
            self._target, data=body, headers={"Content-Type": "application/json"}
        ) as answer:
            content = await answer.read()
        if self.lose_reply and b"eth_sendRawTransaction" in body:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        return web.Response(body=content, content_type="application/json")

    def _refusal(self, raw: bytes) -> dict[str, object] | None:
        if raw in self.taken and not self.swallow:
            return None  # the node itself says what it thinks of it
        offer = Transaction.parse(raw)
        before = self._offers.get(offer.nonce)
        if before is not None and not self.swallow and raw not in self.taken:
            least = STRICTEST_BUMP_PERMILLE
            fees = offer.fees
            if (
                fees.max_fee * 1_000 < before.max_fee * least
                or fees.max_priority_fee * 1_000 < before.max_priority_fee * least
            ):
                return {"code": -32000, "message": "replacement transaction underpriced"}
        self._offers[offer.nonce] = offer.fees
        self.taken.append(raw)
        return None

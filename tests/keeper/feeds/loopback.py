"""A real HTTP server on loopback that answers each path as told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer


def as_json(value: object, status: int = 200) -> web.Response:
    return web.Response(text=json.dumps(value), status=status, content_type="application/json")


@asynccontextmanager
async def serving(
    answers: Mapping[str, object], *, body: str | None = None, status: int = 200, delay: float = 0.0
) -> AsyncIterator[str]:
    """Root URL of a server: `answers` as JSON by path; `body`, where given, stands for every answer."""

    async def handle(request: web.Request) -> web.Response:
        await asyncio.sleep(delay)
        if body is not None:
            return web.Response(text=body, status=status, content_type="text/html")
        if request.path not in answers:
            return web.Response(status=404)
        return as_json(answers[request.path], status)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handle)
    server = TestServer(application)
    await server.start_server()
    try:
        yield str(server.make_url("")).rstrip("/")
    finally:
        await server.close()


@asynccontextmanager
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session

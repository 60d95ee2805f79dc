"""For probes and operators. `/livez` and `/readyz` do no I/O, so that a probe never competes with a cycle."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from keeper.api.service import KeeperService

_TEXT: dict[str, Any] = {"content": {"text/plain": {"schema": {"type": "string"}}}}
_FAILING: dict[int | str, dict[str, Any]] = {503: {"description": "it is not", **_TEXT}}


def router(service: KeeperService, registry: CollectorRegistry) -> APIRouter:
    routes = APIRouter(tags=["operations"])

    @routes.get("/livez", response_class=PlainTextResponse, responses=_FAILING)
    async def livez() -> Response:
        """Whether the loop makes progress."""
        live = service.is_live()
        return PlainTextResponse("ok" if live else "stalled", status_code=200 if live else 503)

    @routes.get("/readyz", response_class=PlainTextResponse, responses=_FAILING)
    async def readyz() -> Response:
        """Whether the keeper takes part in rounds: no stage hangs, no round is far behind, and its mode publishes.
        Answers the mode, or what is in its way."""
        obstacle = service.obstacle()
        if obstacle:
            return PlainTextResponse(obstacle, status_code=503)
        mode = service.status()["mode"]
        return PlainTextResponse(mode, status_code=200 if mode in ("normal", "degraded") else 503)

    @routes.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Prometheus exposition."""
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    @routes.get("/v1/status")
    async def status() -> dict[str, Any]:
        """Mode, round, block, sequence numbers, prices with their sources."""
        return service.status()

    return routes

"""Routes of the keeper."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, HTTPException, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from keeper.api.service import KeeperService
from keeper.messages import Endorsement, Proposal


def create_app(*, service: KeeperService, registry: CollectorRegistry) -> FastAPI:
    """The application. `/livez` and `/readyz` do no I/O, so that a probe never competes with a cycle."""
    app = FastAPI(title="Tailguard keeper", version="1")

    @app.get("/livez")
    async def livez() -> Response:
        return Response(
            "ok" if service.is_live() else "stalled", status_code=200 if service.is_live() else 503
        )

    @app.get("/readyz")
    async def readyz() -> Response:
        mode = service.status()["mode"]
        return Response(mode, status_code=200 if mode in ("normal", "degraded") else 503)

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    @app.get("/v1/status")
    async def status() -> dict[str, Any]:
        return service.status()

    @app.get("/v1/accounts")
    async def accounts() -> list[dict[str, Any]]:
        return service.accounts()

    @app.get("/v1/liquidatable")
    async def liquidatable() -> list[dict[str, Any]]:
        return [account for account in service.accounts() if account["health"] == "liquidatable"]

    @app.get("/v1/accounts/{account}")
    async def account(account: int) -> dict[str, Any]:
        for row in service.accounts():
            if row["account"] == account:
                return row
        raise HTTPException(404, f"account {account} is not known; /v1/accounts lists those that are")

    @app.get("/v1/evidence/{digest}")
    async def evidence(digest: str) -> Response:
        content = service.evidence(digest)
        if content is None:
            raise HTTPException(404, f"no bundle {digest} here; ask another keeper")
        return Response(content, media_type="application/json")

    @app.post("/v1/proposals")
    async def proposals(proposal: Proposal) -> Endorsement:
        return await service.endorse(proposal)

    return app

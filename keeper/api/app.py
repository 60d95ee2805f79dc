"""Routes of the keeper."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from pydantic import ValidationError

from keeper.api.service import KeeperService
from keeper.messages import Endorsement, Proposal

# A bundle with ten thousand accounts has a few million bytes.
LARGEST_PROPOSAL_BYTES = 32 * 1024 * 1024


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

    @app.get("/v1/accounts/{account}/proof")
    async def proof(account: int) -> dict[str, Any]:
        found = service.proof(account)
        if found is None:
            raise HTTPException(404, f"no margin root known here has a row of account {account}")
        return found

    @app.get("/v1/evidence/{digest}")
    async def evidence(digest: str) -> Response:
        content = service.evidence(digest)
        if content is None:
            raise HTTPException(404, f"no bundle {digest} here; ask another keeper")
        return Response(content, media_type="application/json")

    @app.post("/v1/proposals")
    async def proposals(request: Request) -> Endorsement:
        return await service.endorse(await _proposal(request))

    return app


async def _proposal(request: Request) -> Proposal:
    """Read here rather than by the framework: its decoder bounds neither the length nor the depth of a body."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > LARGEST_PROPOSAL_BYTES:
            raise HTTPException(413, f"a proposal has at most {LARGEST_PROPOSAL_BYTES} bytes")
    try:
        return Proposal.model_validate_json(bytes(content))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise HTTPException(422, f"not a proposal: {where}: {first['msg']}") from error

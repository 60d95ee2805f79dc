"""What a keeper's decisions rest on: margin proofs and evidence bundles."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from fastapi.responses import JSONResponse

from keeper.api.problems import not_known, responses
from keeper.api.service import KeeperService
from keeper.candidates import Account

DIGEST = r"^0x[0-9a-f]{64}$"


def router(service: KeeperService) -> APIRouter:
    routes = APIRouter(tags=["records"])

    @routes.get("/v1/accounts/{account}/proof", responses=responses(404, 422))
    async def proof(account: Annotated[Account, Path()]) -> dict[str, Any]:
        """What `proveMargin` takes for this account by the newest margin root."""
        found = service.proof(account)
        if found is None:
            raise not_known(
                f"no margin root known here has a row of account {account}",
                "ask another keeper, or wait for the next root",
            )
        return found

    @routes.get("/v1/evidence/{digest}", response_class=JSONResponse, responses=responses(404, 422))
    async def evidence(digest: Annotated[str, Path(pattern=DIGEST, examples=["0x" + "ab" * 32])]) -> Response:
        """The canonical JSON (RFC 8785) whose keccak-256 is `digest`; it never changes."""
        content = service.evidence(digest)
        if content is None:
            raise not_known(f"no bundle {digest} here", "ask another keeper")
        headers = {"Cache-Control": "public, immutable, max-age=31536000", "ETag": f'"{digest}"'}
        return Response(content, media_type="application/json", headers=headers)

    return routes

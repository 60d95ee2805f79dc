"""Proposals of the other keepers."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError

from keeper.api.problems import Problem, malformed, responses
from keeper.api.service import KeeperService
from keeper.messages import Endorsement, Proposal

# A bundle with ten thousand accounts has a few million bytes.
LARGEST_PROPOSAL_BYTES = 32 * 1024 * 1024

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Proposal"}}},
    }
}


def router(service: KeeperService) -> APIRouter:
    routes = APIRouter(tags=["peers"])

    @routes.post("/v1/proposals", responses=responses(413, 422), openapi_extra=_BODY)
    async def proposals(request: Request) -> Endorsement:
        """Recomputes a round and signs it, or answers the reason of the refusal."""
        return await service.endorse(await _proposal(request))

    return routes


async def _proposal(request: Request) -> Proposal:
    """Read here rather than by the framework: its decoder bounds neither the length nor the depth of a body."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > LARGEST_PROPOSAL_BYTES:
            raise Problem(
                413, "Too large", f"a proposal has at most {LARGEST_PROPOSAL_BYTES} bytes", "send fewer rows"
            )
    try:
        return Proposal.model_validate_json(bytes(content), strict=True)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise malformed(f"not a proposal: {where}: {first['msg']}") from error

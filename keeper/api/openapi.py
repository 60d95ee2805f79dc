"""The OpenAPI document: what the framework derives, with our problem documents in place of its own."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from keeper.api.problems import ProblemDocument
from keeper.messages import Proposal

DESCRIPTION = """\
Snapshot of candidates by `GET /v1/candidates`, its continuation by the WebSocket `/v1/candidates/stream?stream=&seq=`;
see docs/liquidators.md. Amounts are decimal strings in quote currency, times unix seconds."""


def describe(application: FastAPI) -> None:
    """Replaces the application's own description."""

    def document() -> dict[str, Any]:
        if application.openapi_schema is None:
            application.openapi_schema = _document(application)
        return application.openapi_schema

    application.openapi = document  # type: ignore[method-assign] # the framework's own way to extend it


def _document(application: FastAPI) -> dict[str, Any]:
    found = get_openapi(
        title=application.title,
        version=application.version,
        description=DESCRIPTION,
        routes=application.routes,
    )
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    _, definitions = models_json_schema(
        [(ProblemDocument, "serialization"), (Proposal, "validation")],
        ref_template="#/components/schemas/{model}",
    )
    schemas.update(definitions["$defs"])
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return found

"""The OpenAPI document: what the framework derives, with our problem documents in place of its own."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from keeper.api.limits import UNCOUNTED, is_costly
from keeper.api.problems import ProblemDocument, responses
from keeper.messages import Proposal

DESCRIPTION = """\
Snapshot of candidates by `GET /v1/candidates`, its continuation by the WebSocket `/v1/candidates/stream?stream=&seq=`;
see docs/liquidators.md. Amounts are decimal strings in quote currency, times unix seconds."""


def describe(application: FastAPI, *, asks_token: bool) -> None:
    """Replaces the application's own description. `asks_token`: costly answers take a bearer token."""

    def document() -> dict[str, Any]:
        if application.openapi_schema is None:
            application.openapi_schema = _document(application, asks_token)
        return application.openapi_schema

    application.openapi = document  # type: ignore[method-assign] # the framework's own way to extend it


def _document(application: FastAPI, asks_token: bool) -> dict[str, Any]:
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
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            _add_refusals(path, method, operation, asks_token)
    if asks_token:
        found["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    return found


def _add_refusals(path: str, method: str, operation: dict[str, Any], asks_token: bool) -> None:
    """What the limits around every route may answer."""
    if path in UNCOUNTED:
        return
    costly = is_costly(method.upper(), path)
    statuses = [429, 503, *([413] if method == "post" else []), *([401] if costly and asks_token else [])]
    for status, entry in responses(*statuses).items():
        operation["responses"].setdefault(str(status), entry)
    if costly and asks_token:
        operation["security"] = [{"token": []}]

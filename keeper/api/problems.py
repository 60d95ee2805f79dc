"""Refusals as problem documents (RFC 9457): what is wrong, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from keeper.errors import ChainError, ConfigurationError, KeeperError, TransactionFailed, WireError

MEDIA_TYPE = "application/problem+json"


class ProblemDocument(BaseModel):
    """`detail` names the value that decided, `remedy` what to do."""

    type: str = Field(description="a URN that stays the same", examples=["urn:tailguard:problem:not-known"])
    title: str = Field(examples=["Not known"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["there is no account 9 at block 21000000"])
    remedy: str = Field(examples=["GET /v1/accounts lists those that are"])


class Problem(Exception):
    """A refusal with its document."""

    def __init__(
        self, status: int, title: str, detail: str, remedy: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.headers = dict(headers or {})
        self.document = ProblemDocument(
            type=f"urn:tailguard:problem:{title.lower().replace(' ', '-')}",
            title=title,
            status=status,
            detail=detail,
            remedy=remedy,
        )

    def response(self) -> JSONResponse:
        return JSONResponse(
            self.document.model_dump(),
            status_code=self.document.status,
            headers=self.headers,
            media_type=MEDIA_TYPE,
        )


def not_known(detail: str, remedy: str) -> Problem:
    return Problem(404, "Not known", detail, remedy)


def not_yet() -> Problem:
    return Problem(
        503,
        "Not ready",
        "no block has been read yet",
        "try again in a moment; /readyz says when",
        headers={"Retry-After": "2"},
    )


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI entry of these refusals."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
    return {status: {"description": _TITLES[status], "content": content} for status in statuses}


_TITLES = {
    401: "Not authorised",
    404: "Not known",
    409: "Refused by the chain",
    410: "Gone",
    413: "Too large",
    422: "Malformed",
    429: "Too many requests",
    503: "Not ready",
}


def install(application: FastAPI) -> None:
    """Every refusal of the application leaves as a problem document."""

    @application.exception_handler(Problem)
    async def _problem(request: Request, error: Problem) -> JSONResponse:
        del request
        return error.response()

    @application.exception_handler(RequestValidationError)
    async def _malformed(request: Request, error: RequestValidationError) -> JSONResponse:
        del request
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "request"
        return malformed(f"{where}: {first['msg']}").response()

    @application.exception_handler(HTTPException)
    async def _framework(request: Request, error: HTTPException) -> JSONResponse:
        return Problem(
            error.status_code,
            error.detail,
            f"{request.method} {request.url.path}: {error.detail}",
            "/openapi.json lists every path with its methods",
            headers=error.headers,
        ).response()

    @application.exception_handler(KeeperError)
    async def _keeper(request: Request, error: KeeperError) -> JSONResponse:
        del request
        return of_error(error).response()


def malformed(detail: str) -> Problem:
    return Problem(422, "Malformed", detail, "correct the value; /openapi.json gives the form and an example")


def of_error(error: KeeperError) -> Problem:
    """The refusal that an error of the keeper becomes."""
    if isinstance(error, ConfigurationError | WireError):
        return malformed(str(error))
    if isinstance(error, TransactionFailed):
        return Problem(
            409, "Refused by the chain", str(error), "the contract's error says which condition to meet"
        )
    if isinstance(error, ChainError):
        return Problem(
            503,
            "Chain unavailable",
            str(error),
            "try again, or ask another keeper",
            headers={"Retry-After": "2"},
        )
    return Problem(500, "Failed", f"{type(error).__name__}: {error}", "tell the keeper's operator")

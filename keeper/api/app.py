"""The application: routes by concept over the ports of `service`, refusals as problem documents."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from keeper.api import problems, stream
from keeper.api.board import Board
from keeper.api.limits import Limited, RequestLimits
from keeper.api.openapi import describe
from keeper.api.routes import accounts, operations, page, peers, questions, records, solvency
from keeper.api.service import Desk, KeeperService
from keeper.api.stream import StreamLimits
from keeper.solvency import SolvencyDocument


def create_app(
    *,
    service: KeeperService,
    registry: CollectorRegistry,
    board: Board,
    desk: Desk,
    solvency_now: Callable[[], SolvencyDocument | None] = lambda: None,
    stream_limits: StreamLimits | None = None,
    limits: RequestLimits | None = None,
) -> FastAPI:
    """The keeper's HTTP face."""
    application = FastAPI(title="Tailguard keeper", version="1", docs_url=None, redoc_url=None)
    problems.install(application)
    for routes in (
        operations.router(service, registry),
        accounts.router(service, board),
        questions.router(board, desk),
        solvency.router(solvency_now),
        records.router(service),
        peers.router(service),
        page.router(board),
        stream.router(board, stream_limits or StreamLimits()),
    ):
        application.include_router(routes)
    bounds = limits or RequestLimits()
    describe(application, asks_token=bounds.token is not None)
    application.add_middleware(Limited, limits=bounds)
    return application

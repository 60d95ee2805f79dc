"""The keeper's HTTP face, wired: the application, its server, and the watch that fills its table."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from keeper.api import Board, RequestLimits, create_app
from keeper.cli.solvency import SolvencyFigures
from keeper.cli.wiring import WiredKeeper
from keeper.config import KeeperSettings
from keeper.liquidator import LiquidationDesk, QuoteTerms, Watch, WatchPolicy
from keeper.liquidator.solvency import SolvencyWatch
from keeper.signing import read_secret_file
from keeper.solvency import SolvencyDocument

# Readers of streams included; beyond it a request gets 503 at once.
_MOST_CONNECTIONS = 1_024


@asynccontextmanager
async def served(settings: KeeperSettings, keeper: WiredKeeper) -> AsyncIterator[Board]:
    """Serves until the end of the block, and gives the table that is served; readers are let go before the server
    ends."""
    board = Board(stream=secrets.token_hex(8))
    stop = asyncio.Event()
    watch = Watch(
        reader=keeper.reader,
        table=board,
        policy=WatchPolicy(
            poll_seconds=settings.serve.candidates_poll_seconds,
            sweep_seconds=settings.serve.candidates_sweep_seconds,
        ),
    )
    solvency = SolvencyWatch(
        reader=keeper.reader,
        accounts=lambda: (row.account for row in board.rows.values() if row.health.is_candidate),
        told=SolvencyFigures(keeper.metrics, keeper.desk),
        poll_seconds=settings.serve.candidates_poll_seconds,
    )
    keeper.keeper.beside["solvency"] = lambda: _plain(solvency.newest)
    server = _server(settings, keeper, board, solvency)
    watching = (asyncio.create_task(watch.run(stop)), asyncio.create_task(solvency.run(stop)))
    running = (asyncio.create_task(server.serve()), *watching)
    try:
        yield board
    finally:
        stop.set()
        server.should_exit = True
        await asyncio.gather(*running)


def _plain(found: SolvencyDocument | None) -> dict[str, Any] | None:
    return None if found is None else found.model_dump(mode="json")


def _server(
    settings: KeeperSettings, keeper: WiredKeeper, board: Board, solvency: SolvencyWatch
) -> uvicorn.Server:
    token = settings.serve.token_file
    application = create_app(
        limits=RequestLimits(token=None if token is None else read_secret_file(token, "token file").strip()),
        service=keeper.keeper,
        registry=keeper.metrics.registry,
        board=board,
        solvency_now=lambda: solvency.newest,
        desk=LiquidationDesk(
            reader=keeper.reader,
            signer=keeper.keys.signer,
            terms=QuoteTerms(
                chain_id=settings.chain.chain_id,
                validity_seconds=settings.serve.quote_seconds,
                native_underlying=settings.fees.native_underlying,
            ),
        ),
    )
    config = uvicorn.Config(
        application,
        host=settings.serve.host,
        port=settings.serve.port,
        log_level="warning",
        lifespan="off",
        access_log=False,
        ws="websockets-sansio",
        ws_max_size=4_096,  # readers send nothing
        timeout_graceful_shutdown=5,
        limit_concurrency=_MOST_CONNECTIONS,
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined] # the daemon stops itself
    return server

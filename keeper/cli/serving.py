"""The keeper's HTTP face, wired: the application, its server, and the watch that fills its table."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from keeper.api import Board, RequestLimits, create_app
from keeper.cli.wiring import WiredKeeper
from keeper.config import KeeperSettings
from keeper.liquidator import LiquidationDesk, QuoteTerms, Watch, WatchPolicy
from keeper.signing import read_secret_file

# Readers of streams included; beyond it a request gets 503 at once.
_MOST_CONNECTIONS = 1_024


@asynccontextmanager
async def served(settings: KeeperSettings, keeper: WiredKeeper) -> AsyncIterator[None]:
    """Serves until the end of the block; readers are let go before the server ends."""
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
    server = _server(settings, keeper, board)
    running = (asyncio.create_task(server.serve()), asyncio.create_task(watch.run(stop)))
    try:
        yield
    finally:
        stop.set()
        server.should_exit = True
        await asyncio.gather(*running)


def _server(settings: KeeperSettings, keeper: WiredKeeper, board: Board) -> uvicorn.Server:
    token = settings.serve.token_file
    application = create_app(
        limits=RequestLimits(token=None if token is None else read_secret_file(token, "token file").strip()),
        service=keeper.keeper,
        registry=keeper.metrics.registry,
        board=board,
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

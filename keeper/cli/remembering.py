"""The configured store: where it is, opened, and pruned while the keeper runs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import structlog

from keeper.clock import WallClock
from keeper.config import KeeperSettings
from keeper.daemon.keeper import Keeper
from keeper.engine import give_back_freed
from keeper.errors import ConfigurationError, KeeperError
from keeper.signing import read_secret_file
from keeper.store import EvidenceStore, Retention, Store, prune

log = structlog.get_logger()

_PRUNE_SECONDS = 3_600


def location_of(settings: KeeperSettings) -> Path | str:
    """The path or the URL of the database; two are one too many."""
    store = settings.store
    if store.url is None:
        if store.database is None:
            raise ConfigurationError("neither store.database nor store.url is set: set one of them")
        return store.database
    if store.database is not None:
        raise ConfigurationError("store.database and store.url are both set: remove one of them")
    return store.url


@contextmanager
def opened_store(settings: KeeperSettings) -> Iterator[Store]:
    """The database, migrated, with its folders made."""
    location, file = location_of(settings), settings.store.password_file
    settings.store.evidence.mkdir(parents=True, exist_ok=True)
    if isinstance(location, Path):
        location.parent.mkdir(parents=True, exist_ok=True)
    password = None if file is None else read_secret_file(file, "password file").rstrip("\r\n")
    store = Store.open(location, password=password)
    try:
        yield store
    finally:
        store.close()


def pruned_once(settings: KeeperSettings, store: Store, now: int) -> dict[str, int]:
    """Forgets what the settings no longer keep at the keeper's time `now`."""
    kept = settings.store
    retention = Retention(kept.observations_days, kept.rounds_days, kept.messages_days, kept.evidence_days)
    evidence = EvidenceStore(kept.evidence)
    return prune(store.engine, evidence, retention, now=now, wall_now=WallClock().now())


@asynccontextmanager
async def pruned(settings: KeeperSettings, keeper: Keeper, store: Store) -> AsyncIterator[None]:
    """Prunes every hour, beside the rounds, and gives freed memory back; a failure is logged and tried again an hour
    later."""
    task = asyncio.create_task(_prune_regularly(settings, keeper, store))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _prune_regularly(settings: KeeperSettings, keeper: Keeper, store: Store) -> None:
    while True:
        await asyncio.sleep(_PRUNE_SECONDS)
        try:
            gone = await asyncio.to_thread(pruned_once, settings, store, await keeper.now())
        except KeeperError as error:
            log.error("store.unpruned", error=type(error).__name__, reason=str(error))
        else:
            log.info("store.pruned", **gone)
        give_back_freed()

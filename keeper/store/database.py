"""The engine: SQLite with a write-ahead log and full syncs, and the translation of database errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError

from keeper.errors import StoreError
from keeper.store import migrate

BUSY_TIMEOUT_MILLISECONDS = 10_000


def open_database(location: Path | str) -> Engine:
    """Opens a database migrated to the newest schema: the path of a SQLite file, or any SQLAlchemy URL.

    A SQLite file is created in an existing directory; its log is write-ahead and every commit is synced, so what
    was committed survives a power cut.
    """
    try:
        url = (
            make_url(location) if isinstance(location, str) else URL.create("sqlite", database=str(location))
        )
        engine = create_engine(url)
    except (SQLAlchemyError, ImportError) as error:
        raise StoreError(f"database {location} cannot be opened: {error}") from error
    if url.get_backend_name() == "sqlite":
        _require_place(Path(url.database or ""))
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_immediately)
    migrate.upgrade(engine)
    return engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One transaction: committed at the end, rolled back on any error; database errors are `StoreError`s."""
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise StoreError(f"database {engine.url}: {error}") from error


def _require_place(path: Path) -> None:
    if not path.parent.is_dir():
        raise StoreError(
            f"directory {path.parent} of the database does not exist: create it or correct the path"
        )
    if path.is_dir():
        raise StoreError(f"database path {path} is a directory: name a file in it")


def _configure_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own connection
    connection.isolation_level = None  # transactions are begun below, not by the driver's guesses
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MILLISECONDS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediately(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")

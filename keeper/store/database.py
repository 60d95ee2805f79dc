"""The engine: SQLite with a write-ahead log and full syncs, or PostgreSQL; and the translation of database errors."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from keeper.errors import StoreError
from keeper.store import migrate

log = structlog.get_logger()

SLOW_SECONDS = 0.5  # a commit is milliseconds: this is a disk, or a neighbour, that holds up rounds
BUSY_TIMEOUT_MILLISECONDS = 10_000
_CONNECT_SECONDS = 10
# A commit is on disk when it returns, whatever the server's own default; nobody waits for a lock for ever.
_POSTGRESQL_OPTIONS = f"-c synchronous_commit=on -c lock_timeout={BUSY_TIMEOUT_MILLISECONDS}"


def open_database(location: Path | str, *, password: str | None = None) -> Engine:
    """Opens a database migrated to the newest schema: the path of a SQLite file, or a URL of SQLite or PostgreSQL.

    A SQLite file is created in an existing directory; its log is write-ahead and every commit is synced, so what
    was committed survives a power cut. PostgreSQL is told the same for each commit. `password` never is in a URL,
    so that no message shows it.
    """
    engine = connected(location, password=password)
    migrate.upgrade(engine)
    return engine


def connected(location: Path | str, *, password: str | None = None) -> Engine:
    """The same as it is, without migrating it."""
    url = _url(location)
    try:
        if url.get_backend_name() == "postgresql":
            return _postgresql(url, password)
        engine = create_engine(url)
    except (SQLAlchemyError, ImportError) as error:
        raise StoreError(f"database {url} cannot be opened: {error}") from error
    _require_place(Path(url.database or ""))
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_immediately)
    return engine


def _url(location: Path | str) -> URL:
    if isinstance(location, Path):
        return URL.create("sqlite", database=str(location))
    try:
        url = make_url(location)
    except SQLAlchemyError:  # its message repeats the text, and with it whatever is in it
        raise StoreError(
            "the database's URL cannot be read: sqlite:///PATH, or see docs/configuration.md"
        ) from None
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise StoreError(f"database {url} is neither SQLite nor PostgreSQL")
    if url.password is not None or "password" in url.query:
        raise StoreError(
            f"the URL of database {url.database} carries a password: give store.password_file instead"
        )
    return url


def _postgresql(url: URL, password: str | None) -> Engine:
    secret = {} if password is None else {"password": password}
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={"options": _POSTGRESQL_OPTIONS, "connect_timeout": _CONNECT_SECONDS, **secret},
        pool_pre_ping=True,  # a server that was restarted is a new connection, not an error
    )


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One transaction: committed at the end, rolled back on any error; database errors are `StoreError`s.

    One that takes longer than `SLOW_SECONDS`, with its wait for others and for the disk, is told of in the log.
    """
    began = time.monotonic()
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise StoreError(f"database {engine.url}: {error}") from error
    finally:
        seconds = time.monotonic() - began
        if seconds > SLOW_SECONDS:
            log.warning("store.slow", seconds=round(seconds, 2))


def exclusively(connection: Connection, name: str) -> None:
    """Until the transaction ends, no other goes past the same `name`. On SQLite each transaction is alone anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


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

"""Copies of a SQLite store: made while the keeper runs, put back only where nothing is overwritten, and verified.

A database server has its own tools for this; these functions say so instead of pretending.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from keeper.errors import StoreError

_PAGES_A_STEP = 1_000  # the source is unlocked between steps, so that a running keeper is never kept waiting


def backup(source: Path, target: Path) -> int:
    """Copies a store, in use or not, to a new file that is whole or absent; gives its size in bytes.

    The copy is consistent as of its last step: SQLite's online backup starts again whatever changed meanwhile.
    """
    if not source.is_file():
        raise StoreError(f"database {source} does not exist: correct store.database, or name the file")
    if target.exists():
        raise StoreError(f"{target} exists already: choose another name or remove it yourself")
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    try:
        with _opened(source) as original, _opened(partial) as copy:
            original.backup(copy, pages=_PAGES_A_STEP)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        _sync(partial)
        verify(partial)
        os.replace(partial, target)
        _sync(target.parent)
    except (OSError, StoreError):
        partial.unlink(missing_ok=True)
        raise
    return target.stat().st_size


def restore(source: Path, target: Path) -> int:
    """Puts a verified copy in place of a store that is gone; a store that exists is never overwritten."""
    if target.exists() or any(target.with_name(target.name + suffix).exists() for suffix in ("-wal", "-shm")):
        raise StoreError(
            f"{target} or its log exists: stop the keeper, move both away, and restore again; nothing was changed"
        )
    verify(source)
    return backup(source, target)


def verify(path: Path) -> dict[str, int | str]:
    """Checks pages, indexes, foreign keys and the outbox's nonces; gives schema and row counts.

    Raises `StoreError` naming the first thing that is wrong. Nonces of a sender's unfinished transactions have no gap:
    it would keep every later one out of the chain.
    """
    if not path.is_file():
        raise StoreError(f"database {path} does not exist")
    with _opened(path) as connection:
        findings = [row[0] for row in connection.execute("PRAGMA integrity_check")]
        if findings != ["ok"]:
            raise StoreError(f"database {path} is damaged: {findings[0]}; restore a backup")
        orphans = connection.execute("PRAGMA foreign_key_check").fetchall()
        if orphans:
            raise StoreError(f"database {path}: a row of {orphans[0][0]} refers to nothing; restore a backup")
        _require_contiguous_nonces(connection, path)
        return _summary(connection)


def _require_contiguous_nonces(connection: sqlite3.Connection, path: Path) -> None:
    gaps = connection.execute(
        "SELECT sender, MAX(nonce) FROM outbox WHERE status IN ('planned', 'signed', 'accepted') "
        "GROUP BY chain_id, sender "
        "HAVING MAX(nonce) - MIN(nonce) + 1 <> COUNT(*)"
    ).fetchall()
    if gaps:
        raise StoreError(
            f"database {path}: nonces of sender {gaps[0][0]} up to {gaps[0][1]} have a gap; restore a backup"
        )


def _summary(connection: sqlite3.Connection) -> dict[str, int | str]:
    version = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
        "AND name <> 'alembic_version' ORDER BY name"
    ).fetchall()
    counts = {name: _count(connection, name) for (name,) in names}
    return {"schema": version[0] if version else "none", **counts}


def _count(connection: sqlite3.Connection, table: str) -> int:
    # The name comes from the database's own catalogue.
    return int(connection.execute(f'SELECT COUNT(*) FROM "{table}"').fetchone()[0])  # noqa: S608 - see above


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(path, timeout=10)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise StoreError(f"database {path}: {error}") from error


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

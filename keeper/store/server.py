"""A store on a database server: looked at with our own eyes, copied with the server's own tools."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, func, inspect, select, text

from keeper.errors import StoreError
from keeper.store import tables
from keeper.store.database import transaction
from keeper.store.records import PENDING

_OUTBOX = tables.outbox


def verify_server(engine: Engine) -> dict[str, int | str]:
    """Checks that every table is there and that unfinished nonces have no gap; gives schema and row counts.

    Pages and indexes are the server's own to check (`pg_amcheck`).
    """
    with transaction(engine) as connection:
        missing = set(tables.metadata.tables) - set(inspect(connection).get_table_names())
        if missing:
            raise StoreError(
                f"database {engine.url} lacks the table {min(missing)}: start the keeper, or restore a backup"
            )
        _require_contiguous_nonces(connection, engine)
        version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        counts = {
            name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
            for name, table in sorted(tables.metadata.tables.items())
        }
    return {"schema": str(version), **counts}


def _require_contiguous_nonces(connection: Connection, engine: Engine) -> None:
    lowest, highest, count = func.min(_OUTBOX.c.nonce), func.max(_OUTBOX.c.nonce), func.count()
    gap = connection.execute(
        select(_OUTBOX.c.sender, highest)
        .where(_OUTBOX.c.status.in_([str(status) for status in PENDING]))
        .group_by(_OUTBOX.c.chain_id, _OUTBOX.c.sender)
        .having(highest - lowest + 1 != count)
    ).first()
    if gap is not None:
        raise StoreError(
            f"database {engine.url}: nonces of sender {gap[0]} up to {gap[1]} have a gap; restore a backup"
        )


def refuse_backup(url: str, target: Path) -> StoreError:
    """What to use in place of `db backup`."""
    return StoreError(
        f"store.url is a database server, whose own tool copies it: pg_dump -Fc -f {target} '{_libpq(url)}'"
    )


def refuse_restore(url: str, source: Path) -> StoreError:
    """What to use in place of `db restore`."""
    return StoreError(
        f"store.url is a database server, whose own tool restores it, with the keeper stopped and into an empty "
        f"database: pg_restore --exit-on-error -d '{_libpq(url)}' {source}; then `tailguard db verify`"
    )


def _libpq(url: str) -> str:
    """The URL as the server's own tools read it."""
    return "postgresql:" + url.split(":", 1)[1]

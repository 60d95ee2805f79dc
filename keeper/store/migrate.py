"""The schema's versions, run from code so that no configuration file has to travel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from keeper.errors import StoreError

_LOCK = 0x7461_696C_6775_6172  # "tailguar": any number that is nobody else's


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Brings the database to `revision`, all or nothing."""
    _run(engine, lambda config: command.upgrade(config, revision))


def downgrade(engine: Engine, revision: str) -> None:
    """Takes the database back to `revision` ("base" for empty): destroys what later versions hold."""
    _run(engine, lambda config: command.downgrade(config, revision))


def _run(engine: Engine, step: Callable[[Config], None]) -> None:
    config = Config()
    location = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", location.replace("%", "%%"))
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":  # of several keepers that start at once one migrates
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            config.attributes["connection"] = connection
            step(config)
    except SQLAlchemyError as error:
        raise StoreError(f"database {engine.url} cannot be migrated: {error}") from error

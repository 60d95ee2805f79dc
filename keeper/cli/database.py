"""db backup|restore|verify|prune: what a keeper remembers, copied, checked and forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from keeper.cli.connect import JsonOption
from keeper.cli.output import show_facts
from keeper.cli.remembering import location_of, opened_store, pruned_once
from keeper.clock import WallClock
from keeper.config import KeeperSettings, load_settings
from keeper.store import copies
from keeper.store.server import refuse_backup, refuse_restore, verify_server

app = typer.Typer(help="The keeper's database: back up, restore, verify, prune.", no_args_is_help=True)
ConfigOption = Annotated[Path, typer.Option("--config", help="Configuration file (TOML).")]


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="New file of the copy.")],
    config: ConfigOption,
    json: JsonOption = False,
) -> None:
    """Copies the database to a new file, also while the keeper runs."""
    source = location_of(load_settings(config))
    if isinstance(source, str):
        raise refuse_backup(source, target)
    size = copies.backup(source, target)
    show_facts({"database": str(source), "copy": str(target), "bytes": size}, title="Backup", as_json=json)


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(help="A copy made by `db backup`.")],
    config: ConfigOption,
    json: JsonOption = False,
) -> None:
    """Verifies a copy and puts it where the database was; an existing one is never overwritten."""
    target = location_of(load_settings(config))
    if isinstance(target, str):
        raise refuse_restore(target, source)
    size = copies.restore(source, target)
    show_facts({"copy": str(source), "database": str(target), "bytes": size}, title="Restore", as_json=json)


@app.command()
def verify(config: ConfigOption, json: JsonOption = False) -> None:
    """Checks what the kind of database allows, and nonces; shows schema and row counts."""
    settings = load_settings(config)
    location = location_of(settings)
    facts = copies.verify(location) if isinstance(location, Path) else _verified(settings)
    show_facts({"database": str(location), **facts}, title="Database", as_json=json)


@app.command()
def prune(config: ConfigOption, json: JsonOption = False) -> None:
    """Forgets at once what the settings no longer keep; a running keeper does so every hour."""
    settings = load_settings(config)
    with opened_store(settings) as store:
        gone: dict[str, Any] = dict(pruned_once(settings, store, WallClock().now()))
    show_facts(gone, title="Pruned", as_json=json)


def _verified(settings: KeeperSettings) -> dict[str, int | str]:
    with opened_store(settings) as store:
        return verify_server(store.engine)

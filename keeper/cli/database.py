"""db backup|restore|verify: copies of what a keeper remembers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from keeper.cli.connect import JsonOption
from keeper.cli.output import show_facts
from keeper.config import load_settings
from keeper.store import copies

app = typer.Typer(help="The keeper's database: back up, restore, verify.", no_args_is_help=True)
ConfigOption = Annotated[Path, typer.Option("--config", help="Configuration file (TOML).")]


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="New file of the copy.")],
    config: ConfigOption,
    json: JsonOption = False,
) -> None:
    """Copies the database to a new file, also while the keeper runs."""
    source = load_settings(config).store.database
    size = copies.backup(source, target)
    show_facts({"database": str(source), "copy": str(target), "bytes": size}, title="Backup", as_json=json)


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(help="A copy made by `db backup`.")],
    config: ConfigOption,
    json: JsonOption = False,
) -> None:
    """Verifies a copy and puts it where the database was; an existing one is never overwritten."""
    target = load_settings(config).store.database
    size = copies.restore(source, target)
    show_facts({"copy": str(source), "database": str(target), "bytes": size}, title="Restore", as_json=json)


@app.command()
def verify(config: ConfigOption, json: JsonOption = False) -> None:
    """Checks pages, references and nonces; shows schema and row counts."""
    path = load_settings(config).store.database
    show_facts({"database": str(path), **copies.verify(path)}, title="Database", as_json=json)

"""Tables for people, JSON for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def print_json(document: Any) -> None:  # noqa: ANN401 - any JSON document
    """One document on standard output; decimals as strings."""
    json.dump(document, sys.stdout, indent=2, default=str)
    sys.stdout.write("\n")


def show(rows: Sequence[Mapping[str, Any]], *, columns: Mapping[str, str], title: str, as_json: bool) -> None:
    """`columns` maps a key of each row to its heading; JSON carries every key."""
    if as_json:
        print_json(list(rows))
        return
    table = Table(title=title, title_justify="left", header_style="bold", expand=False)
    for key, heading in columns.items():
        table.add_column(heading, justify="left" if _is_text(rows, key) else "right", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row.get(key)) for key in columns))
    out.print(table)


def show_facts(facts: Mapping[str, Any], *, title: str, as_json: bool) -> None:
    """One document as a two-column table."""
    if as_json:
        print_json(dict(facts))
        return
    table = Table(title=title, title_justify="left", show_header=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for key, value in facts.items():
        table.add_row(key.replace("_", " "), _cell(value))
    out.print(table)


def money(wad: int) -> str:
    """WAD to quote currency with two digits, for people."""
    return f"{Decimal(wad).scaleb(-18):,.2f}"


def _is_text(rows: Iterable[Mapping[str, Any]], key: str) -> bool:
    value = next((row[key] for row in rows if row.get(key) is not None), "")
    return isinstance(value, str) and not value.replace(",", "").replace(".", "").lstrip("-").isdigit()


def _cell(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if value is None:
        return "-"
    if isinstance(value, list | tuple):
        return escape(", ".join(str(item) for item in value))
    return escape(str(value))

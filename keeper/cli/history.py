"""keeper history: the price history that the model starts from, as a venue recorded it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from keeper.assess import history_digest, parse_history
from keeper.canonical import canonical_json
from keeper.cli.connect import JsonOption
from keeper.cli.output import err, show_facts
from keeper.clock import WallClock
from keeper.errors import ConfigurationError
from keeper.feeds import DeribitHistory

_HOUR = 3_600
_DERIBIT = "https://www.deribit.com"


def history(
    out: Annotated[Path, typer.Option("--out", help="File to write; an existing one is not overwritten.")],
    days: Annotated[int, typer.Option("--days", min=30, max=3_650, help="How far back.")] = 365,
    until: Annotated[
        str | None, typer.Option("--until", help="UTC hour of the last bar, e.g. 2026-03-01T00:00.")
    ] = None,
    deribit_url: Annotated[
        str,
        typer.Option("--deribit-url", envvar="TAILGUARD_FEEDS__DERIBIT_URL", help="Base URL of the venue."),
    ] = _DERIBIT,
    json: JsonOption = False,
) -> None:
    """Downloads hourly prices and implied volatilities. Keepers of one quorum need the same file: give one --until."""
    if out.exists():
        raise ConfigurationError(f"{out} exists: choose another name, or remove it yourself")
    last = _hour(until, WallClock().now())
    document = asyncio.run(_fetched(DeribitHistory(deribit_url), since=last - days * 24 * _HOUR, until=last))
    parse_history(document)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(canonical_json(document))
    facts = {
        "file": str(out),
        "bars": len(document["timestamps"]),
        "until": last,
        "digest": history_digest(document),
    }
    show_facts(facts, title="Price history", as_json=json)


async def _fetched(source: DeribitHistory, *, since: int, until: int) -> dict[str, Any]:
    columns = (TextColumn("reading the past"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("", total=source.requests(since=since, until=until))
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=600, sock_read=30)) as session:
            return await source.document(session, since=since, until=until, advance=lambda: bar.advance(task))


def _hour(text: str | None, now: int) -> int:
    """The hour named, or the last whole one that is over."""
    if text is None:
        return now // _HOUR * _HOUR
    try:
        at = datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError as error:
        raise ConfigurationError(f"--until {text!r} is no UTC time such as 2026-03-01T00:00") from error
    if at.timestamp() % _HOUR or at.timestamp() > now:
        raise ConfigurationError(f"--until {text} is no whole hour of the past")
    return int(at.timestamp())

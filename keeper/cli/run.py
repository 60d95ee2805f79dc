"""keeper run|once|check."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from keeper.alarms import Severity
from keeper.cli.alerting import channel_of
from keeper.cli.check import findings_of
from keeper.cli.chores import worker_of
from keeper.cli.connect import JsonOption
from keeper.cli.output import show, show_facts
from keeper.cli.policy import policy_of, publishing
from keeper.cli.remembering import pruned
from keeper.cli.service_manager import ServiceManager
from keeper.cli.serving import served
from keeper.cli.wiring import wired
from keeper.config import KeeperSettings, load_settings
from keeper.daemon.schedule import run_until_stopped, stop_on_signals
from keeper.engine import seldom_collected
from keeper.errors import ConfigurationError

app = typer.Typer(help="The keeper daemon.", no_args_is_help=True)
PublishOption = Annotated[
    bool, typer.Option("--publish", help="Publish, whatever dry_run and the chain say.")
]
ConfigOption = Annotated[Path, typer.Option("--config", help="Configuration file (TOML).")]


@app.command()
def run(config: ConfigOption, publish: PublishOption = False) -> None:
    """Runs until SIGINT or SIGTERM; the round in hand and what was sent are finished first."""
    settings = publishing(load_settings(config), publish)
    asyncio.run(_run(settings))


@app.command()
def once(config: ConfigOption, publish: PublishOption = False, json: JsonOption = False) -> None:
    """One round: observes, assesses, publishes if it is this keeper's turn, and shows what it saw."""
    settings = publishing(load_settings(config), publish)
    document = asyncio.run(_once(settings))
    show_facts(document, title="Round", as_json=json)


@app.command()
def alert(config: ConfigOption, json: JsonOption = False) -> None:
    """Sends a test to every configured alert address, whatever hour it is."""
    channel = channel_of(load_settings(config))
    if channel is None:
        raise ConfigurationError("no alert address is configured: see [alerts] in docs/configuration.md")
    text = "A test: this address is told when the keeper needs a human."
    failed = asyncio.run(channel.send(title="Tailguard test", body=text, severity=Severity.INFO))
    show_facts({"addresses": len(channel), "not_taken": failed}, title="Test alert", as_json=json)
    if failed:
        raise ConfigurationError(f"{failed} of {len(channel)} alert addresses did not take the test")


@app.command()
def check(config: ConfigOption, json: JsonOption = False) -> None:
    """Compares the configuration with the chain: contracts, signer, balance, clock, history. Sends nothing."""
    findings = asyncio.run(findings_of(load_settings(config)))
    show(
        [finding._asdict() for finding in findings],
        columns={"check": "check", "result": "result", "detail": "detail"},
        title="keeper check",
        as_json=json,
    )
    if any(finding.result == "failed" for finding in findings):
        raise ConfigurationError("the configuration does not fit the chain; see the failed checks above")


async def _run(settings: KeeperSettings) -> None:
    stop = asyncio.Event()
    stop_on_signals(stop)
    async with (
        wired(settings, resume=not policy_of(settings).dry_run) as keeper,
        served(settings, keeper) as board,
        pruned(settings, keeper.keeper, keeper.store),
    ):
        chores = worker_of(settings, keeper, lambda: board.rows)
        if chores is not None:
            keeper.keeper.beside["chores"] = chores.report
        manager = ServiceManager.of(os.environ)
        manager.tell("READY=1")
        with seldom_collected():
            await run_until_stopped(
                keeper.keeper,
                poll_seconds=settings.poll_seconds,
                stop=stop,
                beat=lambda: manager.tell("WATCHDOG=1"),
                beside=() if chores is None else [(chores.look, settings.chores.poll_seconds)],
            )
        manager.tell("STOPPING=1")


async def _once(settings: KeeperSettings) -> dict[str, Any]:
    async with wired(settings, resume=not policy_of(settings).dry_run) as keeper:
        await keeper.keeper.once()
        return keeper.keeper.status()

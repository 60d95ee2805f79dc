"""keeper run|once|check."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from keeper.alarms import Severity
from keeper.cli.alerting import channel_of
from keeper.cli.connect import JsonOption
from keeper.cli.key_check import key_findings
from keeper.cli.output import show, show_facts
from keeper.cli.policy import policy_of, publishing
from keeper.cli.remembering import pruned
from keeper.cli.service_manager import ServiceManager
from keeper.cli.serving import served
from keeper.cli.surroundings import surroundings
from keeper.cli.wiring import wired
from keeper.config import KeeperSettings, load_settings
from keeper.daemon.schedule import run_until_stopped, stop_on_signals
from keeper.errors import ConfigurationError

app = typer.Typer(help="The keeper daemon.", no_args_is_help=True)
PublishOption = Annotated[
    bool, typer.Option("--publish", help="Publish, whatever dry_run and the chain say.")
]
ConfigOption = Annotated[Path, typer.Option("--config", help="Configuration file (TOML).")]

# Keepers on clocks further apart than this would refuse each other's rounds.
_MOST_CLOCK_SKEW_SECONDS = 30
_LEAST_SENDER_WEI = 10**16


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
    findings = asyncio.run(_check(load_settings(config)))
    show(
        findings,
        columns={"check": "check", "result": "result", "detail": "detail"},
        title="keeper check",
        as_json=json,
    )
    if any(finding["result"] == "failed" for finding in findings):
        raise ConfigurationError("the configuration does not fit the chain; see the failed checks above")


async def _run(settings: KeeperSettings) -> None:
    stop = asyncio.Event()
    stop_on_signals(stop)
    async with (
        wired(settings, resume=not policy_of(settings).dry_run) as keeper,
        served(settings, keeper),
        pruned(settings, keeper.keeper, keeper.store),
    ):
        manager = ServiceManager.of(os.environ)
        manager.tell("READY=1")
        await run_until_stopped(
            keeper.keeper,
            poll_seconds=settings.poll_seconds,
            stop=stop,
            beat=lambda: manager.tell("WATCHDOG=1"),
        )
        manager.tell("STOPPING=1")


async def _once(settings: KeeperSettings) -> dict[str, Any]:
    async with wired(settings, resume=not policy_of(settings).dry_run) as keeper:
        await keeper.keeper.once()
        return keeper.keeper.status()


async def _check(settings: KeeperSettings) -> list[dict[str, str]]:
    async with wired(settings, resume=False) as keeper:
        lanes = await keeper.reader.lanes()
        block = await keeper.reader.block()
        now = await keeper.keeper.now()
        sender, signer, history = keeper.outbox.sender, keeper.keys.signer.address, keeper.assessor.history
        balance = int(await keeper.reader.rpc.call("eth_getBalance", sender, "latest"), 16)
        listed = lanes.signers[settings.signer] if settings.signer < len(lanes.signers) else "nobody"
        parameters = await keeper.reader.parameters(block)
        return [
            _finding("deployment", True, f"{len(keeper.deployment.contracts)} contracts have code"),
            _finding(
                "signer",
                listed.lower() == signer.lower(),
                f"index {settings.signer} on chain is {listed}, the configured key is {signer}",
            ),
            _finding(
                "quorum",
                len(settings.peers) + 1 >= lanes.threshold,
                f"{len(settings.peers)} peers and this keeper, {lanes.threshold} signatures needed",
            ),
            _finding("sender balance", balance >= _LEAST_SENDER_WEI, f"{sender} has {balance / 1e18:.4f}"),
            *(_finding(*found) for found in await key_findings(keeper)),
            _finding(
                "clock",
                abs(now - block.timestamp) <= _MOST_CLOCK_SKEW_SECONDS,
                f"{now - block.timestamp} s off",
            ),
            _finding(
                "validity",
                settings.rounds.validity_seconds <= parameters.limits.max_time_to_live,
                f"{settings.rounds.validity_seconds} s, the contract allows {parameters.limits.max_time_to_live} s",
            ),
            _finding(
                "history",
                history.underlyings == len(parameters.underlyings),
                f"{history.bars} bars of {history.underlyings} underlyings",
            ),
            *(
                {"check": name, "result": result, "detail": detail}
                for name, result, detail in await surroundings(
                    keeper.reader, keeper.deployment, settings, sender
                )
            ),
            _finding("mode", True, "dry run" if policy_of(settings).dry_run else "publishes"),
        ]


def _finding(check_name: str, holds: bool, detail: str) -> dict[str, str]:
    return {"check": check_name, "result": "ok" if holds else "failed", "detail": detail}

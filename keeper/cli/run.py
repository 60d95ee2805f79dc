"""keeper run|once|check."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer

from keeper.cli.connect import JsonOption
from keeper.cli.key_check import key_findings
from keeper.cli.output import show, show_facts
from keeper.cli.policy import policy_of
from keeper.cli.remembering import pruned
from keeper.cli.serving import served
from keeper.cli.wiring import wired
from keeper.config import KeeperSettings, load_settings
from keeper.daemon.schedule import run_until_stopped, stop_on_signals
from keeper.errors import ConfigurationError

app = typer.Typer(help="The keeper daemon.", no_args_is_help=True)
ConfigOption = Annotated[Path, typer.Option("--config", help="Configuration file (TOML).")]

# Keepers on clocks further apart than this would refuse each other's rounds.
_MOST_CLOCK_SKEW_SECONDS = 30
_LEAST_SENDER_WEI = 10**16


@app.command()
def run(config: ConfigOption) -> None:
    """Runs until SIGINT or SIGTERM; the round in hand is finished first."""
    settings = load_settings(config)
    configure_logs()
    asyncio.run(_run(settings))


@app.command()
def once(config: ConfigOption, json: JsonOption = False) -> None:
    """One round: observes, assesses, publishes if it is this keeper's turn, and shows what it saw."""
    settings = load_settings(config)
    configure_logs()
    document = asyncio.run(_once(settings))
    show_facts(document, title="Round", as_json=json)


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
    if any(finding["result"] != "ok" for finding in findings):
        raise ConfigurationError("the configuration does not fit the chain; see the failed checks above")


def configure_logs() -> None:
    """JSON lines on standard error; keys and passwords never reach a log because no record holds them."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


async def _run(settings: KeeperSettings) -> None:
    stop = asyncio.Event()
    stop_on_signals(stop)
    async with (
        wired(settings, resume=not policy_of(settings).dry_run) as keeper,
        served(settings, keeper),
        pruned(settings, keeper.keeper, keeper.store),
    ):
        await run_until_stopped(keeper.keeper, poll_seconds=settings.poll_seconds, stop=stop)


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
            _finding("mode", True, "dry run" if policy_of(settings).dry_run else "publishes"),
        ]


def _finding(check_name: str, holds: bool, detail: str) -> dict[str, str]:
    return {"check": check_name, "result": "ok" if holds else "failed", "detail": detail}

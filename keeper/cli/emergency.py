"""pause: the guardian's brake, paid for by the emergency key, which nothing else ever holds up."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import typer

from keeper.chain import Artifacts, ChainReader, read_deployment
from keeper.cli.chain_access import nodes_of
from keeper.cli.connect import JsonOption
from keeper.cli.keys import open_key
from keeper.cli.output import show_facts
from keeper.cli.remembering import opened_store
from keeper.cli.sending import opened_relay, outbox_of
from keeper.config import KeeperSettings, load_settings
from keeper.errors import ConfigurationError
from keeper.outbox import Urgency

_REASON_BYTES = 32


def pause(
    config: Annotated[Path, typer.Option("--config", help="Configuration file (TOML).")],
    hours: Annotated[float, typer.Option("--hours", help="From now; 72 at most.", min=0.01, max=72)] = 1.0,
    reason: Annotated[str, typer.Option("--reason", help="At most 32 bytes, for the record.")] = "",
    json: JsonOption = False,
) -> None:
    """Holds back withdrawals and trades that add risk. The emergency key must be a guardian's."""
    facts = asyncio.run(_pause(load_settings(config), round(hours * 3_600), _word(reason)))
    show_facts(facts, title="Paused", as_json=json)


async def _pause(settings: KeeperSettings, seconds: int, reason: bytes) -> dict[str, Any]:
    deployment, artifacts = read_deployment(settings.chain.deployment), Artifacts(settings.chain.artifacts)
    async with (
        nodes_of(settings, artifacts) as rpc,
        aiohttp.ClientSession() as session,
        opened_relay(settings) as relay,
    ):
        sender = await open_key(settings.keys, Urgency.EMERGENCY, session)
        if sender is None:
            raise ConfigurationError("keys.emergency is unset: configure a guardian's key there")
        reader = ChainReader(rpc, artifacts, deployment.addresses)
        await reader.require_deployed(settings.chain.chain_id)
        contract = reader.contracts["Pause"]
        until = (await reader.block()).timestamp + seconds
        with opened_store(settings) as store:
            outbox = outbox_of(settings, sender, rpc=rpc, relay=relay, store=store)
            await outbox.tend()
            message = await outbox.deliver(
                f"pause/{until}/{sender.address}",
                contract.address,
                contract.encode("pause", until, reason),
                most_cost_wei=settings.fees.most_cost_wei,
            )
    return {"until": until, "by": sender.address, "transaction": message.transaction_hash}


def _word(reason: str) -> bytes:
    encoded = reason.encode()
    if len(encoded) > _REASON_BYTES:
        raise ConfigurationError(
            f"--reason has {len(encoded)} bytes; at most {_REASON_BYTES} go into the event"
        )
    return encoded.ljust(_REASON_BYTES, b"\0")

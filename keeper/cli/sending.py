"""The way of one key's transactions: its outbox, over the configured nodes and relay."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from keeper.chain import Nodes, Rpc
from keeper.config import KeeperSettings
from keeper.outbox import Endpoint, Outbox, Patience
from keeper.signing import Signer
from keeper.store import MessageTable, Store


@asynccontextmanager
async def opened_relay(settings: KeeperSettings) -> AsyncIterator[Rpc | None]:
    """The private relay where one is configured."""
    if settings.fees.relay_url is None:
        yield None
        return
    async with Rpc(settings.fees.relay_url, timeout_seconds=settings.chain.timeout_seconds) as relay:
        yield relay


def outbox_of(
    settings: KeeperSettings, sender: Signer, *, rpc: Rpc | Nodes, relay: Rpc | None, store: Store
) -> Outbox:
    """The outbox of one key. Its nonces are its own rows, so it never waits for another key's."""
    return Outbox(
        endpoint=Endpoint(node=rpc, sender=sender.address, relay=relay),
        messages=MessageTable(store.engine),
        signer=sender,
        chain_id=settings.chain.chain_id,
        patience=Patience(settings.fees.replace_after_seconds, settings.fees.confirmations),
    )

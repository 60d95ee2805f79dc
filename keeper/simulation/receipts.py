"""Waiting for a local chain, which answers a send before it has mined the block."""

from __future__ import annotations

import asyncio
from typing import Any

from keeper.chain import Rpc

_POLL_SECONDS = 0.005


async def mined(rpc: Rpc, transaction_hash: str) -> dict[str, Any]:
    """The receipt, once there is one."""
    while True:
        receipt: dict[str, Any] | None = await rpc.call("eth_getTransactionReceipt", transaction_hash)
        if receipt is not None:
            return receipt
        await asyncio.sleep(_POLL_SECONDS)

"""Sends the liquidator's calls: simulated first, then through the durable outbox."""

from __future__ import annotations

import itertools

from keeper.chain import ChainReader
from keeper.outbox import Outbox


class OutboxTransactor:
    """Implements the bot's `Transactor` port. `session` distinguishes runs, so that equal calls are new intents."""

    def __init__(self, *, reader: ChainReader, outbox: Outbox, session: str) -> None:
        self._reader = reader
        self._outbox = outbox
        self._session = session
        self._numbers = itertools.count(1)

    async def simulate(self, contract: str, function: str, *arguments: object) -> None:
        """Raises TransactionFailed with the decoded error if the call would revert now."""
        target = self._reader.contracts[contract]
        call = {
            "from": self._outbox.sender,
            "to": target.address,
            "data": "0x" + target.encode(function, *arguments).hex(),
        }
        await self._reader.rpc.call("eth_call", call, "latest")

    async def send(self, contract: str, function: str, *arguments: object) -> None:
        target = self._reader.contracts[contract]
        key = f"{self._session}/{next(self._numbers)}/{contract}.{function}"
        await self._outbox.deliver(key, target.address, target.encode(function, *arguments))

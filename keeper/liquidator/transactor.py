"""Sends the liquidator's calls: simulated first, then through the durable outbox."""

from __future__ import annotations

import itertools

from keeper.chain import ChainReader
from keeper.liquidator.calls import Invocation
from keeper.outbox import Outbox


class OutboxTransactor:
    """Implements the bot's `Transactor` port. `session` distinguishes runs, so that equal calls are new intents."""

    def __init__(self, *, reader: ChainReader, outbox: Outbox, session: str) -> None:
        self._reader = reader
        self._outbox = outbox
        self._session = session
        self._numbers = itertools.count(1)

    async def simulate(self, call: Invocation) -> None:
        """Raises TransactionFailed with the decoded error if the call would revert now."""
        request = {
            "from": self._outbox.sender,
            "to": self._reader.contracts[call.contract].address,
            "data": "0x" + call.encoded(self._reader.contracts).hex(),
        }
        await self._reader.rpc.call("eth_call", request, "latest")

    async def send(self, call: Invocation) -> None:
        target = self._reader.contracts[call.contract].address
        key = f"{self._session}/{next(self._numbers)}/{call.contract}.{call.function}"
        await self._outbox.deliver(key, target, call.encoded(self._reader.contracts))

"""Sends the liquidator's calls through the durable outbox."""

from __future__ import annotations

import itertools
from typing import Any

from keeper.chain import ChainReader
from keeper.clock import Clock, WallClock
from keeper.errors import ChainError
from keeper.liquidator.calls import Invocation
from keeper.outbox import Outbox
from keeper.store import MessageStatus, MessageTable

_DAY_SECONDS = 86_400


async def _called(reader: ChainReader, sender: str, call: Invocation) -> Any:  # noqa: ANN401 - as dynamic as the ABI
    answer = await reader.rpc.call("eth_call", _request(reader, sender, call), "latest")
    return reader.contracts[call.contract].decode(call.function, bytes.fromhex(answer[2:]))


def _request(reader: ChainReader, sender: str, call: Invocation) -> dict[str, str]:
    data = "0x" + call.encoded(reader.contracts).hex()
    return {"from": sender, "to": reader.contracts[call.contract].address, "data": data}


class OutboxTransactor:
    """Implements the bot's `Transactor` port. `session` distinguishes runs, so that equal calls are new intents."""

    def __init__(self, *, reader: ChainReader, outbox: Outbox, session: str) -> None:
        self._reader = reader
        self._outbox = outbox
        self._session = session
        self._numbers = itertools.count(1)

    async def simulate(self, call: Invocation) -> None:
        """Raises TransactionFailed with the decoded error if the call would revert now."""
        await _called(self._reader, self._outbox.sender, call)

    async def send(self, call: Invocation) -> None:
        target = self._reader.contracts[call.contract].address
        key = f"{self._session}/{next(self._numbers)}/{call.contract}.{call.function}"
        await self._outbox.deliver(key, target, call.encoded(self._reader.contracts))


class BoundedTransactor:
    """One transaction at a time, each with the most it may cost; what was offered within a day survives restarts."""

    def __init__(
        self,
        *,
        reader: ChainReader,
        outbox: Outbox,
        messages: MessageTable,
        chain_id: int,
        timeout_seconds: float = 60.0,
        clock: Clock | None = None,
    ) -> None:
        self._reader = reader
        self._outbox = outbox
        self._messages = messages
        self._chain_id = chain_id
        self._timeout = timeout_seconds
        self._clock = clock or WallClock()

    @property
    def sender(self) -> str:
        return self._outbox.sender

    async def is_busy(self) -> bool:
        """Looks after what is sent and not mined; while there is any, nothing else is sent."""
        await self._outbox.tend()
        return bool(self._messages.pending(self._chain_id, self.sender))

    def offered_today(self) -> int:
        """Wei that the transactions of the last 24 hours may have cost at most."""
        return self._messages.offered_since(self._chain_id, self.sender, self._clock.now() - _DAY_SECONDS)

    async def simulate(self, call: Invocation) -> Any:  # noqa: ANN401 - as dynamic as the ABI
        """What the call would return now. Raises TransactionFailed with the decoded error if it would revert."""
        return await _called(self._reader, self.sender, call)

    async def cost_wei(self, call: Invocation) -> int:
        """Gas of the call now at the node's price of gas. Raises TransactionFailed if it would revert."""
        request = _request(self._reader, self.sender, call)
        gas, price = await self._reader.rpc.batch([("eth_estimateGas", [request]), ("eth_gasPrice", [])])
        for answer in (gas, price):
            if isinstance(answer, ChainError):
                raise answer
        return int(gas, 16) * int(price, 16)

    async def send(self, intent: str, call: Invocation, *, most_cost_wei: int) -> None:
        """Waits until it is mined. Raises `TransactionFailed` where it is refused or reverted, `ChainUnreachable` where
        it was not mined in time and stays with the outbox. No `intent` is sent twice while it may be mined.
        """
        target = self._reader.contracts[call.contract].address
        await self._outbox.deliver(
            self._fresh(intent),
            target,
            call.encoded(self._reader.contracts),
            most_cost_wei=most_cost_wei,
            timeout_seconds=self._timeout,
        )

    def _fresh(self, intent: str) -> str:
        """A key whose earlier tries are all over: mined or failed, and the chain asks for it again."""
        for attempt in itertools.count():
            key = f"{intent}/{attempt}"
            known = self._messages.find(key)
            if known is None or known.status not in (MessageStatus.MINED, MessageStatus.FAILED):
                return key
        raise AssertionError("unreachable: attempts are counted without end")

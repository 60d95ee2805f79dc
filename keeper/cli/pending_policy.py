"""Contents of pending policies: by the event index the transactions that named them, by their calldata the policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from keeper.audit.calls import CallDecoder, ContractCall, Sent
from keeper.chain import ChainReader
from keeper.chores.policies import as_arguments, digest_of
from keeper.chores.ports import Policy
from keeper.store import EventRecord, EventTable

_LANE = "PolicyLane"
# Arguments that are policies, of every function that an update comes by or advances by.
_CONTENTS = ("newest", "target", "from", "to")
_PAGE = 1_000


class IndexedPolicies:
    """Implements the chores' `Policies` port. A policy that was set from inside another contract stays unknown."""

    def __init__(self, reader: ChainReader, table: EventTable) -> None:
        self._reader = reader
        self._table = table
        self._decoder = CallDecoder(reader.contracts)

    async def known(self, target: str) -> Mapping[str, Policy]:
        hashes = {event.transaction_hash for event in self._events() if _names(event, target)}
        found: dict[str, Policy] = {}
        for transaction_hash in sorted(hashes):
            for call in await self._calls(transaction_hash):
                found |= {digest_of(policy): policy for policy in _policies(call)}
        return found

    async def _calls(self, transaction_hash: str) -> list[ContractCall]:
        answer = await self._reader.rpc.call("eth_getTransactionByHash", transaction_hash)
        if answer is None:
            return []
        return self._decoder.calls(
            Sent(transaction_hash, answer["to"], bytes.fromhex(answer["input"][2:]), gas_used=0)
        )

    def _events(self) -> Iterator[EventRecord]:
        after = 0
        while page := self._table.events(_LANE, after=after, limit=_PAGE):
            yield from page
            after = page[-1].seq


def _names(event: EventRecord, target: str) -> bool:
    """Accepted as that policy, or a step towards it."""
    arguments: dict[str, Any] = orjson.loads(event.arguments)
    name = {"PolicyAccepted": "policy", "PolicyInForce": "target"}.get(event.name)
    return name is not None and arguments[name] == target


def _policies(call: ContractCall) -> list[Policy]:
    if call.contract != _LANE:
        return []
    return [as_arguments(call.arguments[name]) for name in _CONTENTS if name in call.arguments]

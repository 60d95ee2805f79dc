"""Audit events: decoding, and proof that none is missing, altered or out of order.

Every audit event ends in (uint64 seq, bytes24 runningHash), with
  payload = topics ++ data without its last 64 bytes,
  runningHash(n) = first 24 bytes of keccak256(runningHash(n-1) ++ uint64 n ++ keccak256(payload)).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import decode

from keeper.chain.abi import Entry
from keeper.chain.contracts import Contract
from keeper.chain.log_decoder import plans_of
from keeper.chain.rpc import Node
from keeper.errors import ChainError
from keeper.hashing import keccak

ROUND_ACCEPTED = "RoundAccepted"  # each lane's rounds have a trail of their own
LANE_ROUND_ACCEPTED = "LaneRoundAccepted"  # of a lane with a contract, and so a trail, of its own
MARGIN_PROVEN = "MarginProven"  # on no trail: the account's attestation counts its proofs
NO_TRAIL = ""
# Rows that no calldata holds, committed to by their round.
ROWS_LOGGED_TOPIC = "0x" + keccak(b"RowsLogged(uint8,uint64,bytes)").hex()
TRAIL_BYTES = 64  # the two trailing words: seq and running hash
EMPTY_HASH = bytes(24)


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One decoded audit log. `arguments` by ABI name, without `seq` and `runningHash`."""

    contract: str
    address: str
    name: str
    arguments: Mapping[str, Any]
    seq: int
    running_hash: bytes
    payload_hash: bytes
    block_number: int
    log_index: int
    transaction_hash: str

    @property
    def trail(self) -> str:
        """Whose running hash it continues: the contract's, or that of its lane (`lane_trail`)."""
        if self.name == ROUND_ACCEPTED:
            return lane_trail(self.contract, self.arguments["lane"])
        if self.name == MARGIN_PROVEN:
            return NO_TRAIL
        return self.contract


@dataclass(frozen=True, slots=True)
class Trail:
    """Sequence number and running hash after some event; `Trail()` is a contract's beginning."""

    seq: int = 0
    running_hash: bytes = EMPTY_HASH

    def after(self, event: AuditEvent) -> Trail:
        """The trail one event on; `ChainError` where the event is not the next one or was altered."""
        seq = self.seq + 1
        if event.seq != seq:
            raise ChainError(
                f"{event.trail} event {event.name} in block {event.block_number} has seq {event.seq}, "
                f"expected {seq}: logs are missing or out of order"
            )
        expected = keccak(self.running_hash + seq.to_bytes(8, "big") + event.payload_hash)[:24]
        if event.running_hash != expected:
            raise ChainError(
                f"{event.trail} event {event.name} seq {seq} has running hash 0x{event.running_hash.hex()}, "
                f"its content gives 0x{expected.hex()}: the log or one before it was altered"
            )
        return Trail(seq, expected)


def verify_trail(events: Iterable[AuditEvent], start: Trail | None = None) -> Trail:
    """Follows one trail's events from `start` (default: its beginning) and gives the trail after the last."""
    trail = start or Trail()
    for event in events:
        trail = trail.after(event)
    return trail


def logged_rows(log: Mapping[str, Any]) -> bytes | None:
    """The rows of a `RowsLogged`; None for any other log. Whether they count, a round's `rowsHash` says."""
    topics = log["topics"]
    if not topics or topics[0].lower() != ROWS_LOGGED_TOPIC:
        return None
    return bytes(decode(["bytes"], bytes.fromhex(log["data"][2:]))[0])


def is_audit_event(entry: Entry) -> bool:
    """Whether an event of an ABI is part of the audit trail."""
    last = [(parameter.name, parameter.type, parameter.indexed) for parameter in entry.inputs[-2:]]
    return last == [("seq", "uint64", False), ("runningHash", "bytes24", False)]


def decode_log(contracts: Mapping[str, Contract], log: Mapping[str, Any]) -> AuditEvent | None:
    """The audit event of a raw log of one of these contracts; None for other events (token transfers)."""
    return LogDecoder(contracts).decode(log)


class LogDecoder:
    """The same for many logs of the same contracts."""

    def __init__(self, contracts: Mapping[str, Contract]) -> None:
        self._plans = plans_of(contracts, lambda e: is_audit_event(e) or e.name == MARGIN_PROVEN)

    def decode(self, log: Mapping[str, Any]) -> AuditEvent | None:
        known = self._plans.get(log["address"].lower())
        plan = known[1].get(log["topics"][0].lower()) if known is not None and log["topics"] else None
        if known is None or plan is None:
            return None
        contract, topics = known[0], log["topics"]
        content = bytes.fromhex("".join([word[2:] for word in (*topics, log["data"])]))
        arguments = plan.arguments(len(topics), content)
        return AuditEvent(
            contract=contract.artifact.name,
            address=contract.address,
            name=plan.entry.name,
            seq=arguments.pop("seq", 0),
            running_hash=arguments.pop("runningHash", EMPTY_HASH),
            arguments=arguments,
            payload_hash=keccak(content[:-TRAIL_BYTES]),
            block_number=int(log["blockNumber"], 16),
            log_index=int(log["logIndex"], 16),
            transaction_hash=log["transactionHash"],
        )


class EventReader:
    """Audit events of a deployment over one node."""

    def __init__(self, rpc: Node, contracts: Mapping[str, Contract]) -> None:
        self._rpc = rpc
        self._contracts = contracts
        self._decoder = LogDecoder(contracts)

    def doubt(self, reason: str) -> None:
        """What was last read did not add up: another node is asked next, where there is one."""
        self._rpc.doubt("eth_getLogs", reason)

    async def events(self, first_block: int, last_block: int) -> list[AuditEvent]:
        """All audit events of the blocks, in the chain's order."""
        return (await self.read(first_block, last_block))[0]

    async def read(self, first_block: int, last_block: int) -> tuple[list[AuditEvent], dict[bytes, bytes]]:
        """The same, and the packed rows that contracts published, by their keccak-256."""
        query = {
            "fromBlock": hex(first_block),
            "toBlock": hex(last_block),
            "address": [contract.address for contract in self._contracts.values()],
        }
        logs = await self._rpc.call("eth_getLogs", query)
        decoded = [self._decoder.decode(log) for log in logs]
        events = [event for event in decoded if event is not None]
        rows = [data for log in logs if (data := logged_rows(log)) is not None]
        ordered = sorted(events, key=lambda event: (event.block_number, event.log_index))
        return ordered, {keccak(data): data for data in rows}


def verify_trails(
    events: Iterable[AuditEvent], starts: Mapping[str, Trail] | None = None
) -> dict[str, Trail]:
    """Verifies every trail through a mixed, ordered list of events; gives the trails by name (`AuditEvent.trail`)."""
    trails = dict(starts or {})
    for event in events:
        if event.trail == NO_TRAIL:
            continue
        trails[event.trail] = trails.get(event.trail, Trail()).after(event)
    return trails


def lane_trail(contract: str, lane: int) -> str:
    """The name of a lane's own trail."""
    return f"{contract} lane {lane}"

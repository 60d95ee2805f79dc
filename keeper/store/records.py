"""Rows of the store as frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class RoundStatus(StrEnum):
    PROPOSED = "proposed"
    SIGNED = "signed"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    REFUSED = "refused"


class MessageStatus(StrEnum):
    """planned -> signed -> accepted -> mined | failed; a reorganisation takes the last two back to signed."""

    PLANNED = "planned"
    SIGNED = "signed"
    ACCEPTED = "accepted"
    MINED = "mined"
    FAILED = "failed"


PENDING = (MessageStatus.PLANNED, MessageStatus.SIGNED, MessageStatus.ACCEPTED)


@dataclass(frozen=True, slots=True)
class RoundRecord:
    """One round as this keeper knows it; `header`, `rows` canonical JSON; `digest`, `snapshot` 0x-hex."""

    lane: int
    seq: int
    digest: str
    header: str
    rows: str
    status: RoundStatus
    snapshot: str
    observed_at: int
    transaction_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One intent of the outbox with the transaction that carries it now.

    `raw` and `transaction_hash` are None until it is signed. `most_cost_wei` bounds gas x max_fee of every
    replacement; None is no bound. `broadcast_at`: unix seconds when the present bytes were last handed to a node.
    `confirmed`: its block lies deep enough not to be looked at again.
    """

    id: int
    chain_id: int
    sender: str
    nonce: int
    intent_key: str
    target: str
    data: bytes
    status: MessageStatus
    raw: bytes | None = None
    transaction_hash: str | None = None
    block_number: int | None = None
    gas_used: int | None = None
    error: str | None = None
    most_cost_wei: Decimal | None = None
    broadcast_at: int | None = None
    block_hash: str | None = None
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Inclusion:
    """The block that has a message, and the transaction that carried it there."""

    transaction_hash: str
    block_number: int
    block_hash: str
    gas_used: int


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One audit event; `arguments` is JSON, bytes as 0x-hex; `running_hash` 0x-hex."""

    contract: str
    seq: int
    name: str
    arguments: str
    running_hash: str
    block_number: int
    log_index: int
    transaction_hash: str


@dataclass(frozen=True, slots=True)
class IndexedBlock:
    """A block up to which the index is complete."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class LiquidationRecord:
    """One event of an auction as the chain logged it; `arguments` is JSON with amounts as decimal strings."""

    auction_id: int
    seq: int
    account: int
    event: str
    arguments: str
    block_number: int
    transaction_hash: str

"""Rows of the store as frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RoundStatus(StrEnum):
    PROPOSED = "proposed"
    SIGNED = "signed"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    REFUSED = "refused"


class MessageStatus(StrEnum):
    """planned -> signed -> accepted -> mined | failed."""

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
    """One transaction of the outbox. `raw` and `transaction_hash` are None until it is signed."""

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

"""What a keeper remembers: its database and its evidence bundles."""

from keeper.canonical import canonical_json
from keeper.store.events import EventTable
from keeper.store.evidence import EvidenceStore, bundle_hash, history_path
from keeper.store.messages import MessageTable
from keeper.store.records import (
    EventRecord,
    Inclusion,
    IndexedBlock,
    LiquidationRecord,
    Message,
    MessageStatus,
    RoundRecord,
    RoundStatus,
)
from keeper.store.retention import Retention, prune
from keeper.store.settlement import settle_rounds
from keeper.store.store import Store

__all__ = [
    "EventRecord",
    "EventTable",
    "EvidenceStore",
    "Inclusion",
    "IndexedBlock",
    "LiquidationRecord",
    "Message",
    "MessageStatus",
    "MessageTable",
    "Retention",
    "RoundRecord",
    "RoundStatus",
    "Store",
    "bundle_hash",
    "canonical_json",
    "history_path",
    "prune",
    "settle_rounds",
]

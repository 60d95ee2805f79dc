"""Transactions that survive crashes: committed before they are sent, never executed twice."""

from keeper.outbox.endpoint import GAS_HEADROOM_PERCENT, Endpoint
from keeper.outbox.fees import BASE_FEE_MULTIPLE, BUMP_PERMILLE, Fees
from keeper.outbox.outbox import Outbox, Patience
from keeper.outbox.refusals import Refusal, classify
from keeper.outbox.transaction import LocalSigner, Transaction, TransactionSigner
from keeper.outbox.urgency import Urgency, require_distinct

__all__ = [
    "BASE_FEE_MULTIPLE",
    "BUMP_PERMILLE",
    "GAS_HEADROOM_PERCENT",
    "Endpoint",
    "Fees",
    "LocalSigner",
    "Outbox",
    "Patience",
    "Refusal",
    "Transaction",
    "TransactionSigner",
    "Urgency",
    "classify",
    "require_distinct",
]

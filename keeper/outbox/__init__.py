"""Transactions that survive crashes: committed before they are sent, never executed twice."""

from keeper.outbox.outbox import BASE_FEE_MULTIPLE, GAS_HEADROOM_PERCENT, Outbox
from keeper.outbox.transaction import Fees, Transaction, TransactionSigner

__all__ = ["BASE_FEE_MULTIPLE", "GAS_HEADROOM_PERCENT", "Fees", "Outbox", "Transaction", "TransactionSigner"]

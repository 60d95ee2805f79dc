"""Transactions that survive crashes: committed before they are sent, never executed twice."""

from keeper.outbox.outbox import Outbox
from keeper.outbox.transaction import Fees, Transaction, TransactionSigner

__all__ = ["Fees", "Outbox", "Transaction", "TransactionSigner"]

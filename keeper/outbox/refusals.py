"""Why a node refused a transaction, from what the clients are known to say.

There is no standard code: the phrases are those of go-ethereum, Nethermind, Besu, Erigon, Reth and anvil.
"""

from __future__ import annotations

from enum import StrEnum


class Refusal(StrEnum):
    """What to do differs for each; OTHER stays in the outbox and is told to a person."""

    KNOWN = "known"
    NONCE_USED = "nonce used"
    UNDERPRICED = "underpriced"
    UNFUNDED = "unfunded"
    OTHER = "other"


_PHRASES = (
    (Refusal.KNOWN, ("already known", "already imported", "alreadyknown", "known transaction")),
    (Refusal.NONCE_USED, ("nonce too low", "old nonce", "oldnonce", "nonce is too low", "nonce below")),
    (
        Refusal.UNDERPRICED,
        (
            "underpriced",
            "fee too low",
            "feetoolow",
            "less than block base fee",
            "lower than the current base fee",
            "below the minimum",
            "not enough to replace",
        ),
    ),
    (Refusal.UNFUNDED, ("insufficient funds", "insufficientfunds", "upfront cost", "insufficient balance")),
)


def classify(message: str) -> Refusal:
    """The first class one of whose phrases occurs in the node's message."""
    lowered = message.lower()
    for refusal, phrases in _PHRASES:
        if any(phrase in lowered for phrase in phrases):
            return refusal
    return Refusal.OTHER

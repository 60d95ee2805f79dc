"""What nodes say when they refuse a transaction; the phrases are quoted from the clients."""

from __future__ import annotations

import pytest

from keeper.outbox import Refusal, classify


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("already known", Refusal.KNOWN),
        ("transaction already imported", Refusal.KNOWN),
        ("AlreadyKnown", Refusal.KNOWN),
        ("nonce too low: next nonce 7, tx nonce 5", Refusal.NONCE_USED),
        ("Nonce is too low", Refusal.NONCE_USED),
        ("OldNonce", Refusal.NONCE_USED),
        ("replacement transaction underpriced", Refusal.UNDERPRICED),
        ("transaction underpriced: gas tip cap 1, minimum needed 1000000", Refusal.UNDERPRICED),
        ("max fee per gas less than block base fee: address 0x1, maxFeePerGas: 1", Refusal.UNDERPRICED),
        ("FeeTooLow, EffectivePriorityFeePerGas too low 1 < 2", Refusal.UNDERPRICED),
        ("insufficient funds for gas * price + value", Refusal.UNFUNDED),
        ("Upfront cost exceeds account balance", Refusal.UNFUNDED),
        ("intrinsic gas too low", Refusal.OTHER),
        ("", Refusal.OTHER),
    ],
)
def test_the_clients_own_words(said, meant):
    assert classify(said) is meant

"""Our transaction bytes are what an independent implementation makes of the same fields."""

from __future__ import annotations

import pytest
from eth_account import Account

from keeper.outbox import Fees, Transaction
from keeper.signing import KeystoreSigner

TARGET = "0x5FbDB2315678afecb367f032d93F642f64180aa3"


@pytest.mark.parametrize(
    ("nonce", "target", "data"),
    [(0, TARGET, b""), (1, TARGET, b"\x00"), (130, TARGET, b"\x7f" * 300), (2, None, b"\x60\x00")],
)
def test_raw_bytes_and_hash_agree_with_eth_account(nonce, target, data):
    secret = 0xA11CE
    transaction = Transaction(31_337, nonce, Fees(3_000_000_000, 1_000_000_000), 90_000, target, data)
    raw, transaction_hash = transaction.sign(KeystoreSigner.from_secret(secret))
    reference = Account.sign_transaction(
        {
            "type": 2,
            "chainId": 31_337,
            "nonce": nonce,
            "maxFeePerGas": 3_000_000_000,
            "maxPriorityFeePerGas": 1_000_000_000,
            "gas": 90_000,
            "to": target or b"",
            "value": 0,
            "data": data,
        },
        secret.to_bytes(32, "big"),
    )
    assert raw == bytes(reference.raw_transaction)
    assert transaction_hash == "0x" + bytes(reference.hash).hex()


async def test_a_signer_that_hashes_by_itself_makes_the_same_bytes():
    transaction = Transaction(31_337, 7, Fees(3_000_000_000, 1_000_000_000), 90_000, TARGET, b"\x01")
    key = KeystoreSigner.from_secret(0xA11CE)
    assert transaction.signed(await key.sign(transaction.preimage())) == transaction.sign(key)

"""EIP-1559 transactions as bytes, so that what is stored is exactly what is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import rlp
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from keeper.outbox.fees import Fees

TRANSACTION_TYPE = b"\x02"  # EIP-2718 envelope of EIP-1559


class TransactionSigner(Protocol):
    """A key as `keeper.signing.Signer` has it: 65 bytes r || s || v of a 32-byte digest, v in {27, 28}."""

    @property
    def address(self) -> str: ...

    def sign_digest(self, digest: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Transaction:
    """A call without value; `target` None creates a contract."""

    chain_id: int
    nonce: int
    fees: Fees
    gas: int
    target: str | None
    data: bytes

    def sign(self, signer: TransactionSigner) -> tuple[bytes, str]:
        """Raw bytes and transaction hash (0x-hex)."""
        fields = [
            self.chain_id,
            self.nonce,
            self.fees.max_priority_fee,
            self.fees.max_fee,
            self.gas,
            b"" if self.target is None else bytes.fromhex(self.target[2:]),
            0,
            self.data,
            [],
        ]
        signature = signer.sign_digest(keccak(TRANSACTION_TYPE + rlp.encode(fields)))
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
        raw = TRANSACTION_TYPE + rlp.encode([*fields, signature[64] - 27, r, s])
        return raw, self.hash_of(raw)

    @staticmethod
    def hash_of(raw: bytes) -> str:
        """The hash (0x-hex) by which a chain knows these bytes."""
        return "0x" + keccak(raw).hex()

    @classmethod
    def parse(cls, raw: bytes) -> Transaction:
        """The fields of raw bytes that `sign` made."""
        chain_id, nonce, priority, fee, gas, target, _value, data, *_ = rlp.decode(raw[1:])
        return cls(
            chain_id=int.from_bytes(chain_id, "big"),
            nonce=int.from_bytes(nonce, "big"),
            fees=Fees(int.from_bytes(fee, "big"), int.from_bytes(priority, "big")),
            gas=int.from_bytes(gas, "big"),
            target=to_checksum_address(target) if target else None,
            data=data,
        )

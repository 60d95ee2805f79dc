"""EIP-1559 transactions as bytes, so that what is stored is exactly what is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import rlp
from eth_utils.crypto import keccak

TRANSACTION_TYPE = b"\x02"  # EIP-2718 envelope of EIP-1559


class TransactionSigner(Protocol):
    """A key as `keeper.signing.Signer` has it: 65 bytes r || s || v of a 32-byte digest, v in {27, 28}."""

    @property
    def address(self) -> str: ...

    def sign_digest(self, digest: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Fees:
    """Wei per unit of gas."""

    max_fee: int
    max_priority_fee: int


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
        return raw, "0x" + keccak(raw).hex()

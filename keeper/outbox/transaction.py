"""EIP-1559 transactions as bytes, so that what is stored is exactly what is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import rlp
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from keeper.outbox.fees import Fees

TRANSACTION_TYPE = b"\x02"  # EIP-2718 envelope of EIP-1559


class TransactionSigner(Protocol):
    """A key as `keeper.signing.Signer` has it: 65 bytes r || s || v over keccak-256 of a preimage, v in {27, 28}."""

    @property
    def address(self) -> str: ...

    async def sign(self, preimage: bytes) -> bytes: ...


class LocalSigner(Protocol):
    """A key in this process, which signs at once: 65 bytes r || s || v of a 32-byte digest, v in {27, 28}."""

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

    def sign(self, signer: LocalSigner) -> tuple[bytes, str]:
        """Raw bytes and transaction hash (0x-hex)."""
        return self.signed(signer.sign_digest(keccak(self.preimage())))

    def preimage(self) -> bytes:
        """What a signer is given: the signature is over its keccak-256."""
        return TRANSACTION_TYPE + bytes(rlp.encode(self._fields()))

    def signed(self, signature: bytes) -> tuple[bytes, str]:
        """Raw bytes and transaction hash (0x-hex) with a signature over `preimage`."""
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
        raw = TRANSACTION_TYPE + rlp.encode([*self._fields(), signature[64] - 27, r, s])
        return raw, self.hash_of(raw)

    def _fields(self) -> list[Any]:
        return [
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

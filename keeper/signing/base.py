"""What the rest of the keeper knows of a key: an address that signs digests."""

from __future__ import annotations

from typing import Protocol


class Signer(Protocol):
    """Signs 32-byte digests: `sign_digest` returns 65 bytes r || s || v, v in {27, 28}, low s."""

    @property
    def address(self) -> str: ...

    def sign_digest(self, digest: bytes) -> bytes: ...

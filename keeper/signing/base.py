"""What the rest of the keeper knows of a key: an address that signs the hash of what it is given."""

from __future__ import annotations

from typing import Protocol


class Signer(Protocol):
    """A key, in this process or far away.

    It is handed the preimage and not its digest, because remote signers of the Web3Signer kind hash what they get.
    """

    @property
    def address(self) -> str:
        """The checksummed address that signatures recover to."""

    async def sign(self, preimage: bytes) -> bytes:
        """65 bytes r || s || v over keccak-256(`preimage`), v in {27, 28}, low s.

        Raises `SignerUnavailable` where asking again later may help, else `SigningError`.
        """
